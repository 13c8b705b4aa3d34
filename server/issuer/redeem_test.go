package issuer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// rules sets what redeeming means.
func (w *world) rules(t testing.TB, r store.Redemption) {
	t.Helper()
	_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Redemption: &r}})
	must(t, err)
}

func (w *world) redeem(t testing.TB, o issuer.Redeeming) (issuer.Redemption, error) {
	t.Helper()
	return w.Redeem(t.Context(), w.me, o)
}

// step is one visit to a till: what is asked for, and what comes of it.
type step struct {
	action store.Action // "undo" takes the last redemption back, "reset" resets the pass
	amount int64
	wait   time.Duration // before it
	fails  string        // code
	want   string        // account after it: balance/total/uses/rewards, and " void" or " in"
}

func (w *world) step(t *testing.T, p store.Pass, s step) (store.Pass, error) {
	t.Helper()
	w.clock.add(s.wait)
	switch s.action {
	case "undo":
		d, err := w.Undo(t.Context(), w.me, issuer.Undoing{Pass: p.ID})
		return d.Pass, err
	case "reset":
		return w.ResetRedemptions(t.Context(), w.me, p.ID)
	}
	d, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}, Action: s.action, Amount: s.amount})
	return d.Pass, err
}

func state(p store.Pass) string {
	a := p.Account
	out := fmt.Sprintf("%d/%d/%d/%d", a.Balance, a.Total, a.Uses, a.Rewards)
	if !p.Voided.IsZero() {
		out += " void"
	}
	if a.Inside {
		out += " in"
	}
	return out
}

const most = store.MaxAmount

// TestKinds plays visits to a till for every kind of campaign.
func TestKinds(t *testing.T) {
	tests := []struct {
		name  string
		rules store.Redemption
		steps []step
	}{
		{"uncounted", store.Redemption{}, []step{{want: "0/0/1/0"}, {want: "0/0/2/0"}, {action: "undo", want: "0/0/1/0"},
			{amount: 2, fails: "amount"}, {action: "stamp", fails: "action_unknown"}}},
		{"single", store.Redemption{Kind: store.Single}, []step{
			{action: "redeem", want: "0/0/1/0 void"}, {fails: "pass_redeemed"}, {action: "undo", want: "0/0/0/0"},
			{want: "0/0/1/0 void"}, {action: "reset", want: "1/1/1/0"}, {action: "reset", want: "1/1/1/0"}, {want: "1/1/2/0 void"}, {fails: "pass_redeemed"},
			{action: "adjust", amount: 1, want: "2/2/2/0"}, {action: "adjust", amount: -1, want: "1/1/2/0 void"}, {action: "adjust", amount: -2, fails: "balance_short"}}},
		{"single that stays valid", store.Redemption{Kind: store.Single, KeepValid: true}, []step{
			{want: "0/0/1/0"}, {fails: "pass_redeemed"}, {action: "undo", want: "0/0/0/0"}, {action: "undo", fails: "nothing_to_undo"}}},
		{"uses", store.Redemption{Kind: store.Uses, Uses: 2}, []step{
			{want: "0/0/1/0"}, {want: "0/0/2/0 void"}, {fails: "pass_redeemed"}, {action: "undo", want: "0/0/1/0"}, {want: "0/0/2/0 void"},
			{action: "reset", want: "2/2/2/0"}, {want: "2/2/3/0"}, {want: "2/2/4/0 void"}}},
		{"twice a day", store.Redemption{Kind: store.Windowed, Uses: 2, Window: store.PerDay}, []step{ // from 12:00
			{want: "0/0/1/0"}, {want: "0/0/2/0", wait: 11 * time.Hour}, {fails: "window_used", wait: 59 * time.Minute}, {want: "0/0/3/0", wait: time.Minute},
			{want: "0/0/4/0"}, {fails: "window_used"}, {action: "undo", want: "0/0/3/0"}, {want: "0/0/4/0"}}},
		{"stamps", store.Redemption{Kind: store.Stamps, Goal: 10, Most: 15}, []step{
			{want: "1/1/1/0"}, {action: "reward", fails: "balance_short"}, {amount: 8, want: "9/9/2/0"}, {action: "stamp", amount: 3, want: "12/12/3/0"},
			{amount: 4, fails: "balance_full"}, {amount: 3, want: "15/15/4/0"}, {action: "reward", want: "5/15/5/1"}, {action: "undo", want: "15/15/4/0"},
			{action: "reward", want: "5/15/5/1"}, {action: "adjust", amount: -5, want: "0/10/5/1"}, {action: "undo", want: "5/15/5/1"}, {amount: -1, fails: "amount"}}},
		{"points", store.Redemption{Kind: store.Points}, []step{
			{amount: 5, fails: "action_missing"}, {action: "earn", fails: "amount"}, {action: "earn", amount: 100, want: "100/100/1/0"},
			{action: "spend", amount: 101, fails: "balance_short"}, {action: "spend", amount: 70, want: "30/100/2/0"},
			{action: "earn", amount: -1, fails: "amount"}, {action: "undo", want: "100/100/1/0"}}},
		{"value", store.Redemption{Kind: store.Value, Currency: "EUR", Most: 5000}, []step{
			{action: "charge", amount: 5000, want: "5000/5000/0/0"}, {action: "charge", amount: 1, fails: "balance_full"}, {amount: 1999, want: "3001/5000/1/0"},
			{action: "pay", amount: 3002, fails: "balance_short"}, {fails: "amount"}, {action: "charge", amount: most, fails: "balance_full"}}},
		{"attendance", store.Redemption{Kind: store.Attendance}, []step{
			{action: "check-out", fails: "not_inside"}, {want: "0/0/1/0 in"}, {action: "check-in", fails: "already_inside"}, {action: "check-out", want: "0/0/1/0"},
			{action: "undo", want: "0/0/1/0 in"}, {action: "undo", want: "0/0/0/0"}}},
		{"overflow of a balance", store.Redemption{Kind: store.Points}, []step{
			{action: "earn", amount: most, want: "9007199254740991/9007199254740991/1/0"}, {action: "earn", amount: 1, fails: "balance_full"},
			{action: "earn", amount: most, fails: "balance_full"}, {action: "earn", amount: most + 1, fails: "amount"}, {action: "earn", amount: 1<<63 - 1, fails: "amount"},
			{action: "earn", amount: -1 << 63, fails: "amount"}, {action: "adjust", amount: -1 << 63, fails: "amount"}, {action: "adjust", amount: most + 1, fails: "amount"},
			{action: "spend", amount: most, want: "0/9007199254740991/2/0"}, {action: "earn", amount: 1, fails: "balance_full"}, {action: "adjust", amount: -1, fails: "balance_short"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.rules(t, tt.rules)
			p := w.issue(t)
			for n, s := range tt.steps {
				got, err := w.step(t, p, s)
				switch {
				case s.fails != "":
					if e := issuer.Public(err); err == nil || e.Code != s.fails || e.Kind == issuer.Internal {
						t.Fatalf("step %d: %v, want %s", n, err, s.fails)
					}
				case err != nil:
					t.Fatalf("step %d: %v", n, err)
				case state(got) != s.want:
					t.Fatalf("step %d: %s, want %s", n, state(got), s.want)
				}
			}
		})
	}
}

// TestUsedPassSaysByWhom: the refusal names the redemption that stands.
func TestUsedPassSaysByWhom(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Single})
	p := w.issue(t)
	d, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}, Place: "Gate 3"})
	must(t, err)
	w.clock.add(time.Hour)
	_, err = w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
	e := refusal(t, err, issuer.Conflict, "pass_redeemed")
	if want := (issuer.Stands{ID: d.Entry.ID, At: start, By: "test", Place: "Gate 3"}); e.Stands == nil || *e.Stands != want {
		t.Errorf("stands %+v, want %+v", e.Stands, want)
	}
	if want := "the pass was redeemed on 2026-03-01T12:00:00Z by test at Gate 3"; e.Msg != want {
		t.Errorf("says %q", e.Msg)
	}
}

// TestUnusablePasses: which state of pass and campaign is told.
func TestUnusablePasses(t *testing.T) {
	tests := []struct {
		name string
		edit func(*store.Pass, *store.Campaign)
		o    issuer.Redeeming
		want string // code, or empty if it may be redeemed
	}{
		{"void", func(p *store.Pass, _ *store.Campaign) { p.Voided = start }, issuer.Redeeming{}, "pass_void"},
		{"invalid", func(p *store.Pass, _ *store.Campaign) { p.Invalid = start }, issuer.Redeeming{}, "pass_invalid"},
		{"expired", func(p *store.Pass, _ *store.Campaign) { p.Expires = start }, issuer.Redeeming{}, "pass_expired"},
		{"expired, for a service that allows it", func(p *store.Pass, _ *store.Campaign) { p.Expires = start }, issuer.Redeeming{Expired: true}, ""},
		{"not yet expired", func(p *store.Pass, _ *store.Campaign) { p.Expires = start.Add(time.Millisecond) }, issuer.Redeeming{}, ""},
		{"campaign invalid", func(_ *store.Pass, c *store.Campaign) { c.State = store.Invalid }, issuer.Redeeming{}, "campaign_invalid"},
		{"campaign paused", func(_ *store.Pass, c *store.Campaign) { c.State = store.Paused }, issuer.Redeeming{}, ""},
		{"campaign archived", func(_ *store.Pass, c *store.Campaign) { c.State = store.Archived }, issuer.Redeeming{}, ""},
		{"deleted", func(p *store.Pass, _ *store.Campaign) { p.Deleted = start }, issuer.Redeeming{}, "not_found"},
		{"another currency", func(_ *store.Pass, c *store.Campaign) {
			c.Redemption = store.Redemption{Kind: store.Value, Currency: "EUR"}
		}, issuer.Redeeming{Action: store.Charge, Amount: 1, Currency: "USD"}, "currency_other"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			p := w.issue(t)
			w.tamper(t, p, tt.edit)
			tt.o.Pass = p.ID
			_, err := w.redeem(t, tt.o)
			if got := codeOf(err); got != tt.want {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// codeOf is that of a refusal, empty if there is none.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return issuer.Public(err).Code
}

// tamper changes records as no operation does.
func (w *world) tamper(t *testing.T, p store.Pass, edit func(*store.Pass, *store.Campaign)) {
	t.Helper()
	must(t, w.db.Update(t.Context(), func(tx store.Tx) error {
		p, err := tx.AnyPass(p.ID)
		if err != nil {
			return err
		}
		c, err := tx.Campaign(p.Org, p.Campaign)
		if err != nil {
			return err
		}
		before := p
		edit(&p, &c)
		if before.Deleted.IsZero() && !p.Deleted.IsZero() {
			err = tx.Count(c.ID, store.CountPasses, -1)
		}
		return errors.Join(err, tx.PutPass(p), tx.PutCampaign(c))
	}))
}

// TestWindows: where a window begins and ends in the campaign's time zone, which here has
// the day of the change to summer time and the one back.
func TestWindows(t *testing.T) {
	tests := []struct {
		window     store.Window
		first      string // UTC
		last, next string // the last moment of the same window, and the first of the next
	}{
		{store.PerHour, "2026-03-29T00:30:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"},
		{store.PerDay, "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"}, // 23 hours
		{store.PerDay, "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"}, // 25 hours
		{store.PerWeek, "2026-03-22T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"},
		{store.PerMonth, "2026-12-31T22:59:58Z", "2026-12-31T22:59:59Z", "2026-12-31T23:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(string(tt.window)+" of "+tt.first, func(t *testing.T) {
			w := newWorld(t)
			w.rules(t, store.Redemption{Kind: store.Windowed, Uses: 1, Window: tt.window})
			p := w.issue(t)
			w.tamper(t, p, func(_ *store.Pass, c *store.Campaign) { c.TimeZone = "Europe/Berlin" })
			for _, s := range []struct{ at, want string }{{tt.first, ""}, {tt.last, "window_used"}, {tt.next, ""}} {
				at, err := time.Parse(time.RFC3339, s.at)
				must(t, err)
				w.clock.set(at)
				if _, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}}); codeOf(err) != s.want {
					t.Errorf("at %s: %v, want %q", s.at, err, s.want)
				}
			}
		})
	}
}

// TestTargets: which text finds which pass.
func TestTargets(t *testing.T) {
	w := newWorld(t)
	one, two := w.issue(t), w.issue(t)
	other, err := w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "Other", PassTypeIdentifier: passType})
	must(t, err)
	w.tamper(t, one, func(p *store.Pass, _ *store.Campaign) {
		p.Code, p.ExternalID, p.Scans = "0001", "ext-1", []string{"HTTPS://EXAMPLE.ORG/1", "shared"}
	})
	w.tamper(t, two, func(p *store.Pass, _ *store.Campaign) { p.Code, p.Scans = "0002", []string{"shared", "0001 "} })
	tests := []struct {
		name   string
		target issuer.Target
		pass   store.ID
		fails  string
	}{
		{"code", issuer.Target{Code: "0001"}, one.ID, ""},
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

// TestUndoOfOne: a redemption that others came after.
func TestUndoOfOne(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Points})
	p := w.issue(t)
	var made []store.ID
	for _, s := range []step{{action: "earn", amount: 50}, {action: "earn", amount: 30}, {action: "spend", amount: 40}} {
		d, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}, Action: s.action, Amount: s.amount})
		must(t, err)
		made = append(made, d.Entry.ID)
	}
	undo := func(id store.ID, want string) store.ID {
		t.Helper()
		d, err := w.Undo(t.Context(), w.me, issuer.Undoing{Redemption: id})
		if codeOf(err) != want {
			t.Errorf("%v, want %q", err, want)
		}
		return d.Entry.ID
	}
	undo(made[0], "balance_short") // 40 are left
	taken := undo(made[1], "")
	undo(made[1], "already_undone")
	undo(taken, "undo_of_undo")
	undo(5, "not_found")
	got, err := w.Pass(t.Context(), w.me, p.ID)
	if must(t, err); state(got) != "10/50/2/0" {
		t.Errorf("state %s", state(got))
	}
	proof, err := w.VerifyLedger(t.Context(), w.me, p.ID)
	if must(t, err); proof.Entries != 4 || len(proof.Faults) != 0 {
		t.Errorf("proof %+v", proof)
	}
}

// TestUndoAtTheGate: only the last time through a gate can be taken back.
func TestUndoAtTheGate(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Attendance})
	p := w.issue(t)
	in, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
	must(t, err)
	_, err = w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}, Action: store.CheckOut})
	must(t, err)
	_, err = w.Undo(t.Context(), w.me, issuer.Undoing{Redemption: in.Entry.ID})
	refusal(t, err, issuer.Conflict, "not_last")
}

// TestUndoLeavesOtherVoids: what somebody voided by hand stays void.
func TestUndoLeavesOtherVoids(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Single, KeepValid: true})
	p := w.issue(t)
	_, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
	must(t, err)
	w.clock.add(time.Second)
	_, err = w.Void(t.Context(), w.me, p.ID, true)
	must(t, err)
	d, err := w.Undo(t.Context(), w.me, issuer.Undoing{Pass: p.ID})
	if must(t, err); d.Pass.Voided.IsZero() || !d.Pass.Spent.IsZero() {
		t.Errorf("voided %v, spent %v", d.Pass.Voided, d.Pass.Spent)
	}
	reset, err := w.ResetRedemptions(t.Context(), w.me, p.ID)
	if must(t, err); !reset.Voided.IsZero() || reset.Account.Entries != 2 {
		t.Errorf("after the reset %+v", reset)
	}
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

func TestRedemptionRules(t *testing.T) {
	tests := []struct {
		name string
		r    store.Redemption
		path string // of the fault, empty if there is none
	}{
		{"none", store.Redemption{}, ""},
		{"unknown kind", store.Redemption{Kind: "twice"}, "/redemption/kind"},
		{"uses", store.Redemption{Kind: store.Uses, Uses: 5, KeepValid: true}, ""},
		{"uses without a number", store.Redemption{Kind: store.Uses}, "/redemption/uses"},
		{"uses below zero", store.Redemption{Kind: store.Uses, Uses: -1}, "/redemption/uses"},
		{"uses of a single one", store.Redemption{Kind: store.Single, Uses: 1}, "/redemption/uses"},
		{"window", store.Redemption{Kind: store.Windowed, Window: store.PerDay, Uses: 1}, ""},
		{"window of a year", store.Redemption{Kind: store.Windowed, Window: "year", Uses: 1}, "/redemption/window"},
		{"window without uses", store.Redemption{Kind: store.Windowed, Window: store.PerDay}, "/redemption/uses"},
		{"stamps", store.Redemption{Kind: store.Stamps, Goal: 10, Reward: "A coffee", Most: 20}, ""},
		{"stamps without a goal", store.Redemption{Kind: store.Stamps}, "/redemption/goal"},
		{"stamps that never fill a card", store.Redemption{Kind: store.Stamps, Goal: 10, Most: 9}, "/redemption/most"},
		{"reward with a line break", store.Redemption{Kind: store.Stamps, Goal: 10, Reward: "A\ncoffee"}, "/redemption/reward"},
		{"goal of points", store.Redemption{Kind: store.Points, Goal: 10}, "/redemption/goal"},
		{"tiers", store.Redemption{Kind: store.Points, Tiers: []store.Tier{{Name: "Blue"}, {Name: "Gold", From: 500}}}, ""},
		{"tiers that do not ascend", store.Redemption{Kind: store.Points, Tiers: []store.Tier{{Name: "Gold", From: 500}, {Name: "Blue", From: 500}}}, "/redemption/tiers/1/from"},
		{"tier without a name", store.Redemption{Kind: store.Points, Tiers: []store.Tier{{From: 5}}}, "/redemption/tiers/0/name"},
		{"value", store.Redemption{Kind: store.Value, Currency: "JPY"}, ""},
		{"value without a currency", store.Redemption{Kind: store.Value}, "/redemption/currency"},
		{"currency that is none", store.Redemption{Kind: store.Value, Currency: "EUX"}, "/redemption/currency"},
		{"currency in small letters", store.Redemption{Kind: store.Value, Currency: "eur"}, "/redemption/currency"},
		{"most below zero", store.Redemption{Kind: store.Value, Currency: "EUR", Most: -1}, "/redemption/most"},
		{"attendance that stays valid", store.Redemption{Kind: store.Attendance, KeepValid: true}, "/redemption/keepValid"},
	}
	w := newWorld(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Redemption: &tt.r}})
			if tt.path == "" {
				must(t, err)
				return
			}
			e := issuer.Public(err)
			if err == nil || e.Kind != issuer.Invalid || e.Fields[0].Path != tt.path {
				t.Errorf("%v at %v, want %s", err, e.Fields, tt.path)
			}
			_, err = w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "x", PassTypeIdentifier: passType, CampaignSettings: issuer.CampaignSettings{Redemption: &tt.r}})
			if issuer.KindOf(err) != issuer.Invalid {
				t.Errorf("a new campaign: %v", err)
			}
		})
	}
}

// TestUnitStaysOnceUsed: amounts in a ledger keep their meaning.
func TestUnitStaysOnceUsed(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Value, Currency: "EUR"})
	w.rules(t, store.Redemption{Kind: store.Value, Currency: "USD"}) // nothing was entered yet
	p := w.issue(t)
	_, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}, Action: store.Charge, Amount: 5})
	must(t, err)
	_, err = w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Redemption: &store.Redemption{Kind: store.Value, Currency: "EUR"}}})
	refusal(t, err, issuer.Conflict, "redemption_in_use")
	w.rules(t, store.Redemption{Kind: store.Value, Currency: "USD", Most: 100})
}

func TestWhatAnAccountShows(t *testing.T) {
	tiers := []store.Tier{{Name: "Blue"}, {Name: "Gold", From: 100}}
	tests := []struct {
		name    string
		r       store.Redemption
		a       store.Account
		left    int64
		counted bool
		goal    int64
		tier    string
	}{
		{"single", store.Redemption{Kind: store.Single}, store.Account{}, 1, true, 1, ""},
		{"uses, one granted", store.Redemption{Kind: store.Uses, Uses: 3}, store.Account{Uses: 3, Total: 1}, 1, true, 4, ""},
		{"uses that were lowered", store.Redemption{Kind: store.Uses, Uses: 2}, store.Account{Uses: 3}, 0, true, 2, ""},
		{"stamps", store.Redemption{Kind: store.Stamps, Goal: 10}, store.Account{Balance: 4, Total: 24}, 6, true, 10, ""},
		{"stamps beyond the goal", store.Redemption{Kind: store.Stamps, Goal: 10}, store.Account{Balance: 12}, 0, true, 10, ""},
		{"points below a tier", store.Redemption{Kind: store.Points, Tiers: tiers}, store.Account{Balance: 3, Total: 99}, 1, true, 100, "Blue"},
		{"points of the highest tier", store.Redemption{Kind: store.Points, Tiers: tiers}, store.Account{Total: 100}, 0, true, 100, "Gold"},
		{"points without tiers", store.Redemption{Kind: store.Points}, store.Account{Total: 100}, 0, false, 0, ""},
		{"value", store.Redemption{Kind: store.Value}, store.Account{Balance: 250, Total: 900}, 250, true, 0, ""},
		{"attendance", store.Redemption{Kind: store.Attendance}, store.Account{Uses: 4}, 0, false, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := store.Campaign{Redemption: tt.r}
			left, counted := issuer.Left(c, tt.a)
			if goal, tier := issuer.Goal(c, tt.a), issuer.Tier(c, tt.a); left != tt.left || counted != tt.counted || goal != tt.goal || tier != tt.tier {
				t.Errorf("left %d (%v), goal %d, tier %q", left, counted, goal, tier)
			}
		})
	}
}

// TestRedemptionsAreCounted: numbers of the day, history and pushes come with the entry.
func TestRedemptionsAreCounted(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Value, Currency: "EUR"})
	p := w.issue(t)
	for _, s := range []step{{action: "charge", amount: 500}, {action: "pay", amount: 100}, {action: "pay", amount: 50}, {action: "undo"}} {
		_, err := w.step(t, p, s)
		must(t, err)
	}
	w.view(t, func(r store.Reader) error {
		day := store.DayOf(w.clock.Now())
		all, err := r.Tallies(store.Scope{Org: w.me.Org, ID: w.campaign.ID}, day, day)
		if must(t, err); all[0].Counts[store.Redeems] != 2 || all[0].Counts[store.Undone] != 1 {
			t.Errorf("counted %v", all[0].Counts)
		}
		events, _, err := r.Events(p.ID, store.Page{})
		var kinds []string
		for _, e := range events {
			kinds = append(kinds, e.Type)
		}
		if got, want := strings.Join(kinds, " "), "pass.created pass.charged pass.redeemed pass.redeemed pass.undone"; got != want {
			t.Errorf("history %s, want %s", got, want)
		}
		return err
	})
}
