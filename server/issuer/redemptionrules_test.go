package issuer_test

import (
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

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

// TestMoreUses: a pass that was used up has what a campaign allows besides, as its account
// says, and is valid again with the next use. One that somebody voided stays void.
func TestMoreUses(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Uses, Uses: 1})
	used, voided := w.issue(t), w.issue(t)
	for _, p := range []store.Pass{used, voided} {
		_, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
		must(t, err)
	}
	w.clock.add(time.Hour)
	_, err := w.Void(t.Context(), w.me, voided.ID, true)
	must(t, err)
	w.rules(t, store.Redemption{Kind: store.Uses, Uses: 3})
	d, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: used.ID}})
	if must(t, err); !d.Pass.Voided.IsZero() || !d.Pass.Spent.IsZero() || d.Pass.Account.Uses != 2 {
		t.Errorf("voided %v, used up %v, %d uses", d.Pass.Voided, d.Pass.Spent, d.Pass.Account.Uses)
	}
	_, err = w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: voided.ID}})
	refusal(t, err, issuer.Conflict, "pass_void")
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
