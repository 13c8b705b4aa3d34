package issuer

import (
	"context"
	"maps"
	"sync"
	"time"

	"pocketpass/push"
	"pocketpass/store"

	"golang.org/x/sync/errgroup"
)

// The push queue is drained by one reader that finds what is due, workers that
// send, and one writer that settles results in batches. An entry leaves the
// queue in the commit that notes its result, so a crash pushes again, which is
// harmless: a push carries nothing. The same holds for two processes on one
// database.
const dueBatch = 256

// sent is a push with its result.
type sent struct {
	entry   store.PushEntry
	result  push.Result
	verdict push.Verdict
}

// Deliver sends what is queued until ctx is done.
func (i *Issuer) Deliver(ctx context.Context) error {
	q := &delivery{issuer: i, work: make(chan errand), done: make(chan sent, settleBatch), flying: make(map[[2]string]bool)}
	g, ctx := errgroup.WithContext(ctx)
	var workers sync.WaitGroup
	for range i.PushWorkers {
		workers.Go(func() { q.send(ctx) })
	}
	g.Go(func() error { defer close(q.work); return q.read(ctx) })
	g.Go(func() error { workers.Wait(); close(q.done); return nil })
	g.Go(func() error { return q.settle(ctx) })
	err := g.Wait()
	i.senders.closeAll()
	return err
}

type delivery struct {
	issuer *Issuer
	work   chan errand
	done   chan sent

	mu     sync.Mutex
	flying map[[2]string]bool // topic and token under way
}

// read hands due entries to the workers.
func (q *delivery) read(ctx context.Context) error {
	for ctx.Err() == nil {
		more, err := q.issuer.fanOut(ctx)
		if err != nil && ctx.Err() == nil {
			q.issuer.Log.ErrorContext(ctx, "push fan-out", "err", err)
		}
		next, err := q.handOut(ctx)
		if err != nil && ctx.Err() == nil {
			q.issuer.Log.ErrorContext(ctx, "read push queue", "err", err)
		}
		if more && err == nil {
			continue
		}
		q.wait(ctx, next)
	}
	return nil
}

// idleWait is the longest the queue is not looked at, whatever it said last.
const idleWait = 30 * time.Second

func (q *delivery) wait(ctx context.Context, next time.Time) {
	d := idleWait
	if !next.IsZero() {
		d = min(d, max(time.Millisecond, next.Sub(q.issuer.Now())))
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-q.issuer.pushable:
	}
}

// handOut gives every due entry that is not under way to a worker and says when
// the next one is due.
func (q *delivery) handOut(ctx context.Context) (next time.Time, err error) {
	for {
		flying := q.underWay()
		limit := len(flying) + dueBatch
		var due []errand
		err = q.issuer.db.View(ctx, func(r store.Reader) error {
			var entries []store.PushEntry
			entries, next, err = r.DuePushes(limit)
			due = q.issuer.errands(r, entries)
			return err
		})
		if err != nil {
			return next, err
		}
		for _, e := range due {
			if flying[flight(e.PushEntry)] {
				continue
			}
			q.begin(e.PushEntry)
			select {
			case q.work <- e:
			case <-ctx.Done():
				return next, nil
			}
		}
		if len(due) < limit {
			return next, nil
		}
	}
}

// underWay says what is being pushed. It is asked before the queue is read: an entry
// that comes back between the two is skipped, for it may have been read as it was
// before its result; whoever brings it back has the queue read again.
func (q *delivery) underWay() map[[2]string]bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return maps.Clone(q.flying)
}

// flights is how many entries are under way or wait to be settled.
func (q *delivery) flights() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.flying)
}

func (q *delivery) begin(e store.PushEntry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flying[flight(e)] = true
}

// flight names what an entry's push is about: of one topic and token there is
// only one under way.
func flight(e store.PushEntry) [2]string { return [2]string{e.Topic, e.Token} }

func (q *delivery) send(ctx context.Context) {
	for e := range q.work {
		r := q.issuer.push(ctx, e)
		q.done <- sent{e.PushEntry, r, q.issuer.flood.Judge(e.Topic, r)}
	}
}
