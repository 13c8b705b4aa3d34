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
	// and hold up other writers longer.
	fanoutBatch = 500

	// fanoutAhead is how many batches may wait behind the one that is being
	// settled, so that the senders have work meanwhile.
	fanoutAhead = 3
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
		switch {
		case err == nil:
			continue
		case errors.Is(err, errStuck):
			q.complain(ctx, "move the cursor of a fan-out", err)
			pause(ctx, asideWait) // or everybody would be pushed to again and again
			continue
		case !errors.Is(err, store.ErrNotFound):
			q.complain(ctx, "push fan-out", err)
		}
		wait(ctx, q.published, idleWait)
	}
}

// errStuck means that a fan-out begins again where its cursor stands.
var errStuck = errors.New("results of a fan-out cannot be written")

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
	return q.spreadAll(ctx, f)
}

// spreadAll sends the rounds of f and settles them meanwhile.
func (q *delivery) spreadAll(ctx context.Context, f store.Fanout) error {
	rounds := make(chan *round, fanoutAhead)
	going, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var settling sync.WaitGroup
	settling.Go(func() { q.finishAll(ctx, rounds, stop) })
	err := q.beginAll(ctx, going, f, rounds)
	close(rounds)
	settling.Wait()
	if err == nil {
		err = context.Cause(going)
	}
	return err
}

// beginAll sends one round after another until going is done.
func (q *delivery) beginAll(ctx, going context.Context, f store.Fanout, rounds chan<- *round) error {
	for last := false; !last && going.Err() == nil; {
		r, err := q.beginRound(ctx, f)
		if err != nil {
			return err
		}
		rounds <- r
		f, last = r.batch.Rest, r.batch.Last
	}
	return nil
}

// finishAll settles rounds. After one that could not be settled no other is, for it
// would move the cursor past it; they are sent again.
func (q *delivery) finishAll(ctx context.Context, rounds <-chan *round, stop context.CancelCauseFunc) {
	var stuck error
	for r := range rounds {
		begun := r.wait()
		if stuck == nil {
			stuck = q.finish(ctx, r, begun)
		}
		if stuck != nil {
			stop(fmt.Errorf("%w: %w", errStuck, stuck))
		}
		q.landAll(begun)
	}
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
// follow the template, with the devices that have it. What cannot be read is passed over.
func (i *Issuer) audience(r store.Reader, f store.Fanout, b *store.FanoutBatch) ([]errand, error) {
	var entries []store.PushEntry
	libraries := make(map[flight][]string, len(b.Registrations))
	b.Told = make(map[store.ID]int64)
	for _, g := range b.Registrations {
		e, follows, err := follower(r, f, g)
		switch {
		case store.Lost(err):
			b.Lost = append(b.Lost, fmt.Errorf("pass %s: %w", g.Pass, err))
		case err != nil:
			return nil, err
		case follows:
			b.Told[g.Campaign]++
			b.Told[g.Template]++
			of := flightOf(e)
			if libraries[of] == nil {
				entries = append(entries, e)
			}
			if !slices.Contains(libraries[of], g.Library) { // it may have several passes
				libraries[of] = append(libraries[of], g.Library)
			}
		}
	}
	all := i.errands(r, entries, nil)
	for n, e := range all {
		all[n].libraries = libraries[flightOf(e.PushEntry)]
	}
	return all, nil
}

// follower is the push to one registration. A pinned pass does not follow its template,
// and one that is a file follows nothing.
func follower(r store.Reader, f store.Fanout, g store.Registration) (e store.PushEntry, follows bool, err error) {
	if g.Template == 0 {
		return e, false, nil
	}
	if f.Template != 0 {
		pinned, err := r.PinnedRevision(g.Pass)
		if err != nil || pinned > 0 {
			return e, false, err
		}
	}
	d, err := r.Device(g.PassTypeIdentifier, g.Library)
	return store.PushEntry{Topic: g.PassTypeIdentifier, Token: d.PushToken, Revision: f.Revision, Due: r.Now, Since: r.Now}, true, err
}

// wait returns the results of what was sent.
func (r *round) wait() []sent {
	begun := make([]sent, 0, r.begun)
	for range r.begun {
		begun = append(begun, <-r.done)
	}
	return begun
}

// finish writes the results of a round. One that cannot be written is dropped, as
// there is nothing in the queue that would bring it back. An error means that the
// cursor stays where it was.
func (q *delivery) finish(ctx context.Context, r *round, begun []sent) error {
	all := slices.Concat(r.queued, begun)
	move := func(tx store.Tx) error { return errors.Join(countTold(tx, r.batch), tx.FinishFanoutBatch(r.batch)) }
	err := q.write(ctx, all, move)
	if err == nil || ctx.Err() != nil {
		return err
	}
	for _, s := range all {
		q.complain(ctx, "settle push of a fan-out", q.write(ctx, []sent{s}, nothing))
	}
	return q.write(ctx, nil, move)
}

// countTold counts a batch's pushes by the day.
func countTold(tx store.Tx, b store.FanoutBatch) error {
	org, err := tx.OwnerOf(b.Rest)
	if err != nil {
		return err
	}
	for id, n := range b.Told {
		tx.Tally(store.Pushes, n, store.Scope{Org: org, ID: id})
	}
	return nil
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
