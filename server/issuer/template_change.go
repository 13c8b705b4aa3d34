package issuer

import (
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

// TemplateChange says what to change of a template; nil and empty leave a thing as it is.
type TemplateChange struct {
	Name     *string
	Design   *store.Design        // replaces the draft
	Partial  bool                 // the Design cannot say Loose, Offset and Redeemed, which stay
	Pictures map[string]Upload    // that become images of the draft; after "redeemed/" of that for redeemed passes
	Source   []byte               // what the client of an old service sent, kept for it
	State    *store.CampaignState // active, paused or invalid, the last for ever
	TemplateLimits
	Publish bool // put the draft in force, old or new
	Quiet   bool // phones see it when they next ask, and are not told
	IfMatch *int // number of edits that the caller has seen
}

// ChangeTemplate edits a template in one commit, however many passes follow it. Phones
// see nothing of a draft until it is published; then their devices are told by a fan-out
// in the background, as they are, Quiet or not, of a template that becomes invalid.
// Limits and the state hold at once. What is so already changes nothing.
//
// It refuses another style once something was published, and to publish what phones
// would refuse.
func (i *Issuer) ChangeTemplate(ctx context.Context, a Actor, id store.ID, ch TemplateChange) (out Edited, err error) {
	pictures, err := i.prepareImages(ctx, "", ch.Pictures)
	if err != nil {
		return out, err
	}
	err = unlessOutdated(ctx, func() error {
		var e templateEdit
		err := i.db.View(ctx, func(r store.Reader) (err error) {
			e, err = i.judgeTemplateChange(r, a, id, ch, pictures)
			return err
		})
		if err != nil {
			return err
		}
		return i.update(ctx, func(tx store.Tx) (err error) {
			out, err = e.save(tx, a)
			return err
		})
	})
	if err != nil {
		return Edited{}, fmt.Errorf("change template: %w", err)
	}
	return out, nil
}

// PublishTemplate puts the draft in force. Publishing what is in force changes nothing.
func (i *Issuer) PublishTemplate(ctx context.Context, a Actor, id store.ID, ifMatch *int) (Edited, error) {
	return i.ChangeTemplate(ctx, a, id, TemplateChange{Publish: true, IfMatch: ifMatch})
}

// templateEdit is a change of a template that was found good before the transaction.
type templateEdit struct {
	TemplateChange
	before, after Edited // without the Source, the Pictures and the State of the change
	pictures      map[string]prepared
	item          *store.ID // that the design is made from, if that is known by now
}

func (i *Issuer) judgeTemplateChange(r store.Reader, a Actor, id store.ID, ch TemplateChange, pictures map[string]prepared) (x templateEdit, err error) {
	x = templateEdit{TemplateChange: ch, pictures: pictures}
	if x.before, err = read(r, a.Org, id); err != nil {
		return x, err
	}
	if err := unchanged(ch.IfMatch, x.before.Template.Edited); err != nil {
		return x, err
	}
	if x.after, err = ch.apply(x.before); err != nil {
		return x, err
	}
	return x, i.inspect(r, &x.after, pictures)
}

// apply is what the change makes of a template before anything has to be written.
func (ch TemplateChange) apply(e Edited) (Edited, error) {
	if ch.Name != nil {
		if err := checkName("/name", *ch.Name); err != nil {
			return e, err
		}
		e.Template.Name = *ch.Name
	}
	was := e.Draft
	set(&e.Draft, ch.Design)
	if ch.Partial {
		e.Draft.Loose, e.Draft.Offset, e.Draft.Redeemed = was.Loose, was.Offset, was.Redeemed
	}
	return e, ch.TemplateLimits.apply(&e.Template)
}

// save writes what a template becomes, unless somebody else changed it in between.
func (x templateEdit) save(tx store.Tx, a Actor) (Edited, error) {
	before := x.before.Template
	now, err := tx.Template(a.Org, before.ID)
	if err == nil && now.Edited != before.Edited {
		err = errOutdated
	}
	if err != nil {
		return x.before, err
	}
	e, err := x.finished(tx, a)
	if err != nil {
		return x.before, err
	}
	if x.Publish {
		err = x.publish(tx, a, &e)
	}
	if err == nil && before.Invalid.IsZero() && !e.Template.Invalid.IsZero() {
		err = announceTemplate(tx, &e.Template)
	}
	redrawn := !same(x.before.Draft, e.Draft)
	if err != nil || !redrawn && same(before, e.Template) {
		return e, err
	}
	e.Template.Edited, e.Template.Updated = before.Edited+1, tx.Now
	err = tx.PutTemplate(e.Template)
	if redrawn {
		err = errors.Join(err, tx.PutDraft(e.Template.ID, e.Draft))
	}
	if x.MaxIssued != nil {
		err = errors.Join(err, startCounting(tx, e.Template))
	}
	return e, err
}

// finished is the template with what only the transaction can give it.
func (x templateEdit) finished(tx store.Tx, a Actor) (e Edited, err error) {
	e = x.after
	if x.State != nil {
		if err := moveTemplate(&e.Template, *x.State, tx.Now); err != nil {
			return e, err
		}
	}
	if x.Source != nil {
		if e.Template.Source, err = tx.PutBlob(x.Source); err != nil {
			return e, err
		}
	}
	set(&e.Template.Item, x.item)
	e.Draft, err = withPictures(tx, a, e.Draft, x.pictures)
	return e, err
}

// publish puts the draft in force unless it is.
func (x templateEdit) publish(tx store.Tx, a Actor, e *Edited) error {
	last, err := inForce(tx.Reader, *e)
	if err != nil || last.is(*e) {
		return err
	}
	if err := refused(e.Findings); err != nil {
		return err
	}
	return publish(tx, a, e, last, x.Quiet)
}
