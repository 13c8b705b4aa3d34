package issuer

import (
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

const fanoutBatch = 500 // registrations per commit

// fanOut queues one batch of pushes for a published change. more says whether
// there is more to do.
func (i *Issuer) fanOut(ctx context.Context) (more bool, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		_, err := r.NextFanout()
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = i.db.Update(ctx, func(tx store.Tx) error {
		f, err := tx.NextFanout()
		if err != nil {
			return err
		}
		_, err = tx.AdvanceFanout(f, fanoutBatch, func(g store.Registration) error { return fanOutTo(tx, f, g) })
		return err
	})
	if err != nil {
		return false, fmt.Errorf("fan-out: %w", err)
	}
	return true, nil
}

// fanOutTo queues a push to one registration, unless its pass does not follow the template.
func fanOutTo(tx store.Tx, f store.Fanout, g store.Registration) error {
	p, err := tx.AnyPass(g.Pass)
	if err != nil {
		return err
	}
	if f.Template != 0 && p.Pinned > 0 {
		return nil
	}
	return queueFor(tx, g, f.Revision)
}
