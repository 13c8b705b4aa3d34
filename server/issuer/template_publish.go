package issuer

import (
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

// edition is the revision that was published last; the zero value is none.
type edition store.TemplateRevision

// inForce is the revision of e's template that passes are issued from.
func inForce(r store.Reader, e Edited) (edition, error) {
	if e.Template.Published == 0 {
		return edition{}, nil
	}
	last, err := r.TemplateRevision(e.Template.ID, e.Template.Published)
	return edition(last), err
}

// shows says whether phones could not tell the draft from the revision.
func (v edition) shows(e Edited) bool { return v.Number > 0 && same(v.Design, e.Draft) }

// is says whether to publish the draft would change nothing, also of what is kept of it
// for old services.
func (v edition) is(e Edited) bool {
	return v.shows(e) && v.Source == e.Template.Source && v.Item == e.Template.Item
}

// publish puts the draft in force as the revision after last, and tells phones unless
// quiet says not to. One that they could not tell from last has the version of that: there
// is nothing new to fetch. The caller writes the template.
func publish(tx store.Tx, a Actor, e *Edited, last edition, quiet bool) (err error) {
	t := &e.Template
	if !last.shows(*e) {
		if t.Version, err = tx.NextSharedVersion(); err != nil {
			return err
		}
		if last.Number > 0 && !quiet { // the first has nobody to tell
			err = tellFollowers(tx, *t)
		}
	}
	t.Published++
	t.Patterns = patternsOf(e.Draft)
	return errors.Join(
		err,
		tx.PutTemplateRevision(store.TemplateRevision{Template: t.ID, Number: t.Published, Design: e.Draft, Version: t.Version, Published: tx.Now, Source: t.Source, Item: t.Item}),
		happenedTo(tx, a, about{org: t.Org, campaign: t.Campaign, id: t.ID}, eventTemplatePublished, map[string]string{"number": fmt.Sprint(t.Published)}),
	)
}

// announceTemplate gives all passes of a template a new version at once, of which their
// devices are told. The caller writes the template.
func announceTemplate(tx store.Tx, t *store.Template) (err error) {
	if t.Version, err = tx.NextSharedVersion(); err != nil {
		return err
	}
	return tellFollowers(tx, *t)
}

// tellFollowers has a fan-out tell the devices of a template's passes.
func tellFollowers(tx store.Tx, t store.Template) error {
	return tx.AddFanout(store.Fanout{Template: t.ID, Revision: t.Version.Revision})
}

// PushTemplate tells the devices of all passes that follow a template to ask for them,
// after changes that were Quiet. Nothing is ever new of what was made invalid: Conflict.
func (i *Issuer) PushTemplate(ctx context.Context, a Actor, id store.ID) (t store.Template, err error) {
	err = i.update(ctx, func(tx store.Tx) error {
		if t, err = tx.Template(a.Org, id); err != nil {
			return err
		}
		c, err := tx.Campaign(a.Org, t.Campaign)
		if err != nil {
			return err
		}
		if c.State == store.Invalid || !t.Invalid.IsZero() {
			return conflict("template_invalid", "the template or its campaign was made invalid, for ever; there is nothing new to tell")
		}
		return tellFollowers(tx, t)
	})
	if err != nil {
		return t, fmt.Errorf("push template: %w", err)
	}
	return t, nil
}
