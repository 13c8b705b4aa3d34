package issuer_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

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
