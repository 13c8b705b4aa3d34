package issuer

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"pocketpass/push"
	"pocketpass/store"
	"pocketpass/store/kv"
)

const (
	settleBatch = 1024

	// settleWithin is how long a result may wait for others that are under way,
	// so that they share a commit.
	settleWithin = 50 * time.Millisecond

	// settleAgain is the wait after results could not be written. Nothing is
	// sent meanwhile: what is not settled would be pushed again and again.
	settleAgain = 10 * time.Second

	// asideWait is the wait before a push is tried again whose result cannot be
	// written because a record of it is damaged.
	asideWait = time.Hour

	// giveUp is when a push that never got through is dropped, counted from its
	// newest change. The phone will hear of it at its next own question, or with
	// the next push.
	giveUp = 72 * time.Hour

	// doubtWait is the wait before a token is tried again that looked bad while
	// nothing proved that the way to the push service is right.
	doubtWait = time.Hour
)

// settle writes results, many in one commit, until the senders are done. When
// something in the database stands against a batch, each result of it is written
// alone and those that cannot be are put aside, unless this is the end.
func (q *delivery) settle(ctx context.Context) {
	for first := range q.done {
		batch := q.fill(first)
		if q.write(ctx, batch, nothing) != nil && ctx.Err() == nil {
			for _, s := range batch {
				if err := q.write(ctx, []sent{s}, nothing); err != nil {
					q.putAside(ctx, s, err)
				}
			}
		}
		q.landAll(batch)
	}
}

// write settles a batch and does more in the same commit. While the database takes
// no writes at all it waits; what is not written before the end is pushed again after
// the next start.
func (q *delivery) write(ctx context.Context, batch []sent, more func(store.Tx) error) error {
	for {
		err := q.issuer.settle(context.WithoutCancel(ctx), batch, more)
		if !errors.Is(err, kv.ErrFull) && !errors.Is(err, kv.ErrFailed) {
			return err
		}
		q.issuer.cfg.Log.ErrorContext(ctx, "settle pushes", "err", err)
		if !pause(ctx, settleAgain) {
			return err
		}
	}
}

// putAside leaves an entry alone for a while, as it stands in the database.
func (q *delivery) putAside(ctx context.Context, s sent, err error) {
	q.issuer.cfg.Log.ErrorContext(ctx, "settle push", "passTypeIdentifier", s.Topic, "again", asideWait, "err", err)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.aside[flightOf(s.PushEntry)] = q.issuer.cfg.Now().Add(asideWait)
}

func (q *delivery) landAll(batch []sent) {
	all := make([]errand, len(batch))
	for n, s := range batch {
		all[n] = s.errand
	}
	q.land(all...)
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

func (i *Issuer) settle(ctx context.Context, batch []sent, more func(store.Tx) error) error {
	err := i.db.Update(ctx, func(tx store.Tx) error {
		for _, s := range batch {
			if err := i.settleOne(tx, s); err != nil {
				return err
			}
		}
		return more(tx)
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
		serious := s.stopped() || s.result.Outcome == push.Bug
		if k := [2]string{s.Topic, reason}; serious && !told[k] {
			told[k] = true
			meaning, remedy := explain(reason)
			i.cfg.Log.ErrorContext(ctx, "push refused", "passTypeIdentifier", s.Topic, "reason", reason,
				"verdict", s.verdict, "meaning", meaning, "remedy", remedy, "err", s.result.Err)
		}
	}
}

func (i *Issuer) settleOne(tx store.Tx, s sent) error {
	if s.postponed && s.libraries == nil {
		return nil // it is queued already and stays as it is
	}
	devices, err := meant(tx, s)
	switch {
	case err != nil:
		return err
	case len(devices) == 0 && s.libraries == nil:
		return tx.DeletePush(s.Topic, s.Token)
	case len(devices) == 0:
		return nil
	case s.postponed:
		return tx.QueuePush(s.Topic, s.Token, s.Revision)
	}
	for _, before := range devices {
		d := before
		d.Pushed = store.PushResult{At: moment(s.result.At), Revision: s.Revision, Outcome: string(s.result.Outcome),
			Reason: s.result.Reason, Status: s.result.Status, Attempt: s.Attempts + 1}
		if believedGone(s, d) {
			err = i.dropDevice(tx, d)
		} else {
			err = tx.ReplaceDevice(before, d)
		}
		if err != nil {
			return err
		}
	}
	return i.requeue(tx, s)
}

// meant returns the devices that a push was for and that have its token still. One
// that a fan-out meant and that has told another token since has missed the push: a
// new token takes over what is queued for the old one, and a fan-out queues nothing.
func meant(tx store.Tx, s sent) (have []store.Device, err error) {
	if s.libraries == nil {
		return tx.DevicesWithToken(s.Topic, s.Token)
	}
	for _, library := range s.libraries {
		d, err := tx.Device(s.Topic, library)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return nil, err
		case d.PushToken == s.Token:
			have = append(have, d)
		default:
			if err := tx.QueuePush(s.Topic, d.PushToken, s.Revision); err != nil {
				return nil, err
			}
		}
	}
	return have, nil
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
		if err := dropRegistration(tx, Actor{}, p, g, "the push service says that the device is gone: "+d.Pushed.Reason); err != nil {
			return err
		}
	}
	return tx.DeleteDevice(d.PassTypeIdentifier, d.Library)
}

// requeue takes a push out of the queue, or says when to try again. A change
// that came while it was under way is pushed at once.
func (i *Issuer) requeue(tx store.Tx, s sent) error {
	e, err := tx.PushEntry(s.Topic, s.Token)
	queued := !errors.Is(err, store.ErrNotFound)
	if !queued { // as of a fan-out
		e, err = s.PushEntry, nil
	}
	if err != nil {
		return err
	}
	if s.Revision > e.Revision {
		e.Revision, e.Since = s.Revision, s.Since
	}
	wait, again := waitAfter(s)
	switch {
	case again && (s.stopped() || tx.Now.Sub(e.Since) < giveUp):
		if e.Attempts = s.Attempts; !errors.Is(s.result.Err, push.ErrPaused) {
			e.Attempts++ // a pause is none: nothing was sent
		}
		e.Due = tx.Now.Add(wait)
	case e.Revision > s.Revision:
		e.Attempts, e.Due = 0, tx.Now
	case !queued:
		return nil
	default:
		return tx.DeletePush(e.Topic, e.Token)
	}
	return tx.PutPush(e)
}

// waitAfter is how long to wait before a push is tried again, if it is. What
// stopped for want of a repair waits with its topic, however long that takes.
func waitAfter(s sent) (wait time.Duration, again bool) {
	switch s.result.Outcome {
	case push.Stop:
		return 0, true
	case push.BadToken, push.WrongTopic:
		return doubtWait, s.verdict != push.Believe
	}
	wait = push.Backoff(s.Attempts+1, s.result, rand.Float64)
	return wait, wait > 0
}
