package issuer

import (
	"context"
	"errors"
	"fmt"
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
const (
	dueBatch    = 256
	settleBatch = 256
	fanoutBatch = 500

	// giveUp is when a push that never got through is dropped. The phone will
	// hear of the change at its next own question, or with the next push.
	giveUp = 72 * time.Hour

	// doubtWait is the wait before a token is tried again that looked bad while
	// nothing proved that the way to the push service is right.
	doubtWait = time.Hour
)

// sent is a push with its result.
type sent struct {
	entry   store.PushEntry
	result  push.Result
	verdict push.Verdict
}

// Deliver sends what is queued until ctx is done.
func (i *Issuer) Deliver(ctx context.Context) error {
	q := &delivery{issuer: i, work: make(chan store.PushEntry), done: make(chan sent, settleBatch), flying: make(map[[2]string]bool)}
	g, ctx := errgroup.WithContext(ctx)
	var workers sync.WaitGroup
	for range i.PushWorkers {
		workers.Go(func() { q.send(ctx) })
	}
	g.Go(func() error { defer close(q.work); return q.read(ctx) })
	g.Go(func() error { workers.Wait(); close(q.done); return nil })
	g.Go(func() error { return q.settle(context.WithoutCancel(ctx)) })
	err := g.Wait()
	i.senders.closeAll()
	return err
}

type delivery struct {
	issuer *Issuer
	work   chan store.PushEntry
	done   chan sent
	flood  push.Flood

	mu     sync.Mutex
	flying map[[2]string]bool // topic and token under way
}

// read hands due entries to the workers.
func (q *delivery) read(ctx context.Context) error {
	for ctx.Err() == nil {
		more, err := q.issuer.fanOut(ctx)
		if err != nil {
			q.issuer.Log.ErrorContext(ctx, "push fan-out", "err", err)
		}
		next, err := q.handOut(ctx)
		if err != nil {
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
		var due []store.PushEntry
		q.mu.Lock()
		limit := len(q.flying) + dueBatch
		q.mu.Unlock()
		err = q.issuer.db.View(ctx, func(r store.Reader) error {
			due, next, err = r.DuePushes(limit)
			return err
		})
		if err != nil {
			return next, err
		}
		handed := 0
		for _, e := range due {
			if !q.take(e) {
				continue
			}
			select {
			case q.work <- e:
				handed++
			case <-ctx.Done():
				return next, nil
			}
		}
		if len(due) < limit {
			return next, nil
		}
		if handed == 0 {
			return q.issuer.Now().Add(time.Millisecond), nil
		}
	}
}

func (q *delivery) take(e store.PushEntry) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := [2]string{e.Topic, e.Token}
	if q.flying[k] {
		return false
	}
	q.flying[k] = true
	return true
}

func (q *delivery) send(ctx context.Context) {
	for e := range q.work {
		r := q.issuer.push(ctx, e)
		q.done <- sent{e, r, q.flood.Judge(e.Topic, r)}
	}
}

// settle writes results, many in one commit.
func (q *delivery) settle(ctx context.Context) error {
	for first := range q.done {
		batch := []sent{first}
	fill:
		for len(batch) < settleBatch {
			select {
			case s, ok := <-q.done:
				if !ok {
					break fill
				}
				batch = append(batch, s)
			default:
				break fill
			}
		}
		if err := q.issuer.settle(ctx, batch); err != nil {
			q.issuer.Log.ErrorContext(ctx, "settle pushes", "err", err)
		}
		q.land(batch)
	}
	return nil
}

func (q *delivery) land(batch []sent) {
	q.mu.Lock()
	for _, s := range batch {
		delete(q.flying, [2]string{s.entry.Topic, s.entry.Token})
	}
	q.mu.Unlock()
	q.issuer.wake()
}

func (i *Issuer) settle(ctx context.Context, batch []sent) error {
	err := i.db.Update(ctx, func(tx store.Tx) error {
		for _, s := range batch {
			if err := i.settleOne(tx, s); err != nil {
				return err
			}
		}
		return nil
	})
	for _, s := range batch {
		switch s.result.Outcome {
		case push.Stop, push.Bug:
			meaning, remedy := push.Explain(s.result.Reason)
			i.Log.ErrorContext(ctx, "push refused", "passTypeIdentifier", s.entry.Topic, "reason", s.result.Reason, "meaning", meaning, "remedy", remedy, "err", s.result.Err)
		}
	}
	return err
}

func (i *Issuer) settleOne(tx store.Tx, s sent) error {
	devices, err := tx.DevicesWithToken(s.entry.Topic, s.entry.Token)
	if err != nil {
		return err
	}
	for _, d := range devices {
		d.Pushed = store.PushResult{At: s.result.At.UTC(), Revision: s.entry.Revision, Outcome: string(s.result.Outcome),
			Reason: s.result.Reason, Status: s.result.Status, Attempt: s.entry.Attempts + 1}
		if believedGone(s, d) {
			err = i.dropDevice(tx, d)
		} else {
			err = tx.PutDevice(d)
		}
		if err != nil {
			return err
		}
	}
	return i.requeue(tx, s)
}

// believedGone judges a dead token: a device that registered after Apple noticed
// that the token was invalid is alive.
func believedGone(s sent, d store.Device) bool {
	switch s.result.Outcome {
	case push.Gone:
		return s.result.Timestamp.IsZero() || d.Registered.Before(s.result.Timestamp)
	case push.BadToken, push.WrongTopic:
		return s.verdict == push.Believe
	}
	return false
}

func (i *Issuer) dropDevice(tx store.Tx, d store.Device) error {
	all, err := tx.RegistrationsOfDevice(d.PassTypeIdentifier, d.Library)
	for _, g := range all {
		p, err := tx.AnyPass(g.Pass)
		if err != nil {
			return err
		}
		if err := dropRegistration(tx, p, d.Library, "the push service says that the device is gone: "+d.Pushed.Reason); err != nil {
			return err
		}
	}
	return errors.Join(err, tx.DeleteDevice(d.PassTypeIdentifier, d.Library))
}

// requeue takes a push out of the queue, or says when to try again. A change
// that came while it was under way is pushed at once.
func (i *Issuer) requeue(tx store.Tx, s sent) error {
	e, err := tx.PushEntry(s.entry.Topic, s.entry.Token)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	newer := e.Revision > s.entry.Revision
	wait := i.waitAfter(s)
	switch {
	case wait > 0 && tx.Now.Sub(e.Since) < giveUp:
		e.Attempts = s.entry.Attempts + 1
		e.Due = tx.Now.Add(wait)
	case newer:
		e.Attempts, e.Due, e.Since = 0, tx.Now, tx.Now
	default:
		return tx.DeletePush(e.Topic, e.Token)
	}
	return tx.PutPush(e)
}

// waitAfter is how long to wait before a push is tried again, 0 for never.
func (i *Issuer) waitAfter(s sent) time.Duration {
	switch s.result.Outcome {
	case push.BadToken, push.WrongTopic:
		if s.verdict != push.Believe {
			return doubtWait
		}
		return 0
	}
	return push.Backoff(s.entry.Attempts+1, s.result, i.random)
}

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

func fanOutTo(tx store.Tx, f store.Fanout, g store.Registration) error {
	p, err := tx.AnyPass(g.Pass)
	if err != nil {
		return err
	}
	if f.Template != 0 && p.Pinned > 0 {
		return nil // does not follow
	}
	return queueFor(tx, g, f.Revision)
}
