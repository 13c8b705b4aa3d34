package api_test

import (
	"bytes"
	"net/http"
	"net/netip"
	"testing"

	"pocketpass/server"
	"pocketpass/server/servertest"
	"pocketpass/server/simulator"
	"pocketpass/store"
)

// proxy passes requests on, and says for whom.
type proxy struct {
	http.RoundTripper
	client string
}

func (p proxy) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", p.client)
	return p.RoundTripper.RoundTrip(r)
}

// TestAddresses has a phone behind a proxy do all that receivers may be told its address
// with, of whom one asks for it.
func TestAddresses(t *testing.T) {
	const client = "203.0.113.24"
	s := servertest.New(t, lan(), servertest.Config(func(c *server.Config) {
		c.TrustedProxies = []server.Network{{Prefix: netip.MustParsePrefix("127.0.0.1/32")}, {Prefix: netip.MustParsePrefix("::1/128")}}
	}))
	events := []string{"pass.viewed", "pass.downloaded", "pass.installed", "pass.fetched", "pass.uninstalled"}
	asking, bystander := newReceiver(t), newReceiver(t)
	listen(t, s, asking.URL, "events", events, "addresses", true)
	listen(t, s, bystander.URL, "events", events)

	p := s.Issue(t, store.Campaign{}, servertest.Values{"stamps": 1})
	s.Anonymous().Get(t, "/p/"+p.PublicID, "X-Forwarded-For: "+client).Status(t, 200)
	phone := s.PhoneWith(t, simulator.Config{HTTP: &http.Client{Transport: proxy{s.HTTP.Transport, client}}}, p)
	phone.WantUpdates(t, s.Change(t, p, servertest.Values{"stamps": 2}), 1)
	if err := phone.Remove(t.Context(), p.PassTypeIdentifier, p.SerialNumber); err != nil {
		t.Fatal(err)
	}
	if err := s.Issuer.FlushSeen(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, l := range asking.wait(t, s, len(events)) {
		if seen[l.Type] = true; l.Data.Address != client {
			t.Errorf("told of %q: %s", l.Data.Address, l.body)
		}
	}
	if len(seen) != len(events) {
		t.Errorf("told of %v, want each of %v", seen, events)
	}
	for _, l := range bystander.wait(t, s, len(events)) {
		if bytes.Contains(l.body, []byte(client)) || bytes.Contains(l.body, []byte("address")) {
			t.Errorf("told who did not ask: %s", l.body)
		}
	}
	for _, path := range []string{"/api/v1/passes/" + p.ID.Short() + "/history", "/api/v1/events"} {
		if a := s.Get(t, path).Status(t, 200); !bytes.Contains(a.Body, []byte("pass.installed")) || bytes.Contains(a.Body, []byte(client)) {
			t.Errorf("%s: %s", path, a.Body)
		}
	}
}

// TestAddressesAreAskedFor by name, and no longer.
func TestAddressesAreAskedFor(t *testing.T) {
	s := servertest.New(t, lan())
	h := listen(t, s, "http://127.0.0.1:9/")
	asks := func() bool {
		var v struct{ Addresses *bool }
		if s.Get(t, h.path()).Status(t, 200).JSON(t, &v); v.Addresses == nil {
			t.Fatal("the webhook does not say whether it is told addresses")
		}
		return *v.Addresses
	}
	for _, step := range []struct {
		body map[string]any
		want bool
	}{
		{map[string]any{}, false},
		{map[string]any{"addresses": true}, true},
		{map[string]any{"url": "http://127.0.0.1:9/other"}, true},
		{map[string]any{"addresses": false}, false},
	} {
		if s.Patch(t, h.path(), step.body).Status(t, 200); asks() != step.want {
			t.Errorf("after %v it is told addresses: %t", step.body, !step.want)
		}
	}
}
