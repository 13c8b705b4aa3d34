package move_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/server/simulator"
)

// led leads requests of phones for passes, and nothing else, from an old service to the
// server that its account moved to, as a proxy in front of it would.
type led struct {
	old, home *servertest.Server
	moved     bool
}

func (l *led) RoundTrip(r *http.Request) (*http.Response, error) {
	here := "http://" + r.URL.Host
	if here != l.old.BaseURL() || l.moved && strings.HasPrefix(r.URL.Path, "/wallet/v1/passes/") {
		return l.home.HTTP.Transport.RoundTrip(r)
	}
	return l.old.HTTP.Transport.RoundTrip(r)
}

// TestPhone has a pass on a phone when its account moves: with the old name led here it
// keeps the pass, and once the service tells it of a change it registers here. Changes of
// the same client at its new address come as pushes from then on.
func TestPhone(t *testing.T) {
	a := newAccount(t, servertest.Local())
	w := &wallet{account: a, answers: make(map[string]json.RawMessage)}
	w.fill(t)
	home, dir := newHome(t), w.keep(t)
	way := &led{old: a.Server, home: home}
	phone := home.PhoneWith(t, simulator.Config{HTTP: &http.Client{Transport: way}})
	before := compattest.Record(t, a.Server, compattest.Issued{SerialNumber: w.serials[0]})
	if _, err := phone.Install(t.Context(), a.PassLink(before)); err != nil {
		t.Fatal(err)
	}
	newMover(t, "walletkit", w.old(t, "/walletkit"), dir, home).run(t, "pass 6 made 0 there 0 left template 2 made 0 there 0 left")
	way.moved = true
	door := func(to string) members {
		return members{"keys": []any{members{"key": "door", "value": 0}}, "updatekeys": []any{members{"key": "seat", "value": to}}}
	}
	w.send(t, "PUT", walletKit+"/"+w.templates[0], door("told by the old service")).Status(t, 200)
	if err := phone.Refresh(t.Context(), servertest.PassTypeIdentifier); err != nil {
		t.Fatal(err)
	}
	after := compattest.Record(t, home, compattest.Issued{SerialNumber: w.serials[0]})
	if card := phone.Shows(t, after); card.Updates != 1 || !strings.Contains(string(card.Files["pass.json"].Data), home.BaseURL()+"/wallet") {
		t.Fatalf("the phone has %d updates: %v", card.Updates, phone.Said())
	}
	key := as(t, home)
	(&wallet{account: key}).send(t, "PUT", walletKit+"/"+w.templates[0], door("C 1")).Status(t, 200)
	if card := phone.WantUpdates(t, after, 2); !strings.Contains(string(card.Files["pass.json"].Data), "C 1") {
		t.Errorf("the phone shows %s", card.Files["pass.json"].Data)
	}
}
