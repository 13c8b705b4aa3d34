package issuer_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

func TestJobChangesWhatWasThere(t *testing.T) {
	w := newWorld(t)
	passes := w.several(t, 80, "stamps", 0)
	passes = append(passes, w.several(t, 40, "stamps", 2)...)
	j := w.start(t, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: stamps(2)})
	late := w.issue(t, "stamps", 0)
	wantCounts(t, w.work(t, j, store.JobDone), 80, 0, 40)
	for n, p := range passes {
		now := w.now(t, p.ID)
		if edited := n < 80; (now.Edited == 1) != edited || string(now.Values["stamps"]) != "2" {
			t.Errorf("pass %d was edited %d times and has %s", n, now.Edited, now.Values["stamps"])
		}
	}
	if now := w.now(t, late.ID); now.Edited != 0 {
		t.Error("a pass that was issued after the job was accepted was changed")
	}
	var kinds []string
	w.view(t, func(r store.Reader) error {
		all, _, err := r.Events(j.ID, store.Page{})
		for _, e := range all {
			kinds = append(kinds, e.Type)
		}
		return err
	})
	if want := []string{"job.started", "job.finished"}; !slices.Equal(kinds, want) {
		t.Errorf("events %v, want %v", kinds, want)
	}
}

func TestKindsOfJobs(t *testing.T) {
	tests := []struct {
		name string
		job  issuer.NewJob
		done func(store.Pass) bool
	}{
		{"void", issuer.NewJob{Kind: issuer.KindVoid}, func(p store.Pass) bool { return !p.Voided.IsZero() }},
		{"delete", issuer.NewJob{Kind: issuer.KindDelete}, func(p store.Pass) bool { return !p.Deleted.IsZero() }},
		{"tag", issuer.NewJob{Kind: issuer.KindTag, Tagging: &issuer.Tagging{Add: []string{"a", "b"}, Remove: []string{"gold"}}},
			func(p store.Pass) bool { return slices.Equal(p.Tags, []string{"a", "b"}) }},
		{"document", issuer.NewJob{Kind: issuer.KindUpdate, Change: &issuer.Change{Document: new(json.RawMessage(`{"logoText": "New"}`))}},
			func(p store.Pass) bool {
				return string(p.Patch) == `{"logoText": "New"}` || string(p.Patch) == `{"logoText":"New"}`
			}},
		{"without a document", issuer.NewJob{Kind: issuer.KindUpdate, Change: &issuer.Change{Document: new(json.RawMessage(`null`))}},
			func(p store.Pass) bool { return p.Patch == nil }},
		{"without tags", issuer.NewJob{Kind: issuer.KindUpdate, Change: &issuer.Change{Tags: new([]string)}},
			func(p store.Pass) bool { return len(p.Tags) == 0 }},
		{"pin", issuer.NewJob{Kind: issuer.KindUpdate, Change: &issuer.Change{Pinned: new(true)}}, func(p store.Pass) bool { return p.Pinned == 1 }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			o := w.order("stamps", 1)
			o.Tags, o.Document = []string{"gold"}, json.RawMessage(`{"logoText": "Old"}`)
			p, err := w.Issue(t.Context(), w.me, o)
			must(t, err)
			other := w.issue(t)
			test.job.Tag = "gold"
			wantCounts(t, w.run(t, test.job), 1, 0, 0)
			if now := w.now(t, p.ID); !test.done(now) || now.Edited != 1 {
				t.Errorf("the pass is %+v", now)
			}
			if now := w.now(t, other.ID); now.Edited != 0 {
				t.Error("a pass without the tag was changed")
			}
		})
	}
}

func TestVoidAndBack(t *testing.T) {
	w := newWorld(t)
	passes := w.several(t, 3)
	wantCounts(t, w.run(t, issuer.NewJob{Kind: issuer.KindVoid, IDs: ids(passes[:2])}), 2, 0, 0)
	voided := true
	n := issuer.NewJob{Kind: issuer.KindUnvoid, Campaign: w.campaign.ID, Voided: &voided}
	wantCounts(t, w.run(t, n), 2, 0, 0)
	n.Voided = nil
	wantCounts(t, w.run(t, n), 0, 0, 3)
}

// TestJobMeetsADeletion: passes that another job deletes after they were judged are none that
// a filter means.
func TestJobMeetsADeletion(t *testing.T) {
	w := newWorld(t)
	all := w.several(t, 400)
	deletion := w.start(t, issuer.NewJob{Kind: issuer.KindDelete, IDs: ids(all[60:])})
	j := w.run(t, issuer.NewJob{Kind: issuer.KindVoid, Campaign: w.campaign.ID})
	w.work(t, deletion, store.JobDone)
	if j.Failed > 0 || j.Done < 60 {
		t.Errorf("%d done, %d failed", j.Done, j.Failed)
	}
}

func TestMergeJob(t *testing.T) {
	w := newWorld(t)
	follows := w.issue(t)
	o := w.order()
	o.Pinned = true
	pinned, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	w.republish(t, document)
	wantCounts(t, w.run(t, issuer.NewJob{Kind: issuer.KindMerge, Template: w.template.ID}), 1, 0, 1)
	if a, b := w.now(t, pinned.ID), w.now(t, follows.ID); a.Pinned != 2 || b.Pinned != 0 {
		t.Errorf("pinned to %d and %d, want 2 and 0", a.Pinned, b.Pinned)
	}
	wantCounts(t, w.run(t, issuer.NewJob{Kind: issuer.KindMerge, Template: w.template.ID}), 0, 0, 2)
}

func TestForeignPassesAreErrorsOfTheirRows(t *testing.T) {
	w := newWorld(t)
	passes := w.several(t, 3, "stamps", 1)
	gone := w.issue(t)
	must(t, w.Delete(t.Context(), w.me, gone.ID, nil))
	stranger := issuer.Actor{Org: w.newOrganisation(t, "Other")}
	all := []store.ID{passes[0].ID, gone.ID, passes[1].ID, 12345, passes[2].ID}
	wantCounts(t, w.run(t, issuer.NewJob{Kind: issuer.KindUpdate, IDs: all, Change: stamps(5)}), 3, 2, 0)
	theirs, err := w.StartJob(t.Context(), stranger, issuer.NewJob{Kind: issuer.KindVoid, IDs: all})
	must(t, err)
	theirs = work(t, w.Issuer, stranger, theirs, store.JobDone)
	wantCounts(t, theirs, 0, 5, 0)
	failed, _, err := w.JobErrors(t.Context(), stranger, theirs.ID, store.Page{})
	must(t, err)
	for n, e := range failed {
		if e.Code != "not_found" || e.Row != uint64(n+1) || e.Pass != all[n] {
			t.Errorf("error %+v", e)
		}
	}
	_, err = w.Job(t.Context(), w.me, theirs.ID)
	refusal(t, err, issuer.NotFound, "not_found")
	_, _, err = w.JobErrors(t.Context(), w.me, theirs.ID, store.Page{})
	refusal(t, err, issuer.NotFound, "not_found")
	_, err = w.CancelJob(t.Context(), w.me, theirs.ID)
	refusal(t, err, issuer.NotFound, "not_found")
	_, err = w.StartJob(t.Context(), stranger, issuer.NewJob{Kind: issuer.KindVoid, Campaign: w.campaign.ID})
	refusal(t, err, issuer.Invalid, "unknown_campaign")
}

// TestAnItemThatFailsStopsNoOther has passes that a change would make too large.
func TestAnItemThatFailsStopsNoOther(t *testing.T) {
	w := newWorld(t)
	full := w.order()
	for n := range 15 {
		full.Tags = append(full.Tags, string(rune('a'+n)))
	}
	var passes []store.Pass
	for n := range 30 {
		o := w.order()
		if n%10 == 5 {
			o = full
		}
		p, err := w.Issue(t.Context(), w.me, o)
		must(t, err)
		passes = append(passes, p)
	}
	j := w.run(t, issuer.NewJob{Kind: issuer.KindTag, Campaign: w.campaign.ID, Tagging: &issuer.Tagging{Add: []string{"new"}}})
	wantCounts(t, j, 27, 3, 0)
	for _, e := range w.wantErrors(t, j, "too_many_tags", "too_many_tags", "too_many_tags") {
		if n := slices.Index(ids(passes), e.Pass); e.Row != uint64(n+1) || n%10 != 5 {
			t.Errorf("error %+v of pass %d", e, n)
		}
	}
	must(t, w.db.Update(t.Context(), func(tx store.Tx) error { // room for one more
		p, err := tx.AnyPass(passes[5].ID)
		p.Tags = p.Tags[:14]
		return errors.Join(err, tx.PutPass(p))
	}))
	again, err := w.RetryJob(t.Context(), w.me, j.ID, issuer.Idempotency{})
	must(t, err)
	wantCounts(t, w.work(t, again, store.JobDone), 1, 2, 0)
	_, err = w.RetryJob(t.Context(), w.me, j.ID, issuer.Idempotency{})
	refusal(t, err, issuer.Conflict, "job_retried")
}
