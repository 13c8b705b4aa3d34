package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// NewTemplate describes a template to be made in a campaign.
type NewTemplate struct {
	Campaign store.ID
	Name     string
	Design   store.Design
	Origin   string       // service whose client makes it; empty for ours
	Source   []byte       // what that client sent, kept for it
	Former   store.Former // of one that moved here
	Item     store.ID     // template of that service that the design is made from, 0 if there is none

	ExternalID string // given by that client, unique in the organisation, up to 128 characters
	Disabled   bool   // issue nothing from it for now
	Invalid    bool   // it and its passes are good for nothing from the beginning
	TemplateLimits
	Idempotency Idempotency

	pictures map[string]prepared // over the images of the design
}

// TemplateLimits say when and how often a template is issued from; nil means as it
// is, a zero value no limit.
type TemplateLimits struct {
	Starts    *time.Time
	Ends      *time.Time
	MaxIssued *int64
}

func (l TemplateLimits) apply(t *store.Template) error {
	setTime(&t.Starts, l.Starts)
	setTime(&t.Ends, l.Ends)
	set(&t.MaxIssued, l.MaxIssued)
	if t.MaxIssued < 0 {
		return invalid("/maxIssued", "max_issued", "maxIssued is how many passes are issued at most; 0 means no limit")
	}
	return checkSpan(t.Starts, t.Ends)
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
	if err := checkFormer(n.Former); err != nil {
		return Edited{}, err
	}
	style, findings, err := i.judgeDesign(ctx, a, n)
	if err != nil {
		return Edited{}, fmt.Errorf("create template: %w", err)
	}
	out := Edited{Findings: findings}
	err = i.update(ctx, func(tx store.Tx) error {
		id, _, err := i.once(tx, a, n.Idempotency, func() (store.ID, error) { return addTemplate(tx, a, n, style) })
		if err != nil {
			return err
		}
		if out.Template, err = tx.Template(a.Org, id); err != nil {
			return err
		}
		out.Draft, err = tx.Draft(id)
		return err
	})
	if err != nil {
		return Edited{}, fmt.Errorf("create template: %w", err)
	}
	return out, nil
}

// judgeDesign checks a design before there is a transaction that writes: it takes
// milliseconds, and nothing that it depends on ever changes.
func (i *Issuer) judgeDesign(ctx context.Context, a Actor, n NewTemplate) (style string, found []pkpass.Finding, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		c, err := r.Campaign(a.Org, n.Campaign)
		if err != nil {
			return err
		}
		style, found, err = i.checkDesign(r, c, n.Design, n.pictures)
		return err
	})
	return style, found, err
}

func addTemplate(tx store.Tx, a Actor, n NewTemplate, style string) (store.ID, error) {
	c, err := tx.Campaign(a.Org, n.Campaign)
	if err != nil {
		return 0, err
	}
	have, err := tx.TemplateByFormer(a.Org, n.Former)
	if err := formerTaken("template", n.Former, have.ID, err); err != nil {
		return 0, err
	}
	id, err := tx.NewID()
	if err != nil {
		return 0, err
	}
	t := store.Template{ID: id, Org: a.Org, Campaign: c.ID, Name: n.Name, Style: style, Origin: n.Origin, Former: n.Former, Item: n.Item, Edited: 1, Created: tx.Now, Updated: tx.Now,
		ExternalID: n.ExternalID, Disabled: n.Disabled}
	if n.Invalid {
		t.Invalid = tx.Now
	}
	if err := checkExternalID(n.ExternalID); err != nil {
		return 0, err
	}
	if err := n.apply(&t); err != nil {
		return 0, err
	}
	if n.Design, err = withPictures(tx, a, n.Design, n.pictures); err != nil {
		return 0, err
	}
	if len(n.Source) > 0 {
		if t.Source, err = tx.PutBlob(n.Source); err != nil {
			return 0, err
		}
	}
	if c.Template == 0 {
		c.Template, c.Updated = id, tx.Now
		c.Edited++
		err = tx.PutCampaign(c)
	}
	return id, errors.Join(err, tx.PutTemplate(t), tx.PutDraft(id, n.Design))
}

// Template returns a template with its draft and the findings about it.
func (i *Issuer) Template(ctx context.Context, a Actor, id store.ID) (out Edited, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if out, err = read(r, a.Org, id); err != nil {
			return err
		}
		return i.inspect(r, &out, nil)
	})
	return out, err
}

// read is a template with its draft, not checked.
func read(r store.Reader, org, id store.ID) (e Edited, err error) {
	if e.Template, err = r.Template(org, id); err != nil {
		return Edited{}, err
	}
	e.Draft, err = r.Draft(id)
	return e, err
}

// inspect checks the draft, with pictures that are not stored yet. The style of a
// published template stays.
func (i *Issuer) inspect(r store.Reader, e *Edited, pictures map[string]prepared) error {
	c, err := r.Campaign(e.Template.Org, e.Template.Campaign)
	if err != nil {
		return err
	}
	style, found, err := i.checkDesign(r, c, e.Draft, pictures)
	if err != nil {
		return err
	}
	if e.Template.Published > 0 && style != e.Template.Style {
		return conflict("style_fixed", "passes were issued as %s; make another template for a %s", e.Template.Style, style)
	}
	e.Template.Style, e.Findings = style, found
	return nil
}
