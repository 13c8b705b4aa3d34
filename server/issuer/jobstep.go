package issuer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
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
	holdFor = 4 * time.Millisecond

	// holdAlone is the same while nobody else has wanted to write for aWhile: large
	// commits are cheaper, for neighbours in an index share their pages.
	holdAlone = 200 * time.Millisecond
	aWhile    = 3 * time.Second

	// Requests come first: after judgeFor a goroutine that judges leaves its processor
	// for breath. To yield would not do, for a goroutine that can run is preferred to
	// what the network brings.
	judgeFor = 200 * time.Microsecond
	breath   = 50 * time.Microsecond

	// judgeAlone is judgeFor while there are hardly any requests: no more than
	// fewViews in a step, its own among them.
	judgeAlone = 5 * time.Millisecond
	fewViews   = 20

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

	views   int64     // of the database so far
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
	before := r.views
	if r.views = r.issuer.db.Views(); r.views-before > fewViews || r.hold(r.begun) == holdFor {
		return judgeFor
	}
	return judgeAlone
}

// forget drops everything that was prepared.
func (r *run) forget() {
	if r.ahead != nil {
		<-r.ahead
	}
	*r = run{issuer: r.issuer, id: r.id, limit: r.limit, views: r.views, crowded: r.crowded}
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

// outcome is what came of a step.
type outcome struct {
	items    int  // dealt with
	outdated bool // the one after them has to be judged again
	lost     bool // the job is not where it was when the items were collected
	done     bool // the job
	rests    bool // the job does, for a while
	again    bool // it goes through its items once more
	cursor   []byte
	passes   []store.Pass // that were changed, if anybody wants to hear of them
	took     time.Duration
	crowded  time.Time // as of run
}

// write commits what is ready, as far as time allows.
func (r *run) write(ctx context.Context) error {
	var out outcome
	err := r.issuer.update(ctx, func(tx store.Tx) (err error) {
		out, err = r.commit(tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("write a step: %w", err)
	}
	for _, p := range out.passes {
		r.issuer.tell(p)
	}
	r.advance(out)
	return nil
}

// advance leaves what was not written for the next step.
func (r *run) advance(out outcome) {
	if out.lost || out.done || out.rests || out.again {
		r.forget()
		return
	}
	if out.items > 0 {
		r.tries = 0
	}
	if out.outdated {
		r.tries++
	}
	r.at, r.ready, r.crowded = out.cursor, r.ready[out.items:], out.crowded
	if out.items > 0 {
		fits := int(int64(out.items) * int64(r.hold(r.begun)) / max(1, int64(out.took)))
		r.limit = min(max(fits, 1), 2*r.limit, r.most())
	}
}

// hold is how long a step may keep others waiting that begins now.
func (r *run) hold(now time.Time) time.Duration {
	if now.Sub(r.crowded) < aWhile {
		return holdFor
	}
	return holdAlone
}

// enough says whether a step that took so long has to end.
func (r *run) enough(tx store.Tx, took time.Duration) bool {
	return took > holdFor && (tx.Awaited() || took > r.hold(r.begun))
}

// commit is the transaction of a step.
func (r *run) commit(tx store.Tx) (out outcome, err error) {
	begun := time.Now()
	out.crowded = r.crowded
	j, err := tx.AnyJob(r.id)
	if errors.Is(err, store.ErrNotFound) || err == nil && (!due(j, tx.Now) || !bytes.Equal(j.Cursor, r.at)) {
		return outcome{lost: true}, nil
	}
	if err != nil {
		return out, err
	}
	if err := beginJob(tx, &j); err != nil {
		return out, err
	}
	for n := range r.ready {
		if n > 0 && r.enough(tx, time.Since(begun)) {
			break
		}
		if r.ready[n].rest != nil {
			r.ready[n].rest(&j, tx.Now)
			j.Cursor, out.rests = r.ready[n].cursor, true
			break
		}
		if err := r.deal(tx, &j, &r.ready[n], &out); err != nil {
			return out, err
		}
		if out.outdated {
			break
		}
		out.items++
		j.Cursor = r.ready[n].cursor
	}
	if out.items == len(r.ready) {
		j.Cursor, out.done = r.end, r.last
	}
	out.cursor, out.took = j.Cursor, time.Since(begun)
	if tx.Awaited() {
		out.crowded = r.begun
	}
	if f, asks := r.work.(finisher); asks && out.done {
		return out, r.finish(tx, j, f, &out)
	}
	return out, r.save(tx, j, out.done)
}

// finish ends a job as its work says.
func (r *run) finish(tx store.Tx, j store.Job, f finisher, out *outcome) (err error) {
	out.again, err = f.finish(tx, &j)
	if e, ok := errors.AsType[*Error](err); ok {
		return endJob(tx, j, store.JobFailed, e.Msg)
	}
	if err != nil {
		return err
	}
	out.done = !out.again
	return r.save(tx, j, out.done)
}

// deal applies one item and counts what came of it.
func (r *run) deal(tx store.Tx, j *store.Job, it *judged, out *outcome) error {
	inside := out.items == 0 && r.tries >= maxOutside
	if inside { // others were faster every time: this once they have to wait
		again := judged{item: it.item}
		again.apply, again.err = r.work.judge(tx.Reader, it.item)
		it = &again
	}
	changed := false
	refused, err := it.err, error(nil)
	if refused == nil && it.apply != nil {
		refused, err = tx.Try(func(tx store.Tx) error {
			p, did, err := it.apply(tx)
			if changed = did; did && err == nil && p.ID != 0 && r.issuer.watched() {
				out.passes = append(out.passes, p)
			}
			return err
		})
	}
	switch {
	case err != nil:
		return err
	case stops(refused):
		return refused
	case errors.Is(refused, errOutdated) && !inside:
		out.outdated = true
	case errors.Is(refused, errNotMeant):
	case refused != nil:
		return r.fail(tx, j, *it, refused)
	case changed:
		j.Done++
	default:
		j.Skipped++
	}
	return nil
}

// fail notes why an item failed.
func (r *run) fail(tx store.Tx, j *store.Job, it judged, why error) error {
	e := it.failure(uint64(j.Seen()+1), why)
	e.Job = j.ID
	if e.Code == codeInternal {
		r.issuer.cfg.Log.Error("item of a job failed", "job", j.ID, "row", e.Row, "err", why)
	}
	if j.Failed++; j.Failed > store.MaxJobErrors {
		return nil
	}
	return tx.PutJobError(e)
}

// failure says why an item fails that is the nth, for those whose source does not count.
func (it item) failure(nth uint64, why error) store.JobError {
	e, said := it.JobError, Public(why)
	e.Row = cmp.Or(e.Row, nth)
	e.Code, e.Message = said.Code, said.Msg
	if e.Column == "" && len(said.Fields) > 0 {
		e.Column = said.Fields[0].Path
	}
	return e
}

// save writes where the job is now.
func (r *run) save(tx store.Tx, j store.Job, done bool) error {
	j.Updated = tx.Now
	j.Worked += time.Since(r.begun).Milliseconds()
	if done {
		return endJob(tx, j, store.JobDone, "")
	}
	return tx.PutJob(j)
}

func beginJob(tx store.Tx, j *store.Job) error {
	j.State, j.Reason = store.JobRunning, ""
	if !j.Started.IsZero() {
		return nil
	}
	j.Started = tx.Now
	return happenedTo(tx, actorOf(*j), about{org: j.Org, campaign: j.Campaign, id: j.ID}, eventJobStarted, map[string]string{"kind": j.Kind})
}

// endJob writes that a job has come to an end, for the reason given if it failed.
func endJob(tx store.Tx, j store.Job, state store.JobState, reason string) error {
	j.State, j.Reason, j.Finished, j.Updated = state, reason, tx.Now, tx.Now
	if state == store.JobDone {
		j.Total = j.Seen()
	}
	to := about{org: j.Org, campaign: j.Campaign, id: j.ID}
	detail := map[string]string{
		"kind": j.Kind, "state": string(j.State),
		"done": strconv.FormatInt(j.Done, 10), "failed": strconv.FormatInt(j.Failed, 10), "skipped": strconv.FormatInt(j.Skipped, 10)}
	err := errors.Join(tx.PutJob(j), happenedTo(tx, actorOf(j), to, eventJobFinished, detail))
	if j.Kind == KindMessage && state == store.JobDone {
		err = errors.Join(err, happenedTo(tx, actorOf(j), to, eventMessageSent, detail))
	}
	return err
}

// giveUp ends a job that cannot go on.
func (r *run) giveUp(ctx context.Context, why *Error) error {
	return r.issuer.update(ctx, func(tx store.Tx) error {
		j, err := tx.AnyJob(r.id)
		if err != nil || !j.Runnable() {
			return err
		}
		return endJob(tx, j, store.JobFailed, why.Msg)
	})
}
