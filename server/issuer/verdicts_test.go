package issuer_test

import (
	"testing"

	"pocketpass/server/issuer"
)

// TestInvalidPassFailsAlone has the job come to an invalid pass first.
func TestInvalidPassFailsAlone(t *testing.T) {
	w := newWorld(t)
	passes := w.several(t, 3, "stamps", 0)
	_, err := w.Invalidate(t.Context(), w.me, passes[0].ID)
	must(t, err)
	j := w.run(t, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: stamps(2)})
	wantCounts(t, j, 2, 1, 0)
	w.wantErrors(t, j, "pass_invalid")
}

// TestJobTellsOfDates has the job come first to a pass whose date stays.
func TestJobTellsOfDates(t *testing.T) {
	w := newWorld(t)
	soon, later := start.AddDate(0, 1, 0), start.AddDate(0, 2, 0)
	passes := w.several(t, 2)
	for n, date := range []issuer.Change{{Expires: &later}, {Expires: &soon}} {
		_, err := w.Update(t.Context(), w.me, passes[n].ID, date)
		must(t, err)
	}
	before := w.now(t, passes[1].ID)
	w.run(t, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: &issuer.Change{Expires: &later, Tags: &[]string{"x"}}})
	if now := w.now(t, passes[1].ID); now.Version == before.Version {
		t.Error("phones are not told of the new date")
	}
}
