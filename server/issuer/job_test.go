package issuer_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// work runs the jobs of an Issuer until one of them is in the state.
func work(t testing.TB, i *issuer.Issuer, me issuer.Actor, j store.Job, state store.JobState) store.Job {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	var working sync.WaitGroup
	working.Go(func() { i.Work(ctx) })
	defer working.Wait()
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		now, err := i.Job(ctx, me, j.ID)
		must(t, err)
		if now.State == state {
			return now
		}
		if now.Ended() {
			t.Fatalf("job %+v, want it %s", now, state)
		}
	}
}

func (w *world) work(t testing.TB, j store.Job, state store.JobState) store.Job {
	t.Helper()
	return work(t, w.Issuer, w.me, j, state)
}

func (w *world) start(t testing.TB, n issuer.NewJob) store.Job {
	t.Helper()
	j, err := w.StartJob(t.Context(), w.me, n)
	must(t, err)
	return j
}

// run starts a job and works until it is done.
func (w *world) run(t testing.TB, n issuer.NewJob) store.Job {
	t.Helper()
	return w.work(t, w.start(t, n), store.JobDone)
}

func (w *world) several(t testing.TB, n int, pairs ...any) []store.Pass {
	t.Helper()
	out := make([]store.Pass, n)
	for k := range out {
		out[k] = w.issue(t, pairs...)
	}
	return out
}

// now reads a pass again, also one that was deleted.
func (w *world) now(t testing.TB, id store.ID) (p store.Pass) {
	t.Helper()
	w.view(t, func(r store.Reader) (err error) {
		p, err = r.AnyPass(id)
		return err
	})
	return p
}

// wantCounts checks how many items were done, failed and skipped.
func wantCounts(t testing.TB, j store.Job, done, failed, skipped int64) {
	t.Helper()
	if j.Done != done || j.Failed != failed || j.Skipped != skipped || j.Total != j.Seen() {
		t.Errorf("%d done, %d failed, %d skipped of %d; want %d, %d, %d", j.Done, j.Failed, j.Skipped, j.Total, done, failed, skipped)
	}
}

func (w *world) wantErrors(t testing.TB, j store.Job, want ...string) []store.JobError {
	t.Helper()
	all, _, err := w.JobErrors(t.Context(), w.me, j.ID, store.Page{})
	must(t, err)
	var got []string
	for _, e := range all {
		got = append(got, e.Code)
	}
	if !slices.Equal(got, want) {
		t.Errorf("errors %v, want %v", got, want)
	}
	return all
}

func ids(passes []store.Pass) (out []store.ID) {
	for _, p := range passes {
		out = append(out, p.ID)
	}
	return out
}

func stamps(n int) *issuer.Change { return &issuer.Change{Values: values("stamps", n)} }

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
	if failed[0].Row != 8 || failed[0].Column != "/values/nothing" || failed[1].Row != 10 || failed[1].Column != "/externalId" {
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

func (w *world) newOrganisation(t testing.TB, name string) (id store.ID) {
	t.Helper()
	must(t, w.db.Update(t.Context(), func(tx store.Tx) (err error) {
		if id, err = tx.NewID(); err != nil {
			return err
		}
		return tx.PutOrganisation(store.Organisation{ID: id, Name: name})
	}))
	return id
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

// TestPauseAndCancel stops a job after its first step.
func TestPauseAndCancel(t *testing.T) {
	w := newWorld(t)
	passes := w.several(t, 120)
	j := w.start(t, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: stamps(3)})
	_, err := w.RetryJob(t.Context(), w.me, j.ID, issuer.Idempotency{})
	refusal(t, err, issuer.Conflict, "job_state")
	steps := 0
	var once sync.Once
	stop := func(with func(context.Context, issuer.Actor, store.ID) (store.Job, error)) func() {
		once = sync.Once{}
		return w.Watch(func(store.Pass) {
			once.Do(func() {
				steps++
				_, err := with(t.Context(), w.me, j.ID)
				must(t, err)
			})
		})
	}
	unwatch := stop(w.PauseJob)
	paused := w.work(t, j, store.JobPaused)
	unwatch()
	if paused.Done == 0 || paused.Done == 120 {
		t.Fatalf("%d items were done before the pause", paused.Done)
	}
	_, err = w.ResumeJob(t.Context(), w.me, j.ID)
	must(t, err)
	unwatch = stop(w.CancelJob)
	cancelled := w.work(t, j, store.JobCancelled)
	unwatch()
	edited := int64(0)
	for _, p := range passes {
		edited += int64(w.now(t, p.ID).Edited)
	}
	if edited != cancelled.Done || edited <= paused.Done || steps != 2 {
		t.Errorf("%d passes were edited, %d are done, %d before the pause", edited, cancelled.Done, paused.Done)
	}
	_, err = w.ResumeJob(t.Context(), w.me, j.ID)
	e := refusal(t, err, issuer.Conflict, "job_state")
	if e.Msg != "the job is cancelled; it can become waiting only while it is paused" {
		t.Error(e.Msg)
	}
	_, err = w.RetryJob(t.Context(), w.me, j.ID, issuer.Idempotency{})
	refusal(t, err, issuer.Conflict, "nothing_failed")
}

// TestTwoProcessesShareAJob has two Issuers on one database work on the same jobs,
// while somebody else changes the passes too.
func TestTwoProcessesShareAJob(t *testing.T) {
	w := newWorld(t)
	passes := w.several(t, 600)
	j := w.start(t, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: stamps(3)})
	other := issuer.New(w.config)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { other.Work(ctx) })
	patches := 0
	all.Go(func() {
		for ctx.Err() == nil {
			_, err := w.Update(ctx, w.me, passes[300].ID, issuer.Change{Values: values("terms", patches)})
			if err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			if err == nil {
				patches++
			}
		}
	})
	j = w.work(t, j, store.JobDone)
	cancel()
	all.Wait()
	wantCounts(t, j, 600, 0, 0)
	for n, p := range passes {
		want := 1
		if n == 300 {
			want += patches
		}
		if now := w.now(t, p.ID); now.Edited < want || now.Edited > want+1 && n == 300 || n != 300 && now.Edited != 1 || string(now.Values["stamps"]) != "3" {
			t.Errorf("pass %d was edited %d times, want %d, and has %s stamps", n, now.Edited, want, now.Values["stamps"])
		}
	}
}

func TestJobWaitsForItsTime(t *testing.T) {
	w := newWorld(t)
	w.several(t, 2)
	late := w.start(t, issuer.NewJob{Kind: issuer.KindVoid, Campaign: w.campaign.ID, NotBefore: start.Add(time.Hour)})
	wantCounts(t, w.run(t, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: stamps(1)}), 2, 0, 0)
	now, err := w.Job(t.Context(), w.me, late.ID)
	must(t, err)
	if now.State != store.JobWaiting || now.Seen() != 0 {
		t.Errorf("the job is %s before its time", now.State)
	}
	w.clock.add(time.Hour)
	wantCounts(t, w.work(t, late, store.JobDone), 2, 0, 0)
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

func TestEndOfACampaign(t *testing.T) {
	w := newWorld(t)
	passes := w.several(t, 5)
	_, err := w.Void(t.Context(), w.me, passes[0].ID, true)
	must(t, err)
	must(t, w.db.Update(t.Context(), func(tx store.Tx) error {
		c, err := tx.Campaign(w.me.Org, w.campaign.ID)
		c.Rules.Ends = start.Add(time.Hour)
		return errors.Join(err, tx.PutCampaign(c))
	}))
	must(t, w.EndCampaigns(t.Context()))
	w.wantJobs(t, 0)
	w.clock.add(time.Hour)
	must(t, w.EndCampaigns(t.Context()))
	w.wantJobs(t, 0) // it issues for as long as this millisecond lasts
	w.issue(t)
	w.clock.add(time.Millisecond)
	must(t, w.EndCampaigns(t.Context()))
	must(t, w.EndCampaigns(t.Context()))
	j := w.wantJobs(t, 1)[0]
	wantCounts(t, w.work(t, j, store.JobDone), 5, 0, 1)
	if c, err := w.Campaign(t.Context(), w.me, w.campaign.ID); err != nil || !c.Rules.Ended.Equal(w.clock.Now()) {
		t.Errorf("ended %v, %v", c.Rules.Ended, err)
	}
}

func (w *world) wantJobs(t testing.TB, n int) []store.Job {
	t.Helper()
	all, _, err := w.Jobs(t.Context(), w.me, store.Page{})
	must(t, err)
	if len(all) != n {
		t.Fatalf("%d jobs, want %d", len(all), n)
	}
	return all
}

// TestOldJobsGo runs the housekeeping at the ages at which files and jobs go.
func TestOldJobsGo(t *testing.T) {
	w := newWorld(t)
	orders := []issuer.Order{w.order("nothing", 1), w.order("stamps", 1)}
	j := w.run(t, issuer.NewJob{Kind: issuer.KindIssue, Campaign: w.campaign.ID, Orders: orders})
	sweep := func(age time.Duration) {
		w.clock.set(start.Add(age))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		must(t, w.Run(ctx))
	}
	sweep(6 * 24 * time.Hour)
	if now := w.wantJobs(t, 1)[0]; now.Source.Size == 0 {
		t.Error("the file went before its time")
	}
	sweep(8 * 24 * time.Hour)
	if now := w.wantJobs(t, 1)[0]; now.Source.Size != 0 {
		t.Error("the file did not go")
	}
	_, err := w.RetryJob(t.Context(), w.me, j.ID, issuer.Idempotency{})
	refusal(t, err, issuer.Conflict, "file_gone")
	w.wantErrors(t, j, "field_unknown")
	sweep(91 * 24 * time.Hour)
	w.wantJobs(t, 0)
	w.view(t, func(r store.Reader) error {
		failed, _, err := r.JobErrors(j.ID, store.Page{})
		history, _, bad := r.Events(j.ID, store.Page{})
		if len(failed)+len(history) > 0 {
			t.Errorf("%v and %v are left of a job", failed, history)
		}
		return errors.Join(err, bad)
	})
}

func TestOrdersThatAreTooLarge(t *testing.T) {
	w := newWorld(t)
	o := w.order("terms", strings.Repeat("x", 5000))
	_, err := w.StartJob(t.Context(), w.me, issuer.NewJob{Kind: issuer.KindIssue, Campaign: w.campaign.ID, Orders: slices.Repeat([]issuer.Order{o}, 900)})
	refusal(t, err, issuer.TooLarge, "orders_large")
}
