package issuer

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"pocketpass/store"
	"pocketpass/store/kv"
)

const (
	firstBatch   = 50
	largestBatch = 4000 // only those who are alone come near

	// holdFor is how long a step keeps other writers waiting. What it has not come to
	// by then is the next step's.
	holdFor = time.Millisecond

	// holdAlone is the same while nobody else has wanted to write for aWhile: large
	// commits are cheaper, for neighbours in an index share their pages.
	holdAlone = 200 * time.Millisecond
	aWhile    = 3 * time.Second

	// Requests come first: after judgeFor a goroutine that judges leaves its processor
	// for breath. To yield would not do, for a goroutine that can run is preferred to
	// what the network brings.
	judgeFor = 100 * time.Microsecond
	breath   = 50 * time.Microsecond

	// judgeAlone is judgeFor while there are hardly any requests: a step's own views
	// of the database are fewer than ownViews, and others come no oftener than one in
	// viewsApart.
	judgeAlone = 5 * time.Millisecond
	ownViews   = 20
	viewsApart = 10 * time.Millisecond

	// maxOutside is how often an item is judged outside a transaction before it is
	// judged in one.
	maxOutside = 3
)

// run is a job that is being worked on. While a batch is written, the one after it is
// collected and judged.
type run struct {
	issuer *Issuer
	id     store.ID
	idle   bool // not due at present

	job   store.Job // as it was when work was opened
	work  work      // nil until then
	at    []byte    // cursor of the job
	ready []judged  // that come next
	end   []byte    // cursor after them
	last  bool      // nothing comes after them
	ahead chan found
	limit int // items to have ready
	tries int // how often the first one was outdated
	begun time.Time

	views   int64     // of the database until looked
	looked  time.Time // when the collecting of items last began
	crowded time.Time // when somebody else was last seen waiting to write
}

// judged is an item that can be written.
type judged struct {
	item
	apply apply
	err   error // why it cannot
}

// found is what was collected ahead.
type found struct {
	batch
	all []judged
	err error
}

// step deals with the next items of a job: what is slow in a View, then one commit
// of the items, their errors, and the cursor behind them.
func (r *run) step(ctx context.Context) error {
	r.begun = time.Now()
	err := r.prepare(ctx)
	if e, ok := errors.AsType[*Error](err); ok {
		return r.giveUp(ctx, e)
	}
	if err == nil && r.work != nil {
		err = r.write(ctx)
	}
	if err != nil {
		r.forget()
	}
	return err
}

// prepare has items ready, unless there is nothing more to do on the job.
func (r *run) prepare(ctx context.Context) error {
	if r.work == nil {
		if err := r.open(ctx); err != nil || r.work == nil {
			return err
		}
	}
	if r.tries > 0 {
		again, err := r.issuer.judgeAll(ctx, r.work, []item{r.ready[0].item}, judgeFor)
		if err != nil {
			return err
		}
		r.ready[0] = again[0]
	}
	for len(r.ready) < r.limit && !r.last {
		r.look(ctx)
		f := <-r.ahead
		if r.ahead = nil; f.err != nil {
			return f.err
		}
		r.ready, r.last = append(r.ready, f.all...), f.last
		if f.cursor != nil {
			r.end = f.cursor
		}
	}
	r.look(ctx)
	return nil
}

func (r *run) open(ctx context.Context) error {
	return r.issuer.db.View(ctx, func(s store.Reader) error {
		j, err := s.AnyJob(r.id)
		if err != nil || !due(j, s.Now) {
			return err
		}
		r.job, r.at, r.end, r.last = j, j.Cursor, j.Cursor, false
		r.work, err = r.issuer.workOf(j)
		r.limit = min(r.limit, r.most())
		return err
	})
}

// due says whether a job is to be worked on now.
func due(j store.Job, now time.Time) bool { return j.Runnable() && !j.NotBefore.After(now) }

// most is how many items may be ready at a time.
func (r *run) most() int {
	if m, ok := r.work.(modest); ok {
		return m.most()
	}
	return largestBatch
}

// look begins to collect what comes after the items that are ready.
func (r *run) look(ctx context.Context) {
	if r.ahead != nil || r.last {
		return
	}
	ahead, w, job, cursor, limit, patience := make(chan found, 1), r.work, r.job, r.end, r.limit, r.patience()
	r.ahead = ahead
	go func() {
		var f found
		f.err = r.issuer.db.View(ctx, func(s store.Reader) (err error) {
			f.batch, err = w.next(reading{s, s.JobFile(job.Source.File)}, cursor, limit)
			return err
		})
		if f.err == nil {
			f.all, f.err = r.issuer.judgeAll(ctx, w, f.items, patience)
		}
		ahead <- f
	}()
}

// patience is how long requests may wait for what is judged: not at all, if there are
// any.
func (r *run) patience() time.Duration {
	views, now := r.issuer.db.Views(), time.Now()
	few := ownViews + int64(now.Sub(r.looked)/viewsApart)
	many := views-r.views > few
	r.views, r.looked = views, now
	if many || r.hold(r.begun) == holdFor {
		return judgeFor
	}
	return judgeAlone
}

// forget drops everything that was prepared.
func (r *run) forget() {
	if r.ahead != nil {
		<-r.ahead
	}
	*r = run{issuer: r.issuer, id: r.id, limit: r.limit, views: r.views, looked: r.looked, crowded: r.crowded}
}

// judgeAll judges items on all processors but one, which the transactions need. After
// the time given a goroutine leaves its processor to others.
func (i *Issuer) judgeAll(ctx context.Context, w work, items []item, patience time.Duration) ([]judged, error) {
	out := make([]judged, len(items))
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(max(1, runtime.GOMAXPROCS(0)-1), len(items)) {
		g.Go(func() error {
			return i.db.View(ctx, func(r store.Reader) error {
				begun := time.Now()
				for n := next.Add(1) - 1; n < int64(len(items)); n = next.Add(1) - 1 {
					out[n] = judged{item: items[n]}
					if out[n].apply, out[n].err = w.judge(r, items[n]); stops(out[n].err) {
						return out[n].err
					}
					if time.Since(begun) > patience {
						time.Sleep(breath)
						begun = time.Now()
					}
				}
				return nil
			})
		})
	}
	return out, g.Wait()
}

// stops says whether an error is about the machine and not about one item.
func stops(err error) bool {
	return errors.Is(err, kv.ErrFailed) || errors.Is(err, kv.ErrFull) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
