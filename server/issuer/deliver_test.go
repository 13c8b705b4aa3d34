package issuer_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pocketpass/push"
	"pocketpass/server/issuer"
	"pocketpass/store"
	"pocketpass/store/kv"
)

// running is a world whose workers run in a bubble, where time passes only when
// everybody waits; its clock starts at start.
func running(t *testing.T, fn func(t *testing.T, w *world), options ...func(*issuer.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		w := newWorld(t, append([]func(*issuer.Config){func(c *issuer.Config) {
			c.Now = func() time.Time { return start.Add(time.Since(began)) }
		}}, options...)...)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.Deliver(ctx) }()
		fn(t, w)
		stop()
		must(t, <-done)
	})
}

// deliver runs the workers until nothing is due any more.
func (w *world) deliver(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Deliver(ctx) }()
	for idle := false; !idle; {
		w.view(t, func(r store.Reader) error {
			due, _, err := r.DuePushes(1)
			_, none := r.NextFanout()
			idle = len(due) == 0 && errors.Is(none, store.ErrNotFound)
			return err
		})
	}
	stop()
	must(t, <-done)
}

func (w *world) pushed(t *testing.T, want int) {
	t.Helper()
	synctest.Wait()
	if got := w.push.count(); got != want {
		t.Errorf("at %v %d pushes were sent, want %d", w.config.Now().Sub(start), got, want)
	}
}

func TestChangeIsPushedOnce(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		p, q := w.issue(t), w.issue(t)
		w.register(t, p, phoneNumber(1))
		w.register(t, q, phoneNumber(1))
		w.register(t, q, phone{"second", phoneNumber(1).token}) // two devices, one token
		w.change(t, p, "stamps", 1)
		w.pushed(t, 1)
		if n := w.push.sent[0]; n.Topic != passType || n.Token != phoneNumber(1).token {
			t.Errorf("pushed %+v", n)
		}
		w.wantQueued(t, 0)
		time.Sleep(time.Hour)
		w.pushed(t, 1)
		all, err := w.Registrations(t.Context(), w.me, q.ID)
		must(t, err)
		for _, g := range all {
			if g.Device.Pushed.Outcome != string(push.Accepted) || g.Device.Pushed.Attempt != 1 {
				t.Errorf("device %s: %+v", g.Library, g.Device.Pushed)
			}
		}
	})
}

// TestChangeDuringFlight: what changes while a push is under way is pushed again.
func TestChangeDuringFlight(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		p := w.issue(t)
		w.register(t, p, phoneNumber(1))
		answer := make(chan push.Result)
		w.push.script(func(push.Notification) push.Result { return <-answer })
		w.change(t, p, "stamps", 1)
		w.pushed(t, 1)
		w.change(t, p, "stamps", 2)
		w.change(t, p, "stamps", 3)
		w.pushed(t, 1)
		answer <- push.Result{Outcome: push.Accepted, Status: 200}
		w.pushed(t, 2)
		answer <- push.Result{Outcome: push.Accepted, Status: 200}
		time.Sleep(time.Minute)
		w.pushed(t, 2)
		w.wantQueued(t, 0)
	})
}

func TestBackOffAndGiveUp(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		p := w.issue(t)
		w.register(t, p, phoneNumber(1))
		w.push.script(func(push.Notification) push.Result {
			return push.Result{Outcome: push.Retry, Status: 503, Reason: "ServiceUnavailable"}
		})
		w.change(t, p, "stamps", 1)
		w.pushed(t, 1)
		time.Sleep(1500 * time.Millisecond)
		w.pushed(t, 2)
		time.Sleep(10 * time.Minute)
		early := w.push.count()
		if early < 8 || early > 14 {
			t.Errorf("%d tries in ten minutes, want them ever rarer", early)
		}
		time.Sleep(71 * time.Hour)
		if n := w.push.count(); n < 230 || n > 370 {
			t.Errorf("%d tries in three days, want about one in 15 minutes", n)
		}
		w.change(t, p, "stamps", 2) // counts anew
		time.Sleep(20 * time.Hour)
		before := w.push.count()
		time.Sleep(time.Hour)
		if w.push.count() == before {
			t.Error("the newer change was given up with the older")
		}
		time.Sleep(72 * time.Hour)
		before = w.push.count()
		time.Sleep(24 * time.Hour)
		w.pushed(t, before)
		w.wantQueued(t, 0)
	})
}

// TestWithoutCertificateTheQueueWaits: however long the repair takes, what waits
// is sent then.
func TestWithoutCertificateTheQueueWaits(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		p := w.issue(t)
		w.register(t, p, phoneNumber(1))
		w.change(t, p, "stamps", 1)
		time.Sleep(10 * 24 * time.Hour)
		w.pushed(t, 0)
		w.adopt(t, w.me, identity(1, passType, start, start.AddDate(3, 0, 0)))
		time.Sleep(20 * time.Minute)
		w.pushed(t, 1)
		if w.log.count("NoCertificate") == 0 {
			t.Error("nobody was told")
		}
	}, func(c *issuer.Config) {
		began := time.Now()
		c.Now = func() time.Time { return start.AddDate(2, 0, 0).Add(time.Since(began)) }
	})
}

// TestSettlingFails: while results cannot be written nothing is sent again.
func TestSettlingFails(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		p := w.issue(t)
		w.register(t, p, phoneNumber(1))
		w.push.script(func(push.Notification) push.Result {
			w.engine.broken.Store(true)
			return push.Result{Outcome: push.Accepted, Status: 200}
		})
		w.change(t, p, "stamps", 1)
		w.pushed(t, 1)
		time.Sleep(time.Minute)
		w.pushed(t, 1)
		if n := w.log.count("settle pushes"); n < 5 || n > 8 {
			t.Errorf("%d tries to settle in a minute", n)
		}
		w.engine.broken.Store(false)
		time.Sleep(time.Minute)
		w.pushed(t, 1)
		w.wantQueued(t, 0)
	})
}

// failing is an engine that takes no writes while it is broken, and counts them.
type failing struct {
	kv.Engine
	broken  atomic.Bool
	odd     atomic.Int64 // how many more updates fail for no known reason
	updates atomic.Int64
}

func (e *failing) Update(ctx context.Context, fn func(kv.Writer) error) error {
	e.updates.Add(1)
	if e.broken.Load() {
		return fmt.Errorf("test: %w", kv.ErrFull)
	}
	if e.odd.Add(-1) >= 0 {
		return errOdd
	}
	return e.Engine.Update(ctx, fn)
}

var errOdd = errors.New("test: odd")
