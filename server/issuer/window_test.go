package issuer_test

import (
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestDaysWithoutMidnight redeems a pass that is good once a day late in the evening before
// clocks jump over midnight, and in the morning after.
func TestDaysWithoutMidnight(t *testing.T) {
	for zone, day := range map[string]time.Time{
		"America/Santiago": time.Date(2026, 9, 6, 0, 0, 0, 0, time.UTC),
		"America/Havana":   time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC),
		"Africa/Cairo":     time.Date(2026, 4, 24, 0, 0, 0, 0, time.UTC),
	} {
		t.Run(zone, func(t *testing.T) {
			w := newWorld(t)
			w.rules(t, store.Redemption{Kind: store.Windowed, Window: store.PerDay, Uses: 1})
			_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{TimeZone: &zone}})
			must(t, err)
			p := w.issue(t)
			place, err := time.LoadLocation(zone)
			must(t, err)
			for _, at := range []struct {
				day, hour, minute int
				fails             bool
			}{{-1, 23, 10, false}, {-1, 23, 50, true}, {0, 1, 0, false}, {0, 23, 50, true}, {1, 0, 0, false}} {
				w.clock.set(time.Date(day.Year(), day.Month(), day.Day()+at.day, at.hour, at.minute, 0, 0, place))
				_, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
				if failed := err != nil; failed != at.fails {
					t.Errorf("at %v: %v", w.clock.Now().In(place), err)
				}
			}
		})
	}
}
