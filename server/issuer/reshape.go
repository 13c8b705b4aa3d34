package issuer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"pocketpass/store"
)

// ofRedeemed begins the names of pictures of a design for redeemed passes.
const ofRedeemed = "redeemed/"

// withPictures is a design with new pictures among its images.
func withPictures(tx store.Tx, a Actor, d store.Design, all map[string]prepared) (_ store.Design, err error) {
	own, redeemed := splitPictures(all)
	if d.Images, err = putAssets(tx, a, d.Images, own); err != nil || d.Redeemed == nil {
		return d, err
	}
	other := *d.Redeemed
	other, err = withPictures(tx, a, other, redeemed)
	d.Redeemed = &other
	return d, err
}

// splitPictures tells those of a design from those of its design for redeemed passes.
func splitPictures(all map[string]prepared) (own, redeemed map[string]prepared) {
	own, redeemed = make(map[string]prepared), make(map[string]prepared)
	for name, p := range all {
		if rest, ok := strings.CutPrefix(name, ofRedeemed); ok {
			redeemed[rest] = p
		} else {
			own[name] = p
		}
	}
	return own, redeemed
}

// Reshaped is what a template is to be.
type Reshaped struct {
	Design store.Design
	Source []byte // what the client sent; nil leaves it
	State  *store.CampaignState
	TemplateLimits
}

// Reshape changes a template as somebody finds it, whose design is in force at once; devices see it when they
// ask next, and are not told before PushTemplate. change says what to make of it as it is
// now, and may be asked more than once.
func (i *Issuer) Reshape(ctx context.Context, a Actor, id store.ID, pictures map[string]Upload,
	change func(store.Reader, store.Template, store.Design) (Reshaped, error)) (out store.Template, err error) {
	ready, err := i.prepareImages(ctx, "", pictures)
	if err != nil {
		return out, err
	}
	err = unlessOutdated(ctx, func() error {
		var seen store.Template
		var to Reshaped
		err := i.db.View(ctx, func(r store.Reader) error {
			e, err := read(r, a.Org, id)
			if err != nil {
				return err
			}
			seen = e.Template
			if to, err = change(r, e.Template, e.Draft); err != nil {
				return err
			}
			return i.judgeReshaped(r, seen, to, ready)
		})
		if err != nil {
			return err
		}
		return i.update(ctx, func(tx store.Tx) error {
			now, err := tx.Template(a.Org, id)
			if err == nil && now.Edited != seen.Edited {
				err = errOutdated
			}
			if err == nil {
				out, err = reshape(tx, a, now, to, ready)
			}
			return err
		})
	})
	if err != nil {
		return store.Template{}, fmt.Errorf("reshape template: %w", err)
	}
	return out, nil
}

func (i *Issuer) judgeReshaped(r store.Reader, t store.Template, to Reshaped, pictures map[string]prepared) error {
	c, err := r.Campaign(t.Org, t.Campaign)
	if err != nil {
		return err
	}
	style, err := i.judgeLaunch(r, c, to.Design, pictures)
	if err == nil && t.Published > 0 && style != t.Style {
		err = conflict("style_fixed", "passes were issued as %s; make another template for a %s", t.Style, style)
	}
	return err
}

// reshape writes what a template is to be, unless it is that already.
func reshape(tx store.Tx, a Actor, t store.Template, to Reshaped, pictures map[string]prepared) (store.Template, error) {
	before := t
	err := to.apply(&t)
	if err == nil && to.State != nil {
		err = moveTemplate(&t, *to.State, tx.Now)
	}
	if err == nil && to.Source != nil {
		t.Source, err = tx.PutBlob(to.Source)
	}
	if err == nil {
		to.Design, err = withPictures(tx, a, to.Design, pictures)
	}
	if err != nil {
		return before, err
	}
	e := Edited{Template: t, Draft: to.Design}
	if unchanged, err := inForce(tx.Reader, e); err != nil {
		return before, err
	} else if !unchanged {
		if err := errors.Join(tx.PutDraft(t.ID, e.Draft), publish(tx, a, &e, quiet)); err != nil {
			return before, err
		}
	}
	return e.Template, finishReshape(tx, before, &e.Template, to.MaxIssued != nil)
}

// finishReshape writes what else changed of a template. That its passes are good for
// nothing any more their devices are told at once.
func finishReshape(tx store.Tx, before store.Template, t *store.Template, counted bool) (err error) {
	if !t.Invalid.IsZero() && before.Invalid.IsZero() {
		if t.Version, err = tx.NextSharedVersion(); err != nil {
			return err
		}
		err = tx.AddFanout(store.Fanout{Template: t.ID, Revision: t.Version.Revision})
	}
	if err != nil || same(before, *t) {
		return err
	}
	t.Edited, t.Updated = before.Edited+1, tx.Now
	err = tx.PutTemplate(*t)
	if counted {
		err = errors.Join(err, startCounting(tx, *t))
	}
	return err
}

// PushTemplate tells the devices of all passes that follow a template to ask for them.
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
		return tx.AddFanout(store.Fanout{Template: t.ID, Revision: t.Version.Revision})
	})
	if err != nil {
		return t, fmt.Errorf("push template: %w", err)
	}
	return t, nil
}
