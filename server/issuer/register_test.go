package issuer_test

import (
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

func TestRegister(t *testing.T) {
	w := newWorld(t)
	p, d := w.issue(t), phoneNumber(1)
	if !w.register(t, p, d) || w.register(t, p, d) {
		t.Error("want a new registration, then a known one")
	}
	all, err := w.Registrations(t.Context(), w.me, p.ID)
	must(t, err)
	if len(all) != 1 || all[0].Library != d.library || all[0].Device.PushToken != d.token {
		t.Errorf("registrations %+v", all)
	}
	w.wantRegistered(t, 1)
	must(t, w.Unregister(t.Context(), w.registering(p, d)))
	must(t, w.Unregister(t.Context(), w.registering(p, d))) // never had it
	w.wantRegistered(t, 0)
	w.view(t, func(r store.Reader) error {
		if _, err := r.Device(passType, d.library); err != store.ErrNotFound {
			t.Errorf("the device of no registration: %v", err)
		}
		return nil
	})
}

func (w *world) wantRegistered(t *testing.T, want int64) {
	t.Helper()
	w.view(t, func(r store.Reader) error {
		n, err := r.Counter(w.campaign.ID, store.CountRegistered)
		if n != want {
			t.Errorf("%d registrations are counted, want %d", n, want)
		}
		return err
	})
}

func TestRegisterRefuses(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	for name, edit := range map[string]func(*issuer.Registering){
		"no push token":         func(g *issuer.Registering) { g.PushToken = "" },
		"not hexadecimal":       func(g *issuer.Registering) { g.PushToken = "token" },
		"half a byte":           func(g *issuer.Registering) { g.PushToken = "aaaaaaaaa" },
		"too long":              func(g *issuer.Registering) { g.PushToken = strings.Repeat("a", 402) },
		"no device":             func(g *issuer.Registering) { g.Library = "" },
		"device with a slash":   func(g *issuer.Registering) { g.Library = "a/b" },
		"device of 256 letters": func(g *issuer.Registering) { g.Library = strings.Repeat("a", 256) },
	} {
		g := w.registering(p, phoneNumber(1))
		edit(&g)
		if _, err := w.Register(t.Context(), g); issuer.KindOf(err) != issuer.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.wantRegistered(t, 0)
}

// TestNewToken: the new token takes over what waits for the old one, and what the
// old one was sent without the device coming to ask.
func TestNewToken(t *testing.T) {
	tests := []struct {
		name   string
		before func(*world, store.Pass)
		want   int // pushes that wait for the new token
	}{
		{"nothing was missed", func(*world, store.Pass) {}, 0},
		{"a push waits", func(w *world, p store.Pass) { w.change(t, p, "stamps", 1) }, 1},
		{"a push was sent", func(w *world, p store.Pass) {
			w.change(t, p, "stamps", 1)
			w.deliver(t)
		}, 1},
		{"a push was sent and the device asked", func(w *world, p store.Pass) {
			w.change(t, p, "stamps", 1)
			w.deliver(t)
			w.clock.add(time.Second)
			w.list(t, phoneNumber(1), "")
			must(t, w.FlushSeen(t.Context()))
		}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			p, d := w.issue(t), phoneNumber(1)
			w.register(t, p, d)
			tt.before(w, p)
			d.token = "ffffffff"
			if w.register(t, p, d) {
				t.Error("a new token is a new registration")
			}
			got := 0
			w.view(t, func(r store.Reader) error {
				if d, err := r.Device(passType, d.library); err != nil || d.PushToken != "ffffffff" {
					t.Errorf("device %+v, %v", d, err)
				}
				if _, err := r.PushEntry(passType, "ffffffff"); err == nil {
					got = 1
				}
				return nil
			})
			if got != tt.want {
				t.Errorf("%d pushes wait for the new token, want %d", got, tt.want)
			}
		})
	}
}
