package issuer

import (
	"context"
	"fmt"

	"pocketpass/store"
)

// Amendment asks for one pass to be changed in several ways at once.
type Amendment struct {
	Find func(store.Reader) (store.Pass, error)
	// Change says what to change of the pass as it is now. It may be asked more than once.
	Change func(store.Reader, store.Pass) (Change, error)
}

// ItemError is an error about one of several things that were asked for at once.
type ItemError struct {
	Index int // from 0
	Err   error
}

func (e *ItemError) Error() string { return fmt.Sprintf("item %d: %v", e.Index, e.Err) }

func (e *ItemError) Unwrap() error { return e.Err }

// Amend makes all changes in one commit, or none: an *ItemError says which of them is
// the reason. A pass may be named more than once; its changes are made in their
// order. It returns the passes as they are then, one for each amendment.
func (i *Issuer) Amend(ctx context.Context, a Actor, all []Amendment) (out []store.Pass, err error) {
	err = unlessOutdated(ctx, func() error {
		var r amending
		err := i.db.View(ctx, func(tx store.Reader) error {
			r = amending{place: make(map[store.ID]int)}
			return r.judge(i, tx, a, all)
		})
		if err != nil {
			return err
		}
		out = make([]store.Pass, len(all))
		if r.idle() {
			return r.fill(out)
		}
		return i.update(ctx, func(tx store.Tx) error {
			if err := r.save(tx, a); err != nil {
				return err
			}
			return r.fill(out)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("amend passes: %w", err)
	}
	for _, p := range out {
		i.tell(p)
	}
	return out, nil
}

// amending is a list of amendments that were found good before the transaction.
type amending struct {
	passes []amended
	place  map[store.ID]int // in passes
	order  []int            // in passes, by amendment
}

// amended is one pass with all that is to be done to it.
type amended struct {
	edit
	standing []wish
	saved    store.Pass
}

// wish is where an amendment wants a pass to stand.
type wish struct {
	Standing
	index int
}

func (r *amending) judge(i *Issuer, tx store.Reader, a Actor, all []Amendment) error {
	for n, x := range all {
		if err := r.add(i, tx, a, n, x); err != nil {
			return oneOf(len(all), n, err)
		}
	}
	return nil
}

// oneOf says which of several things an error is about.
func oneOf(of, n int, err error) error {
	if err == nil || of == 1 {
		return err
	}
	return &ItemError{Index: n, Err: err}
}

// add judges an amendment of a pass, as the ones before it leave it.
func (r *amending) add(i *Issuer, tx store.Reader, a Actor, n int, x Amendment) error {
	p, err := x.Find(tx)
	if err == nil && (p.Org != a.Org || !p.Deleted.IsZero()) {
		err = store.ErrNotFound
	}
	if err != nil {
		return err
	}
	k, known := r.place[p.ID]
	if !known {
		k = len(r.passes)
		r.place[p.ID] = k
		r.passes = append(r.passes, amended{edit: edit{before: &p, after: &p}})
	}
	r.order = append(r.order, k)
	return r.passes[k].add(i, tx, n, x)
}

func (d *amended) add(i *Issuer, tx store.Reader, n int, x Amendment) error {
	ch, err := x.Change(tx, *d.after)
	if err != nil {
		return err
	}
	if err := ch.check(); err != nil {
		return err
	}
	if !ch.empty() {
		e, err := i.judgeChange(tx, d.after, ch)
		if err != nil {
			return err
		}
		d.after, d.published = e.after, e.published
		d.visible = d.visible || e.visible
		d.changed = !d.before.Same(d.after)
	}
	if ch.Standing.given() {
		d.standing = append(d.standing, wish{ch.Standing, n})
	}
	return nil
}

// empty says whether a change changes nothing by itself.
func (ch Change) empty() bool {
	return len(ch.Values) == 0 && ch.Document == nil && ch.Images == nil && ch.Tags == nil && ch.Pinned == nil && ch.Expires == nil &&
		ch.Near == nil && ch.Places == nil && ch.Template == 0 && ch.LocalID == nil && ch.Hidden == nil && len(ch.Meta) == 0
}

// idle says whether nothing is to be written.
func (r *amending) idle() bool {
	for n := range r.passes {
		d := &r.passes[n]
		if d.saved = *d.before; d.changed || len(d.standing) > 0 {
			return false
		}
	}
	return true
}

func (r *amending) save(tx store.Tx, a Actor) (err error) {
	for n := range r.passes {
		d := &r.passes[n]
		d.saved = *d.before
		if d.changed {
			if d.saved, err = d.edit.save(tx, a); err != nil {
				return r.blame(n, err)
			}
		}
		for _, s := range d.standing {
			if d.saved, err = s.apply(tx, a, d.saved); err != nil {
				return oneOf(len(r.order), s.index, err)
			}
		}
	}
	return nil
}

// blame names the first amendment of a pass that could not be saved.
func (r *amending) blame(pass int, err error) error {
	for n, k := range r.order {
		if k == pass {
			return oneOf(len(r.order), n, err)
		}
	}
	return err
}

func (r *amending) fill(out []store.Pass) error {
	for n, k := range r.order {
		out[n] = r.passes[k].saved
	}
	return nil
}
