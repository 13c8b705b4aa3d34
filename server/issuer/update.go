package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	"pocketpass/store"
)

// Change says what to change of a pass. Values merge by field key, a JSON null
// takes a value back to the template's; the other members replace what the pass
// had when they are not nil.
type Change struct {
	Values   map[string]json.RawMessage
	Document *json.RawMessage // null takes it away
	Images   map[string]store.ID
	Pictures map[string]Upload `json:"-"` // that become images of its own, over Images
	Tags     *[]string
	Pinned   *bool
	Expires  *time.Time         // zero means never
	Near     *store.Point       // where the holder is at home; zero means nobody knows
	Places   *Places            // instead of locations of the Document
	Hidden   *[]string          // keys of fields of the template that the pass does not show
	Template store.ID           // another one of its campaign, whose published design it follows; 0 leaves it
	LocalID  *string            // unique in the campaign; empty takes it away
	Meta     map[string]*string // merge by key, nil takes one away
	Standing                    // where it is to be after all that
	Quiet    bool               // phones see it when they next ask, and are not told
	IfMatch  *int

	holder Holder     // of an order that names a pass that is there
	ruled  bool       // Expires is what the campaign's rule says, and no promise
	noted  *store.Job // becomes the record of the change
}

// Update changes a pass and tells its devices, unless nothing changed that they
// could see.
func (i *Issuer) Update(ctx context.Context, a Actor, id store.ID, ch Change) (store.Pass, error) {
	return i.updatePass(ctx, a, ch, func(r store.Reader) (store.Pass, error) { return r.Pass(a.Org, id) })
}

func (i *Issuer) updatePass(ctx context.Context, a Actor, ch Change, find func(store.Reader) (store.Pass, error)) (saved store.Pass, err error) {
	if err := ch.check(); err != nil {
		return store.Pass{}, err
	}
	pictures, err := i.prepareImages(ctx, "/images", ch.Pictures)
	if err != nil {
		return store.Pass{}, err
	}
	err = unlessOutdated(ctx, func() error {
		var e edit
		var hold apply
		err := i.db.View(ctx, func(r store.Reader) error {
			before, err := find(r)
			if err != nil {
				return err
			}
			if err := unchanged(ch.IfMatch, before.Edited); err != nil {
				return err
			}
			if e, err = i.judgeChange(r, &before, ch); err == nil {
				hold, err = i.holding(r, a, before, ch.holder)
			}
			return err
		})
		if err != nil {
			return err
		}
		return i.update(ctx, func(tx store.Tx) (err error) {
			if saved, err = e.drawn(pictures).save(tx, a); err == nil {
				saved, err = heldAfter(tx, hold, saved)
			}
			if err == nil && ch.noted != nil {
				*ch.noted, err = noteChange(tx, a, saved)
			}
			return err
		})
	})
	if err != nil {
		return store.Pass{}, fmt.Errorf("update pass: %w", err)
	}
	i.tell(saved)
	return saved, nil
}

// maxTries is how often something is judged anew because somebody else changed
// what it was judged by.
const maxTries = 10

var errOutdated = errors.New("what was judged has changed meanwhile")

// unlessOutdated runs try again while it fails with errOutdated, after a pause by
// chance that grows, so that of many who change one thing each gets its turn.
func unlessOutdated(ctx context.Context, try func() error) error {
	for n := range maxTries {
		if err := try(); !errors.Is(err, errOutdated) {
			return err
		}
		if !pause(ctx, rand.N(time.Millisecond<<n)) {
			return ctx.Err()
		}
	}
	return conflict("changed_meanwhile", "others keep changing this at the same time; send the request again")
}

// Again runs try once more while it fails with a Precondition, for callers that read
// something, take their time over it, and change it if it is still the same. It pauses as
// the engine does.
func Again(ctx context.Context, try func() error) error {
	return unlessOutdated(ctx, func() error {
		err := try()
		if KindOf(err) == Precondition {
			return errOutdated
		}
		return err
	})
}

// check refuses what could not be right of any pass.
func (ch Change) check() error {
	return errors.Join(checkContent(ch.content()), checkExpires(ch.Expires), checkLocalID(ch.LocalID), checkHidden(ch.Hidden))
}

func (ch Change) content() Content {
	c := Content{Values: ch.Values, Images: ch.Images}
	if ch.Document != nil && string(*ch.Document) != "null" {
		c.Document = *ch.Document
	}
	if ch.Tags != nil {
		c.Tags = *ch.Tags
	}
	return c
}

// judgeChange returns the pass as it would be, if a phone would take it.
func (i *Issuer) judgeChange(r store.Reader, p *store.Pass, ch Change) (edit, error) {
	if err := alterable(r, p); err != nil {
		return edit{}, err
	}
	if p.IsFile() {
		return edit{}, errIsFile
	}
	t, err := ch.template(r, *p)
	if err != nil {
		return edit{}, err
	}
	if ch.Places != nil {
		if ch.Document, err = i.placed(r, *p, ch); err != nil {
			return edit{}, err
		}
	}
	e, err := editOf(p, t, ch)
	if err != nil {
		return edit{}, err
	}
	d, err := i.designOf(r, *e.after)
	if err != nil {
		return edit{}, err
	}
	if e.after.Pinned != p.Pinned {
		e.after.Values = merged(d, *e.after, ch.Values)
	}
	if err := checkRequired(d, *e.after, func(key string) bool { return ch.Values[key] != nil }); err != nil {
		return edit{}, err
	}
	given := maps.Clone(ch.Values)
	maps.DeleteFunc(given, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	s, err := subjectOf(r, *e.after)
	if err != nil {
		return edit{}, err
	}
	doc, found, err := i.judge(r, d, s, given)
	if err != nil {
		return edit{}, err
	}
	e.visible = !i.looksSame(r, d, *e.before, *e.after, doc)
	return e, refused(found)
}

// template is the one that the pass has after the change.
func (ch Change) template(r store.Reader, p store.Pass) (store.Template, error) {
	if ch.Template == 0 || ch.Template == p.Template {
		return r.Template(p.Org, p.Template)
	}
	c, err := r.Campaign(p.Org, p.Campaign)
	if err != nil {
		return store.Template{}, err
	}
	return templateFor(r, c, ch.Template)
}

// editOf is a change of a pass with the template t that is not too large.
func editOf(p *store.Pass, t store.Template, ch Change) (edit, error) {
	after := applyChange(*p, t, ch)
	e := edit{before: p, after: &after, published: t.Published, quiet: ch.Quiet, stand: ch.Standing}
	e.changed = !e.before.Same(e.after)
	return e, errors.Join(checkContent(Content{Values: e.after.Values, Document: e.after.Patch, Images: e.after.Images, Tags: e.after.Tags}),
		checkOwnMeta(e.after.Meta))
}

func applyChange(p store.Pass, t store.Template, ch Change) store.Pass {
	p.Values = maps.Clone(p.Values)
	for key, v := range ch.Values {
		if string(v) == "null" {
			delete(p.Values, key)
			continue
		}
		if p.Values == nil {
			p.Values = make(map[string]json.RawMessage)
		}
		p.Values[key] = v
	}
	if ch.Document != nil {
		p.Patch = ch.content().Document
		p.Scans = scansOf(p.Patch)
	}
	if p.Template != t.ID {
		p.Template, p.Pinned = t.ID, 0
	}
	set(&p.LocalID, ch.LocalID)
	p.Placed = p.Placed || ch.Places != nil
	setExpires(&p, ch.Expires)
	p.Lasting = p.Lasting && !ch.ruled
	set(&p.Near, ch.Near)
	if ch.Images != nil {
		p.Images = ch.Images
	}
	if len(ch.Meta) > 0 {
		p.Meta = mergedMeta(p.Meta, ch.Meta)
	}
	if ch.Tags != nil {
		p.Tags = unique(*ch.Tags)
	}
	set(&p.Hidden, ch.Hidden)
	if ch.Pinned != nil {
		p.Pinned = 0
		if *ch.Pinned {
			p.Pinned = t.Published
		}
	}
	return p
}

// same says whether nothing at all differs.
func same[T any](a, b T) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
