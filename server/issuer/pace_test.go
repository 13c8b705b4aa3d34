package issuer_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// hasty is a form whose service gave up after three attempts of two seconds.
type hasty struct{ plain }

func (hasty) Pace() issuer.Pace {
	return issuer.Pace{Within: 2 * time.Second, Waits: []time.Duration{10 * time.Second, time.Minute}}
}

// shut is a courier to somebody who wants nothing, or, if it hangs, never answers. It
// notes when it was sent out, and how long it had.
type shut struct {
	hangs bool

	mu     sync.Mutex
	at     []time.Time
	within []time.Duration
}

func (s *shut) Check(address string) (*url.URL, error) { return url.Parse(address) }

func (s *shut) Post(ctx context.Context, _ string, _ map[string][]string, _ []byte, _ int) (int, []byte, error) {
	end, _ := ctx.Deadline()
	s.mu.Lock()
	s.at, s.within = append(s.at, time.Now()), append(s.within, time.Until(end))
	s.mu.Unlock()
	if s.hangs {
		<-ctx.Done()
		return 0, nil, ctx.Err()
	}
	return http.StatusGone, nil, nil
}

// TestPaceOfForms: a form has its own patience, and an endpoint is as gone as its form
// takes 410 for.
func TestPaceOfForms(t *testing.T) {
	tests := []struct {
		name, form string
		hangs      bool
		within     time.Duration
		waits      []time.Duration
		state      store.EndpointState
	}{
		{"gone for good", "", false, 15 * time.Second, nil, store.EndpointDisabled},
		{"three days", "", true, 15 * time.Second, []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
			10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}, store.EndpointDisabled},
		{"gone is a failure like others", "hasty", false, 2 * time.Second, []time.Duration{10 * time.Second, time.Minute}, store.EndpointActive},
		{"three attempts", "hasty", true, 2 * time.Second, []time.Duration{10 * time.Second, time.Minute}, store.EndpointActive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, s := time.Now(), &shut{hangs: tt.hangs}
				w := newWorld(t, func(g *issuer.Config) { g.Courier, g.Now = s, func() time.Time { return start.Add(time.Since(began)) } })
				w.AddForm("hasty", hasty{})
				e := w.endpoint(t, issuer.NewEndpoint{URL: "https://shop.example", Form: tt.form})
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- w.SendEvents(ctx) }()
				w.issue(t)
				time.Sleep(7 * 24 * time.Hour)
				stop()
				must(t, <-done)
				s.check(t, tt.within, tt.waits)
				w.view(t, func(r store.Reader) error {
					e, err := r.AnyEndpoint(e.ID)
					if e.State != tt.state {
						t.Errorf("the endpoint is %s (%s), want %s", e.State, e.Why, tt.state)
					}
					all, _, err2 := r.Deliveries(e.ID, nil, store.Page{})
					if len(all) != 1 || all[0].State != store.DeliveryFailed || all[0].Attempts != len(tt.waits)+1 {
						t.Errorf("%+v", all)
					}
					must(t, err2)
					return err
				})
				if w.log.count("delivery given up") != 1 {
					t.Error("nobody was told")
				}
			})
		})
	}
}

// check compares how long each attempt had and the waits between them, which are up to
// a fifth longer.
func (s *shut) check(t *testing.T, within time.Duration, waits []time.Duration) {
	t.Helper()
	if len(s.at) != len(waits)+1 || !slices.Equal(s.within, slices.Repeat([]time.Duration{within}, len(s.at))) {
		t.Fatalf("%d attempts of %v, want %d of %v", len(s.at), s.within, len(waits)+1, within)
	}
	for n, want := range waits {
		got := s.at[n+1].Sub(s.at[n])
		if s.hangs {
			got -= within
		}
		if got < want || got > want+want/5+time.Second {
			t.Errorf("after attempt %d it waited %v, want %v", n+1, got, want)
		}
	}
}
