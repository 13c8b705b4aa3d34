package issuer_test

import (
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestPushesAreCounted for the campaign and the template: one for each registration
// that is told of a change of its pass or of a publication.
func TestPushesAreCounted(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		w.followers(t, 5)
		one := w.issue(t)
		w.register(t, one, phoneNumber(5))
		w.change(t, one, "stamps", 7)
		w.pushed(t, 1)
		w.republish(t, newer)
		w.pushed(t, 1+6)
		for _, q := range []issuer.ReportQuery{{Campaign: w.campaign.ID}, {Template: w.template.ID}} {
			r, err := w.Report(t.Context(), w.me, q)
			must(t, err)
			if got := r.Totals[store.Pushes]; got != 1+6 {
				t.Errorf("%d pushes counted, want 7", got)
			}
		}
	})
}

// TestCallsAreCounted for the campaign and the key, once they are written.
func TestCallsAreCounted(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.Called(w.me, w.campaign.ID)
	}
	must(t, w.FlushSeen(t.Context()))
	w.Called(w.me, w.campaign.ID)
	must(t, w.FlushSeen(t.Context()))
	r, err := w.Report(t.Context(), w.me, issuer.ReportQuery{Campaign: w.campaign.ID})
	must(t, err)
	if got := r.Totals[store.Calls]; got != 4 {
		t.Errorf("%d calls, want 4", got)
	}
}
