package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"pocketpass/store"
)

const (
	// jobsAtOnce is how many jobs take turns. Those after them wait for one to end.
	jobsAtOnce = 64

	// jobRest is how long jobs that met a fault of the machine wait before they go on.
	jobRest = 5 * time.Second
)

// Work does what jobs ask for until ctx is done. They take turns, a step each. What
// was done is in the database with the job's cursor, so that after a crash, and
// beside another process on the same database, every item is dealt with once.
func (i *Issuer) Work(ctx context.Context) error {
	w := &worker{issuer: i, runs: make(map[store.ID]*run)}
	defer func() { w.forget(func(*run) bool { return true }) }()
	for ctx.Err() == nil {
		next, err := w.round(ctx)
		d := idleWait
		switch {
		case err != nil && ctx.Err() == nil:
			i.cfg.Log.ErrorContext(ctx, "work on jobs", "err", err)
			d = jobRest
		case !next.IsZero():
			d = min(d, max(0, next.Sub(i.cfg.Now())))
		}
		if d > 0 {
			wait(ctx, i.workable, d)
		}
	}
	return nil
}

// rouse has the jobs looked at.
func (i *Issuer) rouse() {
	select {
	case i.workable <- struct{}{}:
	default:
	}
}

// worker remembers between the steps of jobs what was prepared and not written.
type worker struct {
	issuer *Issuer
	runs   map[store.ID]*run
}

// round makes a step of each job that is due, and says when to come again, zero if
// nothing waits.
func (w *worker) round(ctx context.Context) (next time.Time, err error) {
	var due []store.ID
	err = w.issuer.db.View(ctx, func(r store.Reader) (err error) {
		due, next, err = r.DueJobs(jobsAtOnce)
		return err
	})
	if err != nil {
		return next, err
	}
	for _, r := range w.runs {
		r.idle = true
	}
	var bad []error
	for _, id := range due {
		if w.runs[id] == nil {
			w.runs[id] = &run{issuer: w.issuer, id: id, limit: firstBatch}
		}
		w.runs[id].idle = false
		if err := w.runs[id].step(ctx); err != nil {
			bad = append(bad, fmt.Errorf("job %s: %w", id, err))
		}
	}
	w.forget(func(r *run) bool { return r.idle })
	if len(due) > 0 {
		next = w.issuer.cfg.Now()
	}
	return next, errors.Join(bad...)
}

// forget drops what was prepared for some jobs.
func (w *worker) forget(which func(*run) bool) {
	maps.DeleteFunc(w.runs, func(_ store.ID, r *run) bool {
		drop := which(r)
		if drop {
			r.forget()
		}
		return drop
	})
}
