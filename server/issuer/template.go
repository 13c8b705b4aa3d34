package issuer

import (
	"context"
	"errors"
	"fmt"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// NewTemplate describes a template to be made in a campaign.
type NewTemplate struct {
	Campaign    store.ID
	Name        string
	Design      store.Design
	Idempotency Idempotency
}

// Edited is a template with the design being edited and what the checks say of it.
type Edited struct {
	Template store.Template
	Draft    store.Design
	Findings []pkpass.Finding
}

// CreateTemplate makes a template with a draft. Passes are issued from it once
// it is published.
func (i *Issuer) CreateTemplate(ctx context.Context, a Actor, n NewTemplate) (Edited, error) {
	if err := checkName("/name", n.Name); err != nil {
		return Edited{}, err
	}
	var out Edited
	err := i.update(ctx, func(tx store.Tx) error {
		id, _, err := i.once(tx, a, n.Idempotency, func() (store.ID, error) { return i.addTemplate(tx, a, n) })
		if err == nil {
			out, err = i.edited(tx.Reader, a.Org, id)
		}
		return err
	})
	if err != nil {
		return Edited{}, fmt.Errorf("create template: %w", err)
	}
	return out, nil
}

func (i *Issuer) addTemplate(tx store.Tx, a Actor, n NewTemplate) (store.ID, error) {
	c, err := tx.Campaign(a.Org, n.Campaign)
	if err != nil {
		return 0, err
	}
	style, _, err := i.checkDesign(tx.Reader, c, n.Design)
	if err != nil {
		return 0, err
	}
	id, err := tx.NewID()
	if err != nil {
		return 0, err
	}
	t := store.Template{ID: id, Org: a.Org, Campaign: c.ID, Name: n.Name, Style: style, Edited: 1, Created: tx.Now, Updated: tx.Now}
	if c.Template == 0 {
		c.Template = id
		err = tx.PutCampaign(c)
	}
	return id, errors.Join(err, tx.PutTemplate(t), tx.PutDraft(id, n.Design))
}

// TemplateChange says what to change; nil means leave as it is.
type TemplateChange struct {
	Name    *string
	Design  *store.Design // replaces the draft
	IfMatch *int
}

// ChangeTemplate edits a template's draft. Phones see nothing of it until it is published.
func (i *Issuer) ChangeTemplate(ctx context.Context, a Actor, id store.ID, ch TemplateChange) (Edited, error) {
	var out Edited
	err := i.update(ctx, func(tx store.Tx) (err error) {
		if out, err = i.edited(tx.Reader, a.Org, id); err != nil {
			return err
		}
		if err := unchanged(ch.IfMatch, out.Template.Edited); err != nil {
			return err
		}
		if err := i.applyTemplate(tx, &out, ch); err != nil {
			return err
		}
		out.Template.Edited++
		out.Template.Updated = tx.Now
		return errors.Join(tx.PutTemplate(out.Template), tx.PutDraft(id, out.Draft))
	})
	if err != nil {
		return Edited{}, fmt.Errorf("change template: %w", err)
	}
	return out, nil
}

func (i *Issuer) applyTemplate(tx store.Tx, e *Edited, ch TemplateChange) error {
	if ch.Name != nil {
		if err := checkName("/name", *ch.Name); err != nil {
			return err
		}
		e.Template.Name = *ch.Name
	}
	if ch.Design == nil {
		return nil
	}
	c, err := tx.Campaign(e.Template.Org, e.Template.Campaign)
	if err != nil {
		return err
	}
	style, findings, err := i.checkDesign(tx.Reader, c, *ch.Design)
	if err != nil {
		return err
	}
	if e.Template.Published > 0 && style != e.Template.Style {
		return conflict("style_fixed", "passes were issued as %s; make another template for a %s", e.Template.Style, style)
	}
	e.Template.Style, e.Draft, e.Findings = style, *ch.Design, findings
	return nil
}

// Template returns a template with its draft and the findings about it.
func (i *Issuer) Template(ctx context.Context, a Actor, id store.ID) (out Edited, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		out, err = i.edited(r, a.Org, id)
		return err
	})
	return out, err
}

func (i *Issuer) edited(r store.Reader, org, id store.ID) (Edited, error) {
	t, err := r.Template(org, id)
	if err != nil {
		return Edited{}, err
	}
	d, err := r.Draft(id)
	if err != nil {
		return Edited{}, err
	}
	c, err := r.Campaign(org, t.Campaign)
	if err != nil {
		return Edited{}, err
	}
	_, findings, err := i.checkDesign(r, c, d)
	return Edited{t, d, findings}, err
}

// PublishTemplate puts the draft in force: one commit, however many passes
// follow it. Their devices are told by a fan-out in the background.
func (i *Issuer) PublishTemplate(ctx context.Context, a Actor, id store.ID, ifMatch *int) (Edited, error) {
	var out Edited
	err := i.update(ctx, func(tx store.Tx) (err error) {
		if out, err = i.edited(tx.Reader, a.Org, id); err != nil {
			return err
		}
		if err := unchanged(ifMatch, out.Template.Edited); err != nil {
			return err
		}
		if err := refused(out.Findings); err != nil {
			return err
		}
		return publish(tx, a, &out)
	})
	if err != nil {
		return Edited{}, fmt.Errorf("publish template: %w", err)
	}
	return out, nil
}

func publish(tx store.Tx, a Actor, e *Edited) error {
	v, err := tx.NextSharedVersion()
	if err != nil {
		return err
	}
	t := &e.Template
	t.Published++
	t.Edited++
	t.Version, t.Updated = v, tx.Now
	return errors.Join(
		tx.PutTemplate(*t),
		tx.PutTemplateRevision(store.TemplateRevision{Template: t.ID, Number: t.Published, Design: e.Draft, Version: v, Published: tx.Now}),
		tx.AddFanout(store.Fanout{Template: t.ID, Revision: v.Revision}),
		tx.AddEvent(t.ID, "template.published", a.By, map[string]string{"number": fmt.Sprint(t.Published)}),
	)
}
