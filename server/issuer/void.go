package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pocketpass/store"
)

// Void marks a pass void, or takes that back, and tells its devices. Doing it
// again changes nothing.
func (i *Issuer) Void(ctx context.Context, a Actor, id store.ID, voided bool) (store.Pass, error) {
	var p store.Pass
	err := i.update(ctx, func(tx store.Tx) (err error) {
		p, _, err = setVoid(tx, a, id, voided)
		return err
	})
	if err != nil {
		return store.Pass{}, fmt.Errorf("void pass: %w", err)
	}
	i.tell(p)
	return p, nil
}

func setVoid(tx store.Tx, a Actor, id store.ID, voided bool) (p store.Pass, changed bool, err error) {
	if p, err = tx.Pass(a.Org, id); err != nil || isSo(p, voided) {
		return p, false, err
	}
	if err := alterable(tx.Reader, &p); err != nil {
		return p, false, err
	}
	if !voided {
		p.Voided = time.Time{}
		return p, true, saveSeen(tx, a, &p, eventUnvoided, nil)
	}
	if p.Voided.IsZero() {
		p.Voided = tx.Now
		return p, true, saveSeen(tx, a, &p, eventVoided, nil)
	}
	if p.Voided = tx.Now; p.Voided.Equal(p.Spent) {
		p.Voided = p.Voided.Add(time.Millisecond)
	}
	return p, true, saveUnseen(tx, a, &p, eventVoided, nil) // phones show it void already
}

// isSo says whether p is void, or is not, as somebody wants it. One that is void only
// for as long as it is used up is not yet what they mean.
func isSo(p store.Pass, voided bool) bool {
	if voided {
		return !p.Voided.IsZero() && !p.Voided.Equal(p.Spent)
	}
	return p.Voided.IsZero()
}

// Invalidate makes a pass good for nothing, for ever: phones show it void and
// without what could be scanned. Doing it again changes nothing.
func (i *Issuer) Invalidate(ctx context.Context, a Actor, id store.ID) (store.Pass, error) {
	var p store.Pass
	err := i.update(ctx, func(tx store.Tx) (err error) {
		p, err = setInvalid(tx, a, id, true)
		return err
	})
	if err != nil {
		return store.Pass{}, fmt.Errorf("invalidate pass: %w", err)
	}
	i.tell(p)
	return p, nil
}

// setInvalid makes a pass invalid. That an invalid one be good again is a Conflict.
func setInvalid(tx store.Tx, a Actor, id store.ID, invalid bool) (p store.Pass, err error) {
	if p, err = tx.Pass(a.Org, id); err != nil || invalid && !p.Invalid.IsZero() {
		return p, err
	}
	if err := alterable(tx.Reader, &p); err != nil || !invalid {
		return p, err
	}
	p.Invalid = tx.Now
	return p, saveSeen(tx, a, &p, eventInvalidated, nil)
}

// Delete withdraws a pass: it is gone for everyone but the phones that have it.
// They get one last push and are served a void version until they unregister,
// for nothing can be deleted on a phone. Its external id is free again, and what
// it said of its holder is dropped at once. One that is a file is served no more.
func (i *Issuer) Delete(ctx context.Context, a Actor, id store.ID, ifMatch *int) error {
	var p store.Pass
	err := i.update(ctx, func(tx store.Tx) (err error) {
		p, err = withdraw(tx, a, id, ifMatch)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete pass: %w", err)
	}
	i.tell(p)
	return nil
}

func withdraw(tx store.Tx, a Actor, id store.ID, ifMatch *int) (p store.Pass, err error) {
	if p, err = tx.Pass(a.Org, id); err != nil {
		return p, err
	}
	if err := unchanged(ifMatch, p.Edited); err != nil {
		return p, err
	}
	strip(tx, &p, store.Removes)
	p.Deleted = tx.Now
	if err := errors.Join(tx.Count(p.Campaign, store.CountPasses, -1), tx.EraseNotes(p.ID), tx.DeleteParcels(p.ID), forgetTold(tx, p.ID), tx.DropPassFile(&p)); err != nil {
		return p, err
	}
	err = saveSeen(tx, a, &p, eventDeleted, nil)
	return p, err
}
