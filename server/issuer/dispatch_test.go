package issuer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// courier writes down what it is given, one for each token, and answers 200.
type courier struct {
	tokens chan struct{} // nil means as many as are wanted

	mu     sync.Mutex
	begun  []string // addresses
	bodies []string
	header http.Header
}

func (c *courier) Check(address string) (*url.URL, error) { return url.Parse(address) }

func (c *courier) Post(ctx context.Context, address string, header map[string][]string, body []byte, _ int) (int, []byte, error) {
	c.mu.Lock()
	c.begun, c.bodies, c.header = append(c.begun, address), append(c.bodies, string(body)), header
	c.mu.Unlock()
	if c.tokens != nil {
		select {
		case <-c.tokens:
		case <-ctx.Done():
			return 0, nil, ctx.Err()
		}
	}
	return http.StatusOK, nil, nil
}

func (c *courier) calls() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.begun)
}

func (c *courier) wait(t *testing.T, n int) []string {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for len(c.calls()) < n {
		select {
		case <-deadline:
			t.Fatalf("%d calls, want %d", len(c.calls()), n)
		case <-tick.C:
		}
	}
	return c.calls()
}

// posts is a world whose events go to a courier while the test runs.
func posts(t *testing.T, c *courier, forms ...issuer.Form) *world {
	t.Helper()
	w := newWorld(t, func(g *issuer.Config) { g.Courier = c })
	for n, f := range forms {
		w.AddForm(fmt.Sprint("form", n), f)
	}
	ctx, stop := context.WithCancel(context.Background())
	var sending sync.WaitGroup
	sending.Go(func() {
		if err := w.SendEvents(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		stop()
		sending.Wait()
	})
	return w
}

func (w *world) endpoint(t testing.TB, n issuer.NewEndpoint) store.Endpoint {
	t.Helper()
	e, _, err := w.CreateEndpoint(t.Context(), w.me, n)
	must(t, err)
	return e
}

// TestEveryEndpointHasItsTurn although the first of them have work for more than all
// there is room for.
func TestEveryEndpointHasItsTurn(t *testing.T) {
	c := &courier{tokens: make(chan struct{})}
	w := posts(t, c)
	const endpoints = 12
	for n := range endpoints {
		w.endpoint(t, issuer.NewEndpoint{URL: fmt.Sprint("https://", n, ".example")})
	}
	for range 30 {
		w.issue(t)
	}
	c.wait(t, 64)
	for n := range 80 {
		c.tokens <- struct{}{}
		c.wait(t, 65+n)
	}
	seen := make(map[string]int)
	for _, address := range c.calls() {
		seen[address]++
	}
	if len(seen) != endpoints {
		t.Errorf("of %d endpoints only these were sent anything: %v", endpoints, seen)
	}
}

// plain is a form that looks the pass up.
type plain struct{}

func (plain) Write(r store.Reader, l issuer.Letter) ([]byte, http.Header, error) {
	p, err := r.AnyPass(l.Delivery.Subject)
	return []byte(l.Delivery.Type + " " + p.ExternalID), http.Header{"X-Keys": {fmt.Sprint(len(l.Keys))}}, err
}

func TestOtherForm(t *testing.T) {
	c := &courier{}
	w := posts(t, c, plain{})
	e := w.endpoint(t, issuer.NewEndpoint{URL: "https://shop.example", Form: "form0", Campaign: w.campaign.ID})
	o := w.order()
	o.ExternalID = "customer-1"
	_, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	c.wait(t, 1)
	if c.bodies[0] != "pass.created customer-1" || c.header.Get("X-Keys") != "1" || e.Form != "form0" {
		t.Errorf("%q %v %+v", c.bodies, c.header, e)
	}
	_, _, err = w.CreateEndpoint(t.Context(), w.me, issuer.NewEndpoint{URL: "https://shop.example", Form: "x"})
	refusal(t, err, issuer.Invalid, "form_unknown")
}

// TestNothingPrivateIsSent has everything on a pass that its owner may not want to see
// at a receiver.
func TestNothingPrivateIsSent(t *testing.T) {
	c := &courier{}
	w := posts(t, c)
	w.endpoint(t, issuer.NewEndpoint{URL: "https://shop.example", Events: []string{"pass.*"}})
	o := w.order("stamps", "private-value")
	o.Token, o.Document = "private-token-private-token", json.RawMessage(`{"logoText": "private-text"}`)
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	d := phone{library: "private-library-0123456789", token: strings.Repeat("ab", 32)}
	must(t, w.db.Update(t.Context(), func(tx store.Tx) error {
		p.Person = map[string]string{"emailAddress": "private@example.com"}
		return tx.PutPass(p)
	}))
	_, err = w.Register(t.Context(), issuer.Registering{Library: d.library, PassTypeIdentifier: passType, SerialNumber: p.SerialNumber,
		Token: o.Token, PushToken: d.token})
	must(t, err)
	c.wait(t, 2)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, body := range c.bodies {
		for _, secret := range []string{"private-value", "private-token", "private-text", "private@", "private-library", d.token} {
			if strings.Contains(body, secret) {
				t.Errorf("%s is in %s", secret, body)
			}
		}
	}
}

func TestVisitsWaitForTheDisk(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.Viewed(p, home)
	w.engine.broken.Store(true)
	if err := w.FlushSeen(t.Context()); err == nil {
		t.Fatal("the disk was full")
	}
	w.engine.broken.Store(false)
	w.Viewed(p, home)
	must(t, w.FlushSeen(t.Context()))
	must(t, w.FlushSeen(t.Context()))
	w.view(t, func(r store.Reader) error {
		day := store.DayOf(w.clock.Now())
		all, err := r.Tallies(store.Scope{Org: p.Org, ID: p.Campaign}, day, day)
		if len(all) != 1 || all[0].Counts[store.Views] != 2 {
			t.Errorf("tallies %v", all)
		}
		return err
	})
}
