package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"pocketpass/store"
)

const (
	// fanoutBatch is how many registrations share a commit. More write fewer pages
	// and hold up other writers longer: a thousand take some 20 ms.
	fanoutBatch = 1000

	// fanoutAhead is how many batches may wait behind the one that is being
	// settled, so that the senders have work meanwhile.
	fanoutAhead = 1
)

// round is a batch of a fan-out that is under way.
type round struct {
	batch  store.FanoutBatch
	begun  int
	done   chan sent // has room for all
	queued []sent    // what could not be sent now
}

// spread pushes what was published until ctx is done. A fan-out takes no queue: a
// batch is sent straight away, and one commit notes the results, queues what has to
// be tried again, and moves the cursor. After a crash a batch is sent again.
func (q *delivery) spread(ctx context.Context) {
	for ctx.Err() == nil {
		err := q.spreadNext(ctx)
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrNotFound) {
			q.complain(ctx, "push fan-out", err)
		}
		wait(ctx, q.published, idleWait)
	}
}

// spreadNext does the oldest fan-out from its cursor to the end.
func (q *delivery) spreadNext(ctx context.Context) error {
	var f store.Fanout
	err := q.issuer.db.View(ctx, func(r store.Reader) (err error) {
		f, err = r.NextFanout()
		return err
	})
	if err != nil {
		return err
	}
	rounds := make(chan *round, fanoutAhead)
	var settling sync.WaitGroup
	settling.Go(func() {
		for r := range rounds {
			q.finish(ctx, r)
		}
	})
	defer settling.Wait()
	defer close(rounds)
	for last := false; !last && ctx.Err() == nil; {
		r, err := q.beginRound(ctx, f)
		if err != nil {
			return err
		}
		rounds <- r
		f, last = r.batch.Rest, r.batch.Last
	}
	return nil
}

// beginRound sends the next batch of f, to each token once.
func (q *delivery) beginRound(ctx context.Context, f store.Fanout) (*round, error) {
	r := &round{}
	var all []errand
	err := q.issuer.db.View(ctx, func(tx store.Reader) (err error) {
		if r.batch, err = tx.FanoutBatch(f, fanoutBatch); err != nil {
			return err
		}
		all, err = q.issuer.audience(tx, f, &r.batch)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read fan-out: %w", err)
	}
	r.done = make(chan sent, len(all))
	for _, e := range all {
		e.report = r.done
		if q.begin(ctx, e) {
			r.begun++
		} else {
			r.queued = append(r.queued, sent{errand: e, postponed: true})
		}
	}
	for _, lost := range r.batch.Lost {
		q.issuer.cfg.Log.ErrorContext(ctx, "passed over in a fan-out", "err", lost)
	}
	return r, nil
}

// audience lists a push to each token among a batch's registrations whose passes
// follow the template. What cannot be read is passed over.
func (i *Issuer) audience(r store.Reader, f store.Fanout, b *store.FanoutBatch) ([]errand, error) {
	var entries []store.PushEntry
	seen := make(map[flight]bool)
	for _, g := range b.Registrations {
		e, follows, err := follower(r, f, g)
		switch {
		case store.Lost(err):
			b.Lost = append(b.Lost, fmt.Errorf("pass %s: %w", g.Pass, err))
		case err != nil:
			return nil, err
		case follows && !seen[flightOf(e)]:
			seen[flightOf(e)] = true
			entries = append(entries, e)
		}
	}
	return i.errands(r, entries, nil), nil
}

// follower is the push to one registration. A pinned pass does not follow its template.
func follower(r store.Reader, f store.Fanout, g store.Registration) (e store.PushEntry, follows bool, err error) {
	if f.Template != 0 {
		p, err := r.AnyPass(g.Pass)
		if err != nil || p.Pinned > 0 {
			return e, false, err
		}
	}
	d, err := r.Device(g.PassTypeIdentifier, g.Library)
	return store.PushEntry{Topic: g.PassTypeIdentifier, Token: d.PushToken, Revision: f.Revision, Due: r.Now, Since: r.Now}, true, err
}

// finish waits for the results of a round and writes them. A result that cannot be
// written is dropped, as there is nothing in the queue that would bring it back.
func (q *delivery) finish(ctx context.Context, r *round) {
	begun := make([]sent, 0, r.begun)
	for range r.begun {
		begun = append(begun, <-r.done)
	}
	all := slices.Concat(r.queued, begun)
	move := func(tx store.Tx) error { return tx.FinishFanoutBatch(r.batch) }
	if q.write(ctx, all, move) != nil {
		for _, s := range all {
			q.complain(ctx, "settle push of a fan-out", q.write(ctx, []sent{s}, nothing))
		}
		q.complain(ctx, "move the cursor of a fan-out", q.write(ctx, nil, move))
	}
	q.landAll(begun)
}

func nothing(store.Tx) error { return nil }

// wait returns after d, with a signal, or when ctx is done.
func wait(ctx context.Context, signal <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-signal:
	}
}
