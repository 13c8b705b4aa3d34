package issuer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"pocketpass/store"
	"pocketpass/store/kv"
)

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
	err := r.issuer.update(kv.Apart(ctx), func(tx store.Tx) (err error) {
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
		r.limit = min(max(fits, 1), 4*r.limit, r.most())
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
	case errors.Is(refused, errNotMeant), it.err == nil && j.Source.From == store.Filtered && gone(tx, j.Org, it.Pass, refused):
	case refused != nil:
		return r.fail(tx, j, *it, refused)
	case changed:
		j.Done++
	default:
		j.Skipped++
	}
	return nil
}

// gone says whether what is missing is the pass itself: it was deleted meanwhile.
func gone(tx store.Tx, org, pass store.ID, missing error) bool {
	if !errors.Is(missing, store.ErrNotFound) {
		return false
	}
	_, err := tx.Pass(org, pass)
	return errors.Is(err, store.ErrNotFound)
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
