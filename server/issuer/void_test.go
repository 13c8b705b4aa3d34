package issuer_test

import (
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestVoidOutlastsRedemption takes back the redemption of passes that became void otherwise too.
func TestVoidOutlastsRedemption(t *testing.T) {
	end := func(t *testing.T, w *world, _ store.Pass) {
		w.endAfter(t, time.Hour)
		w.work(t, w.wantJobs(t, 1)[0], store.JobDone)
	}
	tests := []struct {
		name   string
		void   func(*testing.T, *world, store.Pass)
		stands bool
	}{
		{"used up alone", func(*testing.T, *world, store.Pass) {}, false},
		{"by hand", func(t *testing.T, w *world, p store.Pass) {
			_, err := w.Void(t.Context(), w.me, p.ID, true)
			must(t, err)
		}, true},
		{"by a job", func(t *testing.T, w *world, p store.Pass) {
			wantCounts(t, w.run(t, issuer.NewJob{Kind: issuer.KindVoid, Campaign: w.campaign.ID}), 1, 0, 0)
			wantCounts(t, w.run(t, issuer.NewJob{Kind: issuer.KindVoid, Campaign: w.campaign.ID}), 0, 0, 1)
		}, true},
		{"by the end of the campaign", end, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.rules(t, store.Redemption{Kind: store.Single})
			p := w.issue(t)
			_, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
			must(t, err)
			version := w.now(t, p.ID).Version
			test.void(t, w, p)
			if version != w.now(t, p.ID).Version {
				t.Error("phones were told, who showed it void already")
			}
			_, err = w.Undo(t.Context(), w.me, issuer.Undoing{Pass: p.ID})
			must(t, err)
			if now := w.now(t, p.ID); now.Voided.IsZero() == test.stands || !now.Spent.IsZero() {
				t.Errorf("void since %v, used up since %v", now.Voided, now.Spent)
			}
		})
	}
}

// endAfter has the campaign end after a while that passes.
func (w *world) endAfter(t testing.TB, d time.Duration) {
	t.Helper()
	ends := w.clock.Now().Add(d)
	_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Ends: &ends}})
	must(t, err)
	w.clock.add(d + time.Millisecond)
	must(t, w.EndCampaigns(t.Context()))
}

// TestInvalidCampaignEnds needs no job: its passes are good for nothing already.
func TestInvalidCampaignEnds(t *testing.T) {
	w := newWorld(t)
	w.issue(t)
	state := store.Invalid
	_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{State: &state})
	must(t, err)
	w.endAfter(t, time.Hour)
	w.wantJobs(t, 0)
	must(t, w.EndCampaigns(t.Context()))
}
