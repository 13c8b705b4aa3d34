package issuer

import (
	"cmp"
	"errors"

	"pocketpass/store"
)

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
	told          bool // a message for the holder comes with it, which is an event of its own
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
	if e.told {
		err = errors.Join(err, happened(tx, a, *p, eventMessaged, e.detail))
	}
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
