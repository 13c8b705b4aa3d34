package issuer

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"pocketpass/push"
	"pocketpass/store"
)

const (
	settleBatch = 1024

	// settleWithin is how long a result may wait for others that are under way,
	// so that they share a commit.
	settleWithin = 50 * time.Millisecond

	// settleAgain is the wait after results could not be written. Nothing is
	// sent meanwhile: what is not settled would be pushed again and again.
	settleAgain = 10 * time.Second

	// giveUp is when a push that never got through is dropped, counted from its
	// newest change. The phone will hear of it at its next own question, or with
	// the next push.
	giveUp = 72 * time.Hour

	// doubtWait is the wait before a token is tried again that looked bad while
	// nothing proved that the way to the push service is right.
	doubtWait = time.Hour
)

// settle writes results, many in one commit, until the workers are done.
func (q *delivery) settle(ctx context.Context) error {
	for first := range q.done {
		batch := q.fill(first)
		for {
			err := q.issuer.settle(context.WithoutCancel(ctx), batch)
			if err == nil {
				break
			}
			q.issuer.Log.ErrorContext(ctx, "settle pushes", "err", err)
			if !pause(ctx, settleAgain) {
				break // they are pushed again after the next start
			}
		}
		q.land(batch)
	}
	return nil
}

// fill adds the results of what is under way, as far as they come soon.
func (q *delivery) fill(first sent) []sent {
	batch := []sent{first}
	soon := time.NewTimer(settleWithin)
	defer soon.Stop()
	for len(batch) < min(settleBatch, q.flights()) {
		select {
		case s, ok := <-q.done:
			if !ok {
				return batch
			}
			batch = append(batch, s)
		case <-soon.C:
			return batch
		}
	}
	return batch
}

// pause waits for d and reports whether ctx allowed it.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (q *delivery) land(batch []sent) {
	q.mu.Lock()
	for _, s := range batch {
		delete(q.flying, flight(s.entry))
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
	if err == nil {
		i.count(batch)
		i.alarm(ctx, batch)
	}
	return err
}

func (i *Issuer) count(batch []sent) {
	for _, s := range batch {
		if n := slices.Index(push.Outcomes, s.result.Outcome); n >= 0 {
			i.pushed[n].Add(1)
		}
	}
}

// Pushed is how many pushes ended in o since the start.
func (i *Issuer) Pushed(o push.Outcome) int64 { return i.pushed[slices.Index(push.Outcomes, o)].Load() }

// alarm logs what the operator has to repair, each kind once in a batch.
func (i *Issuer) alarm(ctx context.Context, batch []sent) {
	told := make(map[[2]string]bool)
	for _, s := range batch {
		reason := s.result.Reason
		serious := s.result.Outcome == push.Stop || s.result.Outcome == push.Bug || s.verdict == push.Alarm
		if k := [2]string{s.entry.Topic, reason}; serious && !told[k] {
			told[k] = true
			meaning, remedy := explain(reason)
			i.Log.ErrorContext(ctx, "push refused", "passTypeIdentifier", s.entry.Topic, "reason", reason,
				"verdict", s.verdict, "meaning", meaning, "remedy", remedy, "err", s.result.Err)
		}
	}
}

func (i *Issuer) settleOne(tx store.Tx, s sent) error {
	devices, err := tx.DevicesWithToken(s.entry.Topic, s.entry.Token)
	if err != nil {
		return err
	}
	for _, d := range devices {
		d.Pushed = store.PushResult{At: moment(s.result.At), Revision: s.entry.Revision, Outcome: string(s.result.Outcome),
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
	if err != nil {
		return err
	}
	for _, g := range all {
		p, err := tx.AnyPass(g.Pass)
		if err != nil {
			return err
		}
		if err := dropRegistration(tx, p, d.Library, "the push service says that the device is gone: "+d.Pushed.Reason); err != nil {
			return err
		}
	}
	return tx.DeleteDevice(d.PassTypeIdentifier, d.Library)
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
	wait := waitAfter(s)
	switch {
	case wait > 0 && (s.result.Outcome == push.Stop || tx.Now.Sub(e.Since) < giveUp):
		if e.Attempts = s.entry.Attempts; !errors.Is(s.result.Err, push.ErrPaused) {
			e.Attempts++ // a pause is none: nothing was sent
		}
		e.Due = tx.Now.Add(wait)
	case newer:
		e.Attempts, e.Due = 0, tx.Now
	default:
		return tx.DeletePush(e.Topic, e.Token)
	}
	return tx.PutPush(e)
}

// waitAfter is how long to wait before a push is tried again, 0 for never. What
// stopped for want of a repair waits for it however long that takes.
func waitAfter(s sent) time.Duration {
	switch s.result.Outcome {
	case push.BadToken, push.WrongTopic:
		if s.verdict != push.Believe {
			return doubtWait
		}
		return 0
	}
	return push.Backoff(s.entry.Attempts+1, s.result, rand.Float64)
}
