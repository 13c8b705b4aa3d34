package issuer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

func TestIssueJob(t *testing.T) {
	w := newWorld(t)
	orders := make([]issuer.Order, 200)
	for n := range orders {
		orders[n] = w.order("stamps", n)
		orders[n].ExternalID = "x" + string(rune('a'+n%26)) + string(rune('a'+n/26))
	}
	orders[7].Values = values("nothing", 1)
	orders[9].ExternalID = orders[8].ExternalID
	orders[11].Token = "a-token-that-came-along"
	j := w.run(t, issuer.NewJob{Kind: issuer.KindIssue, Campaign: w.campaign.ID, Orders: orders})
	wantCounts(t, j, 198, 2, 0)
	failed := w.wantErrors(t, j, "field_unknown", "already_exists")
	if failed[0].Row != 8 || failed[0].Column != "/values/nothing" || failed[1].Row != 10 || failed[1].Column != "/externalId" ||
		failed[0].ExternalID != orders[7].ExternalID {
		t.Errorf("errors %+v", failed)
	}
	var moved store.Pass
	w.view(t, func(r store.Reader) (err error) {
		moved, err = r.PassByExternalID(w.me.Org, orders[11].ExternalID)
		return err
	})
	doc, _, err := w.Document(t.Context(), w.me, moved.ID)
	must(t, err)
	if doc.AuthenticationToken != orders[11].Token {
		t.Errorf("token %q, want the one that was given", doc.AuthenticationToken)
	}
	again, err := w.RetryJob(t.Context(), w.me, j.ID, issuer.Idempotency{})
	must(t, err)
	again = w.work(t, again, store.JobDone)
	wantCounts(t, again, 0, 2, 0)
	if rows := w.wantErrors(t, again, "field_unknown", "already_exists"); rows[1].Row != 10 {
		t.Errorf("errors %+v name other rows than the first job's", rows)
	}
}

func TestWhatNoJobCanBe(t *testing.T) {
	w := newWorld(t)
	many := issuer.Change{Tags: new(make([]string, 16))}
	tests := []struct {
		name string
		job  issuer.NewJob
		code string
	}{
		{"no kind", issuer.NewJob{Campaign: w.campaign.ID}, "kind_unknown"},
		{"the end of a campaign", issuer.NewJob{Kind: issuer.KindEnd, Campaign: w.campaign.ID}, "kind_unknown"},
		{"no passes", issuer.NewJob{Kind: issuer.KindVoid}, "source_missing"},
		{"ids and a filter", issuer.NewJob{Kind: issuer.KindVoid, Tag: "x", IDs: []store.ID{1}}, "two_sources"},
		{"too many ids", issuer.NewJob{Kind: issuer.KindVoid, IDs: make([]store.ID, 50_001)}, "too_many_ids"},
		{"no change", issuer.NewJob{Kind: issuer.KindUpdate, Tag: "x"}, "change_missing"},
		{"a change that is no good for any pass", issuer.NewJob{Kind: issuer.KindUpdate, Tag: "x", Change: &many}, "too_many_tags"},
		{"a date that no pass can have", issuer.NewJob{Kind: issuer.KindUpdate, Tag: "x", Change: &issuer.Change{Expires: new(time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC))}}, "date_range"},
		{"what no tag can be", issuer.NewJob{Kind: issuer.KindVoid, Tag: "x\x00"}, "tag"},
		{"no tags", issuer.NewJob{Kind: issuer.KindTag, Tag: "x"}, "tags_missing"},
		{"no orders", issuer.NewJob{Kind: issuer.KindIssue, Campaign: w.campaign.ID}, "orders_missing"},
		{"no campaign for orders", issuer.NewJob{Kind: issuer.KindIssue, Orders: make([]issuer.Order, 1)}, "campaign_missing"},
		{"too many orders", issuer.NewJob{Kind: issuer.KindIssue, Campaign: 1, Orders: make([]issuer.Order, 1001)}, "too_many_orders"},
		{"no such template", issuer.NewJob{Kind: issuer.KindVoid, Template: 7}, "unknown_template"},
		{"in two years", issuer.NewJob{Kind: issuer.KindVoid, Tag: "x", NotBefore: start.AddDate(2, 0, 0)}, "too_far_ahead"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := w.StartJob(t.Context(), w.me, test.job)
			refusal(t, err, issuer.Invalid, test.code)
			_, err = w.PreviewJob(t.Context(), w.me, test.job)
			refusal(t, err, issuer.Invalid, test.code)
		})
	}
}

func TestPreviewChangesNothing(t *testing.T) {
	w := newWorld(t)
	passes := w.several(t, 3, "stamps", 1)
	passes = append(passes, w.issue(t, "stamps", 2))
	n := issuer.NewJob{Kind: issuer.KindUpdate, IDs: append(ids(passes), 99), Change: stamps(2)}
	p, err := w.PreviewJob(t.Context(), w.me, n)
	must(t, err)
	if p.Total != 5 || p.Checked != 5 || p.Change != 3 || p.Skip != 1 || p.Fail != 1 || len(p.Errors) != 1 || p.Errors[0].Row != 5 {
		t.Errorf("preview %+v", p)
	}
	for _, q := range passes {
		if now := w.now(t, q.ID); now.Edited != 0 {
			t.Error("a preview changed a pass")
		}
	}
	all, _, err := w.Jobs(t.Context(), w.me, store.Page{})
	if must(t, err); len(all) != 0 {
		t.Errorf("a preview left %d jobs", len(all))
	}
}

// TestPreviewForetellsFailures: what a dry run counts is what comes of the job.
func TestPreviewForetellsFailures(t *testing.T) {
	w := newWorld(t)
	invalid, full := w.issue(t), w.order()
	for n := range 15 {
		full.Tags = append(full.Tags, fmt.Sprint("tag", n))
	}
	_, err := w.Issue(t.Context(), w.me, full)
	must(t, err)
	_, err = w.Invalidate(t.Context(), w.me, invalid.ID)
	must(t, err)
	w.issue(t)
	for _, n := range []issuer.NewJob{
		{Kind: issuer.KindTag, Tagging: &issuer.Tagging{Add: []string{"more"}}},
		{Kind: issuer.KindVoid},
	} {
		n.Campaign = w.campaign.ID
		p, err := w.PreviewJob(t.Context(), w.me, n)
		must(t, err)
		if j := w.run(t, n); p.Change != j.Done || p.Fail != j.Failed || p.Skip != j.Skipped || j.Failed == 0 {
			t.Errorf("%s: preview %+v, then %d done, %d failed, %d skipped", n.Kind, p, j.Done, j.Failed, j.Skipped)
		}
	}
}

func TestOrdersThatAreTooLarge(t *testing.T) {
	w := newWorld(t)
	o := w.order("terms", strings.Repeat("x", 5000))
	_, err := w.StartJob(t.Context(), w.me, issuer.NewJob{Kind: issuer.KindIssue, Campaign: w.campaign.ID, Orders: slices.Repeat([]issuer.Order{o}, 900)})
	refusal(t, err, issuer.TooLarge, "orders_large")
}
