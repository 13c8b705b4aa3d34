package issuer_test

import (
	"context"
	"slices"
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

func (w *world) wantJobs(t testing.TB, n int) []store.Job {
	t.Helper()
	all, _, err := w.Jobs(t.Context(), w.me, store.Page{})
	must(t, err)
	if len(all) != n {
		t.Fatalf("%d jobs, want %d", len(all), n)
	}
	return all
}
