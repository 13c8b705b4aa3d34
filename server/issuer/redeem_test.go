package issuer_test

import (
	"fmt"
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
