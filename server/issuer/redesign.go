package issuer

import (
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

// Redesign is what becomes of a template whose client keeps no drafts: it is changed and
// in force at once.
type Redesign struct {
	Name     string
	Design   store.Design
	Pictures map[string]Upload // that become images of the design
	Source   []byte            // what the client sent, kept for it
	Disabled bool              // issue nothing from it for now
	Quiet    bool              // phones see it when they next ask, and are not told
	IfMatch  *int
}

// Redesign replaces a template and puts it in force, all in one commit. It refuses what
// phones would refuse, and another style once passes may have been issued.
func (i *Issuer) Redesign(ctx context.Context, a Actor, id store.ID, n Redesign) (t store.Template, err error) {
	if err := checkName("/name", n.Name); err != nil {
		return t, err
	}
	pictures, err := i.prepareImages(ctx, "", n.Pictures)
	if err != nil {
		return t, err
	}
	err = unlessOutdated(ctx, func() error {
		seen, err := i.judgeRedesign(ctx, a, id, n, pictures)
		if err != nil {
			return err
		}
		return i.update(ctx, func(tx store.Tx) (err error) {
			t, err = redesign(tx, a, seen, n, pictures)
			return err
		})
	})
	if err != nil {
		return t, fmt.Errorf("redesign template: %w", err)
	}
	return t, nil
}

// judgeRedesign is the template as it was when the new design was found good.
func (i *Issuer) judgeRedesign(ctx context.Context, a Actor, id store.ID, n Redesign, pictures map[string]prepared) (t store.Template, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if t, err = r.Template(a.Org, id); err != nil {
			return err
		}
		if !t.Deleted.IsZero() {
			return store.ErrNotFound
		}
		if err := unchanged(n.IfMatch, t.Edited); err != nil {
			return err
		}
		c, err := r.Campaign(a.Org, t.Campaign)
		if err != nil {
			return err
		}
		style, err := i.judgeLaunch(r, c, n.Design, pictures)
		if err == nil && style != t.Style {
			err = conflict("style_fixed", "passes were issued as %s; make another template for a %s", t.Style, style)
		}
		return err
	})
	return t, err
}

func redesign(tx store.Tx, a Actor, seen store.Template, n Redesign, pictures map[string]prepared) (store.Template, error) {
	t, err := tx.Template(a.Org, seen.ID)
	if err != nil {
		return t, err
	}
	if t.Edited != seen.Edited {
		return t, errOutdated
	}
	if n.Design.Images, err = putAssets(tx, a, n.Design.Images, pictures); err != nil {
		return t, err
	}
	if t.Source, err = tx.PutBlob(n.Source); err != nil {
		return t, err
	}
	t.Name, t.Disabled, t.Updated = n.Name, n.Disabled, tx.Now
	e := &Edited{Template: t, Draft: n.Design}
	same, err := inForce(tx.Reader, *e)
	switch {
	case err != nil:
		return t, err
	case same:
		e.Template.Edited++
		err = tx.PutTemplate(e.Template)
	default:
		err = publish(tx, a, e, n.Quiet)
	}
	return e.Template, errors.Join(err, tx.PutDraft(t.ID, n.Design))
}
