package issuer_test

import (
	"errors"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

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
