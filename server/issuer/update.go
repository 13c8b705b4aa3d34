package issuer

import (
	"cmp"
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

// edit is a change of a pass that was found good before the transaction, which
// must not be slow.
type edit struct {
	before, after *store.Pass
	image         store.Image    // of before, if it is known
	published     int            // revision of the template that it was judged by
	changed       bool           // anything
	visible       bool           // a phone can tell the difference
	quiet         bool           // phones are not told
	laid          store.LaidPass // after, if it was laid out
	stand         Standing       // where it is brought after that
	pictures      map[string]prepared
	event         string // of the history; empty means pass.updated
	detail        map[string]string
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
	setTime(&p.Expires, ch.Expires)
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

// drawn is the edit with pictures of the pass's own.
func (e edit) drawn(pictures map[string]prepared) *edit {
	if len(pictures) > 0 {
		e.pictures, e.changed, e.visible, e.laid = pictures, true, true, store.LaidPass{}
	}
	return &e
}

// save writes what the pass becomes, unless it or its template changed in between.
// If phones can see the change it gets a new version and its devices are queued for
// a push, all in one commit.
func (e *edit) save(tx store.Tx, a Actor) (store.Pass, error) {
	unchanged, err := e.stands(tx.Reader)
	if err != nil {
		return *e.before, err
	}
	t, err := tx.Template(a.Org, e.after.Template)
	if err != nil {
		return *e.before, err
	}
	p := e.after
	a.quiet = a.quiet || e.quiet
	switch {
	case !unchanged || t.Published != e.published:
		return *e.before, errOutdated
	case !e.changed:
		return e.stand.apply(tx, a, *p)
	}
	if err := alterable(tx.Reader, p); err != nil { // the campaign may have changed
		return *p, err
	}
	if p.Images, err = putAssets(tx, a, p.Images, e.pictures); err != nil {
		return *e.before, err
	}
	p.Version, p.Edited, p.Updated = e.before.Version, e.before.Edited+1, tx.Now // also if this was tried before
	if p.Template != e.before.Template {                                         // it has shown the former one's version until now
		if p.Version, err = tx.EffectiveVersion(*e.before); err != nil {
			return *p, err
		}
	}
	switch {
	case e.visible && e.quiet:
		err = renew(tx, p)
	case e.visible:
		err = announce(tx, p)
	}
	err = errors.Join(err, whoseLocalID(tx.ReplaceLaid(e.before, p, e.laid)), happened(tx, a, *p, cmp.Or(e.event, eventUpdated), e.detail))
	if !p.Expires.Equal(e.before.Expires) {
		err = errors.Join(err, lapseIfOver(tx, *p))
	}
	if err != nil || !e.stand.given() {
		return *p, err
	}
	return e.stand.apply(tx, a, *p)
}

// stands says whether the pass is still what it was.
func (e *edit) stands(r store.Reader) (bool, error) {
	if e.image == "" {
		return r.HasPass(e.before)
	}
	return r.HasPassImage(e.before.ID, e.image)
}

// announce gives p a new version and queues a push to each of its devices. Of a pass
// that is a file phones see nothing else.
func announce(tx store.Tx, p *store.Pass) error {
	if p.IsFile() {
		return nil
	}
	if err := renew(tx, p); err != nil {
		return err
	}
	return pushTo(tx, *p)
}

// renew gives p a new version. It follows that of the template even if p is pinned, for
// it may have shown the template's until now.
func renew(tx store.Tx, p *store.Pass) error {
	following := *p
	following.Pinned = 0
	prev, err := tx.EffectiveVersion(following)
	if err == nil {
		p.Version, err = tx.NextVersion(prev)
	}
	return err
}

// pushTo queues a push to each device of p.
func pushTo(tx store.Tx, p store.Pass) error {
	devices, err := tx.RegistrationsOfPass(p.ID)
	if err != nil || len(devices) == 0 {
		return err
	}
	tx.Tally(store.Pushes, int64(len(devices)), scopes(Actor{}, &p)...)
	for _, g := range devices {
		if err := queueFor(tx, g, p.Version.Revision); err != nil {
			return err
		}
	}
	return nil
}

// queueFor queues a push to a registration's device. One without a device stops
// nobody else; Check reports it.
func queueFor(tx store.Tx, g store.Registration, revision uint64) error {
	d, err := tx.Device(g.PassTypeIdentifier, g.Library)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.QueuePush(d.PassTypeIdentifier, d.PushToken, revision)
}

// same says whether nothing at all differs.
func same[T any](a, b T) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
