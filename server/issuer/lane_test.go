package issuer_test

import (
	"fmt"
	"testing"
	"time"

	"pocketpass/push"
	"pocketpass/server/issuer"
)

func accept(push.Notification) push.Result { return push.Result{Outcome: push.Accepted, Status: 200} }

func disallow(push.Notification) push.Result {
	return push.Result{Outcome: push.Stop, Status: 400, Reason: "TopicDisallowed"}
}

// crowd registers n phones for one new pass and changes it.
func (w *world) crowd(t *testing.T, n int) {
	t.Helper()
	p := w.issue(t)
	for k := range n {
		w.register(t, p, phoneNumber(k))
	}
	w.change(t, p, "stamps", 1)
}

// TestStoppedTopicRests: after Apple refuses the topic only a probe goes out now
// and then, and what waits stays as it is.
func TestStoppedTopicRests(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		const n = 300
		w.push.script(disallow)
		w.crowd(t, n)
		time.Sleep(time.Second)
		early := w.push.count()
		if early < 1 || early > 64 {
			t.Errorf("%d of %d pushes were sent before the topic rested, want no more than go at once", early, n)
		}
		time.Sleep(24 * time.Hour)
		if probes := w.push.count() - early; probes < 80 || probes > 130 {
			t.Errorf("%d probes in a day, want about one in 15 minutes", probes)
		}
		w.wantQueued(t, n)
		before := w.engine.updates.Load()
		time.Sleep(time.Hour)
		if wrote := w.engine.updates.Load() - before; wrote > 10 {
			t.Errorf("%d transactions in an hour of rest", wrote)
		}
	})
}

// TestRestEnds when a probe gets through, and at once with another certificate.
func TestRestEnds(t *testing.T) {
	const n = 300
	tests := []struct {
		name   string
		repair func(*testing.T, *world)
		within time.Duration
	}{
		{"a probe gets through", func(*testing.T, *world) {}, 20 * time.Minute},
		{"another certificate", func(t *testing.T, w *world) {
			w.adopt(t, w.me, identity(1, passType, start.AddDate(0, -1, 0), start.AddDate(2, 0, 0)))
		}, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			running(t, func(t *testing.T, w *world) {
				w.push.script(disallow)
				w.crowd(t, n)
				time.Sleep(24 * time.Hour)
				w.push.script(accept)
				before := w.push.count()
				tt.repair(t, w)
				time.Sleep(tt.within)
				w.pushed(t, before+n)
				w.wantQueued(t, 0)
			})
		})
	}
}

// TestRetryLooksForTheDevice: what nobody is registered for any more is not tried again.
func TestRetryLooksForTheDevice(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		p := w.issue(t)
		w.register(t, p, phoneNumber(1))
		w.push.script(func(push.Notification) push.Result { return push.Result{Outcome: push.Retry, Status: 503} })
		w.change(t, p, "stamps", 1)
		w.pushed(t, 1)
		must(t, w.Unregister(t.Context(), w.registering(p, phoneNumber(1))))
		time.Sleep(time.Hour)
		w.pushed(t, 1)
		w.wantQueued(t, 0)
	})
}

// TestHangingTopicHoldsUpNoOther: pushes of another pass type go out while all
// those of one wait for an answer.
func TestHangingTopicHoldsUpNoOther(t *testing.T) {
	const other = "pass.com.example.other"
	running(t, func(t *testing.T, w *world) {
		answer := make(chan struct{})
		w.push.script(func(n push.Notification) push.Result {
			if n.Topic == passType {
				<-answer
			}
			return accept(n)
		})
		w.crowd(t, 300)
		w.pushed(t, 64)
		w.adopt(t, w.me, identity(2, other, start.AddDate(0, -1, 0), start.AddDate(1, 0, 0)))
		var err error
		w.campaign, err = w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "Bar", PassTypeIdentifier: other})
		must(t, err)
		w.template = w.publishNew(t, w.design(t, document))
		p := w.issue(t)
		w.register(t, p, phone{"elsewhere", fmt.Sprintf("%08x", 9999)})
		w.change(t, p, "stamps", 1)
		w.pushed(t, 65)
		close(answer)
		w.pushed(t, 301)
		w.wantQueued(t, 0)
	})
}
