package issuer_test

import (
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestErasedStaysEmpty tries to make a pass good again whose holder is forgotten.
func TestErasedStaysEmpty(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Single})
	p, err := w.Issue(t.Context(), w.me, w.orderFor("ada", "Ada"))
	must(t, err)
	d, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
	must(t, err)
	_, err = w.ErasePerson(t.Context(), w.me, p.Holder)
	must(t, err)

	_, err = w.Undo(t.Context(), w.me, issuer.Undoing{Redemption: d.Entry.ID})
	refusal(t, err, issuer.Conflict, "pass_invalid")
	_, err = w.Void(t.Context(), w.me, p.ID, false)
	refusal(t, err, issuer.Conflict, "pass_invalid")
	_, err = w.ResetRedemptions(t.Context(), w.me, p.ID)
	refusal(t, err, issuer.Conflict, "pass_invalid")
	j := w.run(t, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: stamps(2)})
	wantCounts(t, j, 0, 1, 0)
	if now := w.now(t, p.ID); now.Voided.IsZero() || len(now.Values) > 0 {
		t.Errorf("void since %v, values %v", now.Voided, now.Values)
	}
}
