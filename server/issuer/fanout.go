package issuer

import (
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

const fanoutBatch = 500 // registrations per commit

// fanOut queues one batch of pushes for a published change. more says whether
// there is more to do. A registration that cannot be read, or whose pass or device
// cannot, is passed over.
func (i *Issuer) fanOut(ctx context.Context) (more bool, err error) {
	var f store.Fanout
	var b store.FanoutBatch
	err = i.db.View(ctx, func(r store.Reader) error {
		if f, err = r.NextFanout(); err != nil {
			return err
		}
		b, err = r.FanoutBatch(f, fanoutBatch)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read fan-out: %w", err)
	}
	var lost []error
	err = i.db.Update(ctx, func(tx store.Tx) error {
		lost = b.Lost
		for _, g := range b.Registrations {
			err := fanOutTo(tx, f, g)
			if store.Lost(err) {
				lost = append(lost, fmt.Errorf("pass %s: %w", g.Pass, err))
			} else if err != nil {
				return err
			}
		}
		return tx.FinishFanoutBatch(b)
	})
	for _, lost := range lost {
		i.Log.ErrorContext(ctx, "passed over in a fan-out", "err", lost)
	}
	return err == nil, err
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
