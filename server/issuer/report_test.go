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

// TestLinkChangesAreCounted for the campaign, and not what else happens to its links.
func TestLinkChangesAreCounted(t *testing.T) {
	w := newWorld(t)
	made, err := w.CreateLinks(t.Context(), w.me, w.campaign.ID, []issuer.NewLink{{}, {}}, issuer.Idempotency{})
	must(t, err)
	title := "Join us"
	_, err = w.ChangeLink(t.Context(), w.me, made[0].ID, issuer.LinkChange{LinkSettings: issuer.LinkSettings{PageSettings: issuer.PageSettings{Title: &title}}})
	must(t, err)
	_, err = w.Enrol(t.Context(), issuer.Enrolment{Slug: made[0].Slug})
	must(t, err)
	r, err := w.Report(t.Context(), w.me, issuer.ReportQuery{Campaign: w.campaign.ID})
	must(t, err)
	if got := r.Totals[store.LinkChanges]; got != 3 {
		t.Errorf("%d changes, want 3", got)
	}
}

// TestUnvoidingIsAnUpdate in the numbers of the day.
func TestUnvoidingIsAnUpdate(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	for _, void := range []bool{true, false} {
		_, err := w.Void(t.Context(), w.me, p.ID, void)
		must(t, err)
	}
	r, err := w.Report(t.Context(), w.me, issuer.ReportQuery{Campaign: w.campaign.ID})
	must(t, err)
	if r.Totals[store.Voids] != 1 || r.Totals[store.Updates] != 1 {
		t.Errorf("counted %d voids and %d updates, want 1 of each", r.Totals[store.Voids], r.Totals[store.Updates])
	}
}

// TestTagsCountTheirLastPasses: also those that lose the tag as they go.
func TestTagsCountTheirLastPasses(t *testing.T) {
	w := newWorld(t)
	erased, deleted := w.orderFor("ada", "Ada"), w.order()
	erased.Tags, deleted.Tags = []string{"vip"}, []string{"vip"}
	a, err := w.Issue(t.Context(), w.me, erased)
	must(t, err)
	b, err := w.Issue(t.Context(), w.me, deleted)
	must(t, err)
	_, err = w.ErasePerson(t.Context(), w.me, a.Holder)
	must(t, err)
	must(t, w.Delete(t.Context(), w.me, b.ID, nil))
	for _, q := range []issuer.ReportQuery{{Tag: "vip"}, {Campaign: w.campaign.ID}} {
		r, err := w.Report(t.Context(), w.me, q)
		must(t, err)
		if r.Totals[store.Voids] != 1 || r.Totals[store.Removes] != 1 {
			t.Errorf("%+v counted %d voids and %d removes, want 1 of each", q, r.Totals[store.Voids], r.Totals[store.Removes])
		}
	}
}
