package issuer_test

import (
	"context"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// work runs the jobs of an Issuer until one of them is in the state.
func (w *world) work(t testing.TB, j store.Job, state store.JobState) store.Job {
	t.Helper()
	return workWith(t, w.Issuer, w.me, j, state)
}

func workWith(t testing.TB, i *issuer.Issuer, me issuer.Actor, j store.Job, state store.JobState) store.Job {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		i.Work(ctx)
	}()
	defer func() { cancel(); <-done }()
	for {
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

func (w *world) start(t testing.TB, n issuer.NewJob) store.Job {
	t.Helper()
	j, err := w.StartJob(t.Context(), w.me, n)
	must(t, err)
	return j
}

func counts(j store.Job) [3]int64 { return [3]int64{j.Done, j.Failed, j.Skipped} }

func TestUpdateJob(t *testing.T) {
	w := newWorld(t)
	var passes []store.Pass
	for n := range 120 {
		passes = append(passes, w.issue(t, "stamps", n%3))
	}
	ch := issuer.Change{Values: values("stamps", 2)}
	j := w.start(t, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: &ch})
	late := w.issue(t, "stamps", 0)
	j = w.work(t, j, store.JobDone)
	if got, want := counts(j), [3]int64{80, 0, 40}; got != want || j.Total != 120 {
		t.Errorf("done, failed, skipped %v of %d, want %v of 120", got, j.Total, want)
	}
	for n, p := range append(passes, late) {
		now, err := w.Pass(t.Context(), w.me, p.ID)
		must(t, err)
		want := 1
		if n%3 == 2 || p.ID == late.ID {
			want = 0
		}
		if now.Edited != want || want == 1 && string(now.Values["stamps"]) != "2" {
			t.Errorf("pass %d was edited %d times and has %s", n, now.Edited, now.Values["stamps"])
		}
	}
}
