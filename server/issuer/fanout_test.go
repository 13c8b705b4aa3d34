package issuer_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"pocketpass/push"
	"pocketpass/store"
)

// followers issues and registers n passes that follow the template, more than a
// fan-out takes at once.
func (w *world) followers(t *testing.T, n int) {
	t.Helper()
	for k := range n {
		w.register(t, w.issue(t), phoneNumber(k))
	}
}

// wantTold checks that every one of n phones was pushed to at least once.
func (w *world) wantTold(t *testing.T, n int) {
	t.Helper()
	w.push.mu.Lock()
	defer w.push.mu.Unlock()
	told := make(map[string]bool)
	for _, s := range w.push.sent {
		told[s.Token] = true
	}
	if len(told) != n {
		t.Errorf("%d phones were told, want %d", len(told), n)
	}
}

// TestFanOutQueuesWhatIsTriedAgain and nothing else.
func TestFanOutQueuesWhatIsTriedAgain(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		const n, failing = 300, 50
		w.followers(t, n)
		w.push.script(func(p push.Notification) push.Result {
			if indexOf(p.Token, n) < failing {
				return push.Result{Outcome: push.Retry, Status: 503, Reason: "ServiceUnavailable"}
			}
			return accept(p)
		})
		w.republish(t, newer)
		w.pushed(t, n)
		w.view(t, func(r store.Reader) error {
			_, next, err := r.DuePushes(n)
			if next.IsZero() {
				t.Error("nothing waits to be tried again")
			}
			_, none := r.NextFanout()
			if !errors.Is(none, store.ErrNotFound) {
				t.Errorf("the fan-out has not ended: %v", none)
			}
			d, none := r.Device(passType, phoneNumber(n-1).library)
			if d.Pushed.Outcome != string(push.Accepted) || d.Pushed.Attempt != 1 {
				t.Errorf("the device was noted as %+v, %v", d.Pushed, none)
			}
			return err
		})
		w.push.script(accept)
		time.Sleep(2 * time.Second)
		w.pushed(t, n+failing)
		w.wantQueued(t, 0)
	})
}

// TestFanOutDuringFlight: what is on its way may have been sent before the
// publication, so it is pushed again.
func TestFanOutDuringFlight(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		p := w.issue(t)
		w.register(t, p, phoneNumber(1))
		answer := make(chan push.Result)
		w.push.script(func(push.Notification) push.Result { return <-answer })
		w.change(t, p, "stamps", 1)
		w.pushed(t, 1)
		w.republish(t, newer)
		w.pushed(t, 1)
		answer <- push.Result{Outcome: push.Accepted, Status: 200}
		w.pushed(t, 2)
		answer <- push.Result{Outcome: push.Accepted, Status: 200}
		w.pushed(t, 2)
		w.wantQueued(t, 0)
	})
}

// TestFanOutToRefusedTopic queues what it may not send.
func TestFanOutToRefusedTopic(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		const n = 300
		w.followers(t, n)
		w.push.script(disallow)
		w.republish(t, newer)
		time.Sleep(30 * time.Second)
		if got := w.push.count(); got < 1 || got > 64 {
			t.Errorf("%d pushes were sent, want no more than go at once", got)
		}
		w.wantQueued(t, n)
		w.push.script(accept)
		time.Sleep(20 * time.Minute)
		w.wantTold(t, n)
		w.wantQueued(t, 0)
	})
}

// TestFanOutGoesOnAfterAnEnd: a process that ends before its results are written
// leaves nobody out.
func TestFanOutGoesOnAfterAnEnd(t *testing.T) {
	w := newWorld(t)
	const n = 600
	w.followers(t, n)
	w.republish(t, newer)
	ctx, stop := context.WithCancel(t.Context())
	w.push.script(func(p push.Notification) push.Result {
		if w.push.count() > n/2 {
			w.engine.broken.Store(true)
			stop()
		}
		return accept(p)
	})
	must(t, w.Deliver(ctx))
	if got := w.push.count(); got < n/2 || got == n {
		t.Fatalf("%d pushes before the end, want a part of %d", got, n)
	}
	w.engine.broken.Store(false)
	w.push.script(accept)
	w.deliver(t)
	w.wantTold(t, n)
}

// TestFanOutFollowsNewToken: a device that tells another token while the push to its
// old one is on its way, or waits, hears of the publication all the same.
func TestFanOutFollowsNewToken(t *testing.T) {
	tests := []struct {
		name   string
		answer push.Result
		busy   bool // a push to the old token is under way before the fan-out
	}{
		{"sent", push.Result{Outcome: push.Accepted, Status: 200}, false},
		{"to be tried again", push.Result{Outcome: push.Retry, Status: 503}, false},
		{"gone", push.Result{Outcome: push.Gone, Status: 410}, false},
		{"postponed", push.Result{Outcome: push.Accepted, Status: 200}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			running(t, func(t *testing.T, w *world) {
				p := w.issue(t)
				w.register(t, p, phoneNumber(1))
				answer := make(chan push.Result, 1)
				w.push.script(func(push.Notification) push.Result { return <-answer })
				if tt.busy {
					w.change(t, p, "stamps", 1)
					synctest.Wait()
				}
				w.republish(t, newer)
				w.pushed(t, 1)
				moved := phone{phoneNumber(1).library, phoneNumber(2).token}
				w.push.script(accept) // the push to the new token may go at once
				w.register(t, p, moved)
				answer <- tt.answer
				time.Sleep(time.Minute)
				w.pushed(t, 2)
				if got := w.push.sent[w.push.count()-1].Token; got != moved.token {
					t.Errorf("the last push went to %s, want the new token %s", got, moved.token)
				}
				w.wantQueued(t, 0)
			})
		})
	}
}

// TestFanOutThatCannotMove begins again after an hour, with the round that was not
// settled, and does not push in circles until then.
func TestFanOutThatCannotMove(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		const n = 600
		w.followers(t, n)
		w.push.script(func(p push.Notification) push.Result {
			if w.push.count() > n/2 {
				w.engine.odd.Store(math.MaxInt32)
			}
			return push.Result{Outcome: push.Retry, Status: 503}
		})
		w.republish(t, newer)
		time.Sleep(time.Minute)
		early := w.push.count()
		if early > n {
			t.Errorf("%d pushes to %d phones within a minute", early, n)
		}
		w.push.script(accept)
		w.engine.odd.Store(0)
		time.Sleep(2 * time.Hour)
		accepted := 0
		w.view(t, func(r store.Reader) error {
			for k := range n {
				d, err := r.Device(passType, phoneNumber(k).library)
				if must(t, err); d.Pushed.Outcome == string(push.Accepted) {
					accepted++
				}
			}
			return nil
		})
		if accepted != n {
			t.Errorf("%d phones were told, want %d", accepted, n)
		}
		w.wantQueued(t, 0)
	})
}
