package issuer

import (
	"context"
	"encoding/json"
	"fmt"

	"pocketpass/store"
)

// Reviser says what a job of an old service changes of a pass: its clients change passes of
// several templates at once, in words that mean something else on each. It reads only.
// An *Error is why the pass stays as it is.
type Reviser func(r store.Reader, p store.Pass, spec json.RawMessage) (Change, error)

// AddReviser lets a service have jobs of its own. Call it before Run.
func (i *Issuer) AddReviser(service string, f Reviser) { i.revisers[service] = f }

// revising is what a job of a service needs to know.
type revising struct {
	Service string          `json:"service"`
	Spec    json.RawMessage `json:"spec"`
}

// Revise accepts a job that changes passes as a service says. It is about those that match
// now, of which f names a tag or a template; of more than 50,000 about those that match
// still when their turn comes.
func (i *Issuer) Revise(ctx context.Context, a Actor, service string, spec json.RawMessage, f store.PassFilter) (j store.Job, err error) {
	f.Org = a.Org
	d := jobDraft{job: store.Job{Kind: KindRevise, Template: f.Template, State: store.JobWaiting}}
	if d.job.Spec, err = json.Marshal(revising{service, spec}); err != nil {
		return j, err
	}
	if err = i.db.View(ctx, func(r store.Reader) error { return d.choose(r, f) }); err != nil {
		return j, fmt.Errorf("revise passes: %w", err)
	}
	err = i.update(ctx, func(tx store.Tx) error {
		id, err := d.add(tx, a)
		if err == nil {
			j, err = tx.Job(a.Org, id)
		}
		return err
	})
	if err != nil {
		return j, fmt.Errorf("revise passes: %w", err)
	}
	i.rouse()
	return j, nil
}

// choose lists the passes that match, unless they are too many. It may read many entries of
// an index, which other writers should not wait for.
func (d *jobDraft) choose(r store.Reader, f store.PassFilter) error {
	ids, err := r.PassIDsAt(f, 0, maxJobIDs+1, false)
	if err != nil {
		return err
	}
	if len(ids) > maxJobIDs {
		d.job.Source, d.file = store.Source{From: store.Filtered, Tag: f.Tag}, nil
		d.job.Total, err = r.CountPasses(f)
		return err
	}
	d.job.Source, d.job.Total, d.file = store.Source{From: store.Listed}, int64(len(ids)), encodeIDs(ids)
	return nil
}

func openRevise(i *Issuer, j store.Job) (work, error) {
	s, err := readSpec[revising](j)
	if err != nil {
		return nil, err
	}
	revise, known := i.revisers[s.Service]
	if !known {
		return nil, conflict("service_unknown", "this program does not serve %q; start one that does", s.Service)
	}
	return editing(j, func(r store.Reader, p *store.Pass) (edit, error) {
		ch, err := revise(r, *p, s.Spec)
		if err == nil {
			err = ch.check()
		}
		if err != nil {
			return edit{}, err
		}
		return i.judgeChange(r, p, ch)
	}), nil
}

// JobItem is a pass of a job that goes through a list.
type JobItem struct {
	Pass  store.ID
	Done  bool
	Error *store.JobError // why it failed, nil if it did not
}

// JobItems lists at most limit passes of a job that goes through a list, and what has
// become of each; none once the list was dropped.
func JobItems(r store.Reader, j store.Job, limit int) ([]JobItem, error) {
	if j.Source.From != store.Listed {
		return nil, nil
	}
	b, err := overPasses{job: j}.listed(reading{r, r.JobFile(j.Source.File)}, nil, limit)
	if err != nil {
		return nil, err
	}
	failed, _, err := r.JobErrors(j.ID, store.Page{Limit: limit})
	if err != nil {
		return nil, err
	}
	out := make([]JobItem, len(b.items))
	for n, it := range b.items {
		out[n] = JobItem{Pass: it.Pass, Done: j.Ended() || int64(n) < j.Seen()}
	}
	for n := range failed {
		if row := failed[n].Row; row > 0 && row <= uint64(len(out)) {
			out[row-1].Error = &failed[n]
		}
	}
	return out, nil
}
