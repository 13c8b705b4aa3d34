package issuer_test

import (
	"encoding/json"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
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

// TestJobTellsWhoseFieldsShow has the job come first to passes that do not show the field:
// one hides it, of the other the design for redeemed passes lacks it.
func TestJobTellsWhoseFieldsShow(t *testing.T) {
	w := newWorld(t)
	passes := w.several(t, 2, "stamps", 0)
	_, err := w.Update(t.Context(), w.me, passes[0].ID, issuer.Change{Hidden: &[]string{"stamps"}})
	must(t, err)
	w.wantNewFor(t, passes[1], stamps(2))

	d := w.design(t, document)
	d.Redeemed = &store.Design{Document: json.RawMessage(`{"organizationName": "Café", "description": "Used", "storeCard": {}}`)}
	_, err = w.redesign(t, issuer.TemplateChange{Design: &d})
	must(t, err)
	passes = w.several(t, 2, "stamps", 0)
	_, err = w.Redeem(t.Context(), w.me, issuer.Redeeming{Target: issuer.Target{Pass: passes[0].ID}})
	must(t, err)
	w.wantNewFor(t, passes[1], stamps(3))
}

// wantNewFor changes all passes by a job, of which p gets a new version.
func (w *world) wantNewFor(t *testing.T, p store.Pass, ch *issuer.Change) {
	t.Helper()
	before := w.now(t, p.ID)
	w.run(t, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: ch})
	if now := w.now(t, p.ID); now.Version == before.Version {
		t.Errorf("phones are not told that the pass has %s stamps", now.Values["stamps"])
	}
}
