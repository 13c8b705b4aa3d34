package issuer_test

import (
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestTargets: which text finds which pass.
func TestTargets(t *testing.T) {
	w := newWorld(t)
	one, two := w.issue(t), w.issue(t)
	other, err := w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "Other", PassTypeIdentifier: passType})
	must(t, err)
	w.tamper(t, one, func(p *store.Pass, _ *store.Campaign) {
		p.Code, p.ExternalID, p.Scans = "0001", "ext-1", []string{"HTTPS://EXAMPLE.ORG/1", "shared"}
	})
	w.tamper(t, two, func(p *store.Pass, _ *store.Campaign) { p.Code, p.Scans = "0002", []string{"shared", "0001 ", "AB-1"} })
	tests := []struct {
		name   string
		target issuer.Target
		pass   store.ID
		fails  string
	}{
		{"code", issuer.Target{Code: "0001"}, one.ID, ""},
		{"typed code", issuer.Target{Code: " ab-1\n"}, two.ID, ""},
		{"code of blanks", issuer.Target{Code: " "}, 0, "not_found"},
		{"scanned code with a line end", issuer.Target{Scan: "0001\r\n"}, one.ID, ""},
		{"scanned text with a blank", issuer.Target{Scan: "0001 "}, two.ID, ""},
		{"scanned code", issuer.Target{Scan: "0002"}, two.ID, ""},
		{"scanned text", issuer.Target{Scan: "HTTPS://EXAMPLE.ORG/1"}, one.ID, ""},
		{"scanned serial number", issuer.Target{Scan: two.SerialNumber}, two.ID, ""},
		{"scanned external id", issuer.Target{Scan: "ext-1"}, one.ID, ""},
		{"external id", issuer.Target{ExternalID: "ext-1"}, one.ID, ""},
		{"code in its campaign", issuer.Target{Code: "0001", Campaign: w.campaign.ID}, one.ID, ""},
		{"code in another campaign", issuer.Target{Code: "0001", Campaign: other.ID}, 0, "not_found"},
		{"pass in another campaign", issuer.Target{Pass: one.ID, Campaign: other.ID}, 0, "not_found"},
		{"unknown campaign", issuer.Target{Pass: one.ID, Campaign: 5}, 0, "not_found"},
		{"text of several", issuer.Target{Scan: "shared"}, 0, "code_ambiguous"},
		{"serial number as a code", issuer.Target{Code: two.SerialNumber}, 0, "not_found"},
		{"unknown", issuer.Target{Scan: "0003"}, 0, "not_found"},
		{"nothing", issuer.Target{}, 0, "target"},
		{"two names", issuer.Target{Code: "0001", ExternalID: "ext-1"}, 0, "target"},
		{"very long", issuer.Target{Scan: strings.Repeat("x", 3000)}, 0, "target"},
		{"zero byte", issuer.Target{Scan: "a\x00b"}, 0, "target"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := w.redeem(t, issuer.Redeeming{Target: tt.target})
			if codeOf(err) != tt.fails || d.Pass.ID != tt.pass {
				t.Errorf("pass %s, %v; want %s, %q", d.Pass.ID, err, tt.pass, tt.fails)
			}
			_, err = w.LookUp(t.Context(), w.me, issuer.Redeeming{Target: tt.target})
			if codeOf(err) != tt.fails {
				t.Errorf("looking up: %v, want %q", err, tt.fails)
			}
		})
	}
	_, err = w.Redeem(t.Context(), issuer.Actor{Org: 77}, issuer.Redeeming{Target: issuer.Target{Scan: one.SerialNumber}})
	refusal(t, err, issuer.NotFound, "not_found")
}

// TestLateRepetition: a till that was cut off asks again after days.
func TestLateRepetition(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Stamps, Goal: 10})
	p := w.issue(t)
	order := issuer.Redeeming{Target: issuer.Target{Scan: p.SerialNumber}, Amount: 2, Key: "till-2-17"}
	first, err := w.redeem(t, order)
	must(t, err)
	w.clock.add(10 * 24 * time.Hour)
	_, err = w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
	must(t, err)
	must(t, w.Delete(t.Context(), w.me, p.ID, nil)) // the pass is gone meanwhile, and its notes with it
	again, err := w.redeem(t, order)
	must(t, err)
	if again.Entry.ID != first.Entry.ID || again.Entry.After != first.Entry.After {
		t.Errorf("got %+v, want %+v", again.Entry, first.Entry)
	}
	order.Amount = 3
	_, err = w.redeem(t, order)
	refusal(t, err, issuer.Invalid, "key_reused")
	elsewhere := w.me
	elsewhere.Key++
	_, err = w.Redeem(t.Context(), elsewhere, order)
	refusal(t, err, issuer.NotFound, "not_found") // another key's keys are its own, and the pass is gone
}

func TestLookUpChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Stamps, Goal: 2})
	p := w.issue(t)
	look := func(o issuer.Redeeming) issuer.Prospect {
		t.Helper()
		o.Target = issuer.Target{Scan: p.SerialNumber}
		out, err := w.LookUp(t.Context(), w.me, o)
		must(t, err)
		return out
	}
	before := w.revision(t)
	if got := look(issuer.Redeeming{}); got.Refusal != nil || got.Action != store.Stamp || got.After.Balance != 1 || got.Pass.Account.Balance != 0 {
		t.Errorf("a stamp: %+v", got)
	}
	if got := look(issuer.Redeeming{Action: store.Reward}); got.Refusal == nil || got.Refusal.Code != "balance_short" || got.After.Balance != 0 {
		t.Errorf("a reward: %+v", got)
	}
	if w.revision(t) != before {
		t.Error("looking up changed something")
	}
	w.rules(t, store.Redemption{Kind: store.Value, Currency: "EUR"})
	if got := look(issuer.Redeeming{}); got.Refusal != nil || got.Action != "" || len(got.Can) != 3 {
		t.Errorf("without an amount: %+v", got)
	}
}

func (w *world) revision(t *testing.T) (n uint64) {
	t.Helper()
	w.view(t, func(r store.Reader) (err error) {
		n, err = r.Revision()
		return err
	})
	return n
}
