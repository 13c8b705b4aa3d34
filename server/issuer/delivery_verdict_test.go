package issuer_test

import (
	"sync/atomic"
	"testing"
	"time"

	"pocketpass/push"
)

// TestGone: a 410 ends a registration that is older than its timestamp.
func TestGone(t *testing.T) {
	tests := []struct {
		name      string
		timestamp time.Duration // after the registration; zero is none
		want      int64         // registrations left
	}{
		{"token was invalid before the device registered", -time.Minute, 1},
		{"token became invalid after it", time.Minute, 0},
		{"no timestamp", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			running(t, func(t *testing.T, w *world) {
				p := w.issue(t)
				w.register(t, p, phoneNumber(1))
				registered := w.config.Now()
				time.Sleep(time.Hour)
				w.push.script(func(push.Notification) push.Result {
					r := push.Result{Outcome: push.Gone, Status: 410, Reason: "Unregistered"}
					if tt.timestamp != 0 {
						r.Timestamp = registered.Add(tt.timestamp)
					}
					return r
				})
				w.change(t, p, "stamps", 1)
				w.pushed(t, 1)
				w.wantRegistered(t, tt.want)
				w.wantQueued(t, 0)
			})
		})
	}
}

// TestFloodOfBadTokens: under a wrong host every token looks bad; no registration goes.
func TestFloodOfBadTokens(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		p := w.issue(t)
		const n = 60
		for k := range n {
			w.register(t, p, phoneNumber(k))
		}
		w.push.script(badToken(w))
		w.change(t, p, "stamps", 1)
		time.Sleep(5 * time.Hour)
		if got := w.push.count(); got < 30 || got > n+25 { // all may be under way when the alarm is raised
			t.Errorf("%d pushes in five hours, want some to raise the alarm and then a probe now and then", got)
		}
		if w.log.count("verdict=alarm") == 0 {
			t.Error("no alarm was raised")
		}
		time.Sleep(80 * time.Hour)
		w.wantRegistered(t, n)
		w.push.script(accept)
		time.Sleep(time.Hour + 15*time.Minute) // a token that was tried waits an hour
		w.wantQueued(t, 0)
		w.wantRegistered(t, n)
	})
}

// TestFloodOfOneHolder: whoever has a pass can register tokens that nobody has, as many as
// they like. Where a token was good before, that stops nobody else's pushes.
func TestFloodOfOneHolder(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		p, theirs := w.issue(t), w.issue(t)
		w.register(t, p, phoneNumber(1))
		w.change(t, p, "stamps", 1)
		w.pushed(t, 1)
		const n = 60
		for k := range n {
			w.register(t, theirs, phoneNumber(100+k))
		}
		var arrived atomic.Int64
		w.push.script(func(e push.Notification) push.Result {
			if e.Token != phoneNumber(1).token {
				return badToken(w)(e)
			}
			arrived.Add(1)
			return accept(e)
		})
		w.change(t, theirs, "stamps", 1)
		time.Sleep(time.Minute)
		w.change(t, p, "stamps", 2)
		time.Sleep(time.Second)
		if arrived.Load() != 1 || w.log.count("verdict=alarm") > 0 {
			t.Errorf("%d pushes arrived, %d alarms", arrived.Load(), w.log.count("verdict=alarm"))
		}
		if got := w.push.count(); got < n/2 {
			t.Errorf("%d pushes in all, want those of the flood", got)
		}
	})
}

// TestOneBadTokenAmongGoodOnes is believed.
func TestOneBadTokenAmongGoodOnes(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		p := w.issue(t)
		w.register(t, p, phoneNumber(1))
		w.change(t, p, "stamps", 1)
		w.pushed(t, 1)
		q := w.issue(t)
		w.register(t, q, phoneNumber(2))
		w.push.script(badToken(w))
		w.change(t, q, "stamps", 1)
		w.pushed(t, 2)
		w.wantRegistered(t, 1)
		events, _, err := w.History(t.Context(), w.me, q.ID, allEvents)
		must(t, err)
		if last := events[len(events)-1]; last.Type != "pass.uninstalled" {
			t.Errorf("history ends with %+v", last)
		}
	})
}

func badToken(w *world) func(push.Notification) push.Result {
	return func(push.Notification) push.Result {
		return push.Result{Outcome: push.BadToken, Status: 400, Reason: "BadDeviceToken"}
	}
}

// TestBugIsNotRepeated, and the operator hears of it.
func TestBugIsNotRepeated(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		p := w.issue(t)
		w.register(t, p, phoneNumber(1))
		w.push.script(func(push.Notification) push.Result {
			return push.Result{Outcome: push.Bug, Status: 400, Reason: "BadPriority"}
		})
		w.change(t, p, "stamps", 1)
		w.pushed(t, 1)
		time.Sleep(48 * time.Hour)
		w.pushed(t, 1)
		if w.log.count("BadPriority") != 1 {
			t.Error("nobody was told")
		}
	})
}
