package issuer_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// elsewhere is where a holder lives.
const elsewhere = "203.0.113.24"

// comesAndGoes does with p from an address all that receivers may be told one of.
func (w *world) comesAndGoes(t *testing.T, p store.Pass, from netip.Addr) {
	t.Helper()
	g := w.registering(p, phoneNumber(1))
	g.From = from
	w.Viewed(p, from)
	_, err := w.PublicDownload(t.Context(), p.PublicID, from, false)
	must(t, err)
	_, err = w.Register(t.Context(), g)
	must(t, err)
	_, _, err = w.LatestPass(t.Context(), issuer.LatestQuestion{PassTypeIdentifier: passType, SerialNumber: p.SerialNumber, Token: g.Token, From: from})
	must(t, err)
	must(t, w.FlushSeen(t.Context()))
	must(t, w.Unregister(t.Context(), g))
}

// addresses are those in the deliveries to an endpoint, by event; empty for those that
// have none.
func (w *world) addresses(t *testing.T, endpoint store.ID) map[string]string {
	t.Helper()
	all, _, err := w.Deliveries(t.Context(), w.me, endpoint, "", store.Page{})
	must(t, err)
	out := make(map[string]string)
	for _, d := range all {
		var data struct{ Address string }
		must(t, json.Unmarshal(d.Data, &data))
		if out[d.Type] = data.Address; data.Address == "" && bytes.Contains(d.Data, []byte("address")) {
			t.Errorf("%s has an empty address: %s", d.Type, d.Data)
		}
	}
	return out
}

// TestAddressesAreToldToThoseWhoAsk and to nobody else.
func TestAddressesAreToldToThoseWhoAsk(t *testing.T) {
	there := netip.MustParseAddr(elsewhere)
	tests := []struct {
		name   string
		asks   *bool
		change *bool
		from   netip.Addr
		want   string
	}{
		{"asks", new(true), nil, there, elsewhere},
		{"over IPv6", new(true), nil, netip.MustParseAddr("2001:db8::7"), "2001:db8::7"},
		{"begins to ask", nil, new(true), there, elsewhere},
		{"says nothing", nil, nil, there, ""},
		{"declines", new(false), nil, there, ""},
		{"asks no more", new(true), new(false), there, ""},
		{"asks where there is none", new(true), nil, netip.Addr{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, func(g *issuer.Config) { g.Courier = &courier{} })
			e := w.endpoint(t, issuer.NewEndpoint{URL: "https://shop.example", Addresses: tt.asks})
			other := w.endpoint(t, issuer.NewEndpoint{URL: "https://bystander.example"})
			_, err := w.ChangeEndpoint(t.Context(), w.me, e.ID, issuer.EndpointChange{Addresses: tt.change})
			must(t, err)
			w.comesAndGoes(t, w.issue(t), tt.from)
			for endpoint, want := range map[store.ID]string{e.ID: tt.want, other.ID: ""} {
				got := w.addresses(t, endpoint)
				for _, event := range []string{"pass.viewed", "pass.downloaded", "pass.installed", "pass.fetched", "pass.uninstalled"} {
					if a, told := got[event]; !told || a != want {
						t.Errorf("told of %s from %q, want %q: %v", event, a, want, got)
					}
				}
				if a := got["pass.created"]; a != "" {
					t.Errorf("the owner's own address %s is told", a)
				}
			}
		})
	}
}

// TestAddressesAreKeptNowhereElse looks for one in the history and the feed, and if nobody
// asked for it in the whole database.
func TestAddressesAreKeptNowhereElse(t *testing.T) {
	w := newWorld(t, func(g *issuer.Config) { g.Courier = &courier{} })
	bystander := w.endpoint(t, issuer.NewEndpoint{URL: "https://bystander.example"})
	p := w.issue(t)
	w.comesAndGoes(t, p, netip.MustParseAddr(elsewhere))
	file, err := os.ReadFile(w.path)
	must(t, err)
	if bytes.Contains(file, []byte(elsewhere)) || !bytes.Contains(file, []byte("pass.uninstalled")) {
		t.Error("the address of a phone is kept, though nobody asked")
	}
	w.endpoint(t, issuer.NewEndpoint{URL: "https://shop.example", Addresses: new(true)})
	w.comesAndGoes(t, p, netip.MustParseAddr(elsewhere))
	history, _, err := w.History(t.Context(), w.me, p.ID, store.Page{})
	must(t, err)
	feed, _, err := w.Feed(t.Context(), w.me, issuer.FeedFilter{}, store.Page{})
	must(t, err)
	sent, _, err := w.Deliveries(t.Context(), w.me, bystander.ID, "", store.Page{})
	must(t, err)
	kept, err := json.Marshal([]any{history, feed, sent})
	must(t, err)
	if len(history) < 5 || len(feed) < 5 || len(sent) < 10 || bytes.Contains(kept, []byte(elsewhere)) || w.log.count(elsewhere) > 0 {
		t.Errorf("%d events, %d in the feed and %d sent, logged %d times: %s", len(history), len(feed), len(sent), w.log.count(elsewhere), kept)
	}
}

// TestAddressesAreForgotten with the holder, also that of a visit which was not written
// yet, and of a phone that has the pass still.
func TestAddressesAreForgotten(t *testing.T) {
	for name, forget := range forgetting {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(g *issuer.Config) { g.Courier = &courier{} })
			e := w.endpoint(t, issuer.NewEndpoint{URL: "https://shop.example", Addresses: new(true)})
			p, err := w.Issue(t.Context(), w.me, w.orderFor("ada", "Ada"))
			must(t, err)
			from := netip.MustParseAddr(elsewhere)
			w.comesAndGoes(t, p, from)
			if got := w.addresses(t, e.ID); got["pass.installed"] != elsewhere || got["pass.viewed"] != elsewhere {
				t.Fatalf("told of %v before", got)
			}
			g := w.registering(p, phoneNumber(1))
			g.From = from
			_, err = w.Register(t.Context(), g)
			must(t, err)
			w.Viewed(p, from)
			must(t, forget(t.Context(), w, p))
			must(t, w.FlushSeen(t.Context()))
			must(t, w.Unregister(t.Context(), g))

			all, _, err := w.Deliveries(t.Context(), w.me, e.ID, "", store.Page{})
			must(t, err)
			seen := make(map[string]int)
			for _, d := range all {
				seen[d.Type]++
				if strings.Contains(string(d.Data), elsewhere) {
					t.Errorf("%s says %s", d.Type, d.Data)
				}
			}
			if seen["pass.viewed"] != 2 || seen["pass.uninstalled"] != 2 {
				t.Errorf("sent %v, want two views and two removals", seen)
			}
		})
	}
}
