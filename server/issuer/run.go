package issuer

import (
	"context"
	"errors"
	"time"

	"pocketpass/store"

	"golang.org/x/sync/errgroup"
)

const (
	flushEvery = time.Second
	endEvery   = time.Minute
	sweepEvery = time.Hour
	sweepBatch = 1000
)

// Run drains the queues and does the housekeeping until ctx is done. What was
// observed is written before it returns.
func (i *Issuer) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return i.Deliver(ctx) })
	g.Go(func() error { return i.Work(ctx) })
	g.Go(func() error { return i.SendParcels(ctx) })
	g.Go(func() error { return i.SendEvents(ctx) })
	g.Go(func() error { return i.every(ctx, flushEvery, "write what was observed", i.FlushSeen) })
	g.Go(func() error { return i.every(ctx, endEvery, "end campaigns", i.EndCampaigns) })
	g.Go(func() error { return i.every(ctx, sweepEvery, "housekeeping", i.sweep) })
	g.Go(func() error { return i.every(ctx, lapseEvery, "expire passes", i.expirePasses) })
	return g.Wait()
}

// every calls do now and then until ctx is done, and once more at the end.
func (i *Issuer) every(ctx context.Context, d time.Duration, what string, do func(context.Context) error) error {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		if err := do(context.WithoutCancel(ctx)); err != nil {
			i.cfg.Log.ErrorContext(ctx, what, "err", err)
		}
		select {
		case <-ctx.Done():
			return do(context.WithoutCancel(ctx))
		case <-t.C:
		}
	}
}

// sweep warns of certificates that expire and forgets what is old.
func (i *Issuer) sweep(ctx context.Context) error {
	if _, err := i.WarnOfExpiry(ctx); err != nil {
		return err
	}
	return errors.Join(
		i.sweepJobs(ctx),
		i.forget(ctx, func(tx store.Tx) (int, error) { return tx.Forget(tx.Now.Add(-KeepAnswers), sweepBatch) }),
		i.forget(ctx, func(tx store.Tx) (int, error) { return tx.ForgetParcels(tx.Now.Add(-keepParcels), sweepBatch) }),
		i.forget(ctx, func(tx store.Tx) (int, error) { return tx.ForgetDeliveries(sweepBatch) }),
		i.forget(ctx, func(tx store.Tx) (int, error) { return tx.ForgetFeed(tx.Now.Add(-keepFeed), sweepBatch) }),
	)
}

// forget calls batch, which forgets up to sweepBatch records, until nothing is left.
func (i *Issuer) forget(ctx context.Context, batch func(store.Tx) (int, error)) error {
	for {
		n := 0
		err := i.db.Update(ctx, func(tx store.Tx) (err error) {
			n, err = batch(tx)
			return err
		})
		if err != nil || n < sweepBatch {
			return err
		}
	}
}
