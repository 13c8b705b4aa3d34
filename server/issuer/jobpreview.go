package issuer

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

// JobPreview is what a job would do if it was started now.
type JobPreview struct {
	Total   int64            // items, 0 if they were not counted
	Checked int64            // of those, from the first one on
	Change  int64            // of the checked ones would be changed or made
	Skip    int64            // would stay as they are
	Fail    int64            // could not be
	Errors  []store.JobError // the first of these
	Samples []Forecast       // of the first that would be changed
}

const (
	maxChecked = 500 // items of a preview
	maxShown   = 20  // errors of a preview
)

// PreviewJob judges the first items of a job and changes nothing.
func (i *Issuer) PreviewJob(ctx context.Context, a Actor, n NewJob) (JobPreview, error) {
	d, err := i.draftJob(n)
	if err == nil {
		d.job.ID, d.job.Org, d.job.Key, d.job.By = store.MaxID, a.Org, a.Key, a.By
		var w work
		var all []judged
		if w, all, err = i.judgeFirst(ctx, &d); err == nil {
			p := preview(d.job, all)
			p.Samples, err = i.samplesOf(ctx, w, all)
			return p, err
		}
	}
	return JobPreview{}, fmt.Errorf("preview job: %w", err)
}

func (i *Issuer) judgeFirst(ctx context.Context, d *jobDraft) (work, []judged, error) {
	w, err := i.workOf(d.job)
	if err != nil {
		return nil, nil, err
	}
	var b batch
	err = i.db.View(ctx, func(r store.Reader) error {
		err := errors.Join(ownsJobParts(r, d.job.Org, d.job), d.estimate(r, d.job.Org))
		if err == nil {
			b, err = w.next(reading{r, bytes.NewReader(d.file)}, nil, maxChecked)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	all, err := i.judgeAll(ctx, w, b.items, judgeFor)
	return w, all, err
}

// samplesOf foretells the lock screens of the first passes that would be changed, of
// work that edits passes.
func (i *Issuer) samplesOf(ctx context.Context, w work, all []judged) (out []Forecast, err error) {
	e, can := w.(edits)
	if !can {
		return nil, nil
	}
	err = i.db.View(ctx, func(r store.Reader) error {
		out = nil
		for _, it := range all {
			if it.apply == nil || it.err != nil {
				continue
			}
			f, err := i.foretell(r, e, it.item)
			if err != nil && !errors.Is(err, errNotMeant) {
				return err
			}
			if out = append(out, f); len(out) == maxSamples {
				return nil
			}
		}
		return nil
	})
	return out, err
}

func preview(j store.Job, all []judged) JobPreview {
	p := JobPreview{Total: j.Total}
	for _, it := range all {
		if errors.Is(it.err, errNotMeant) {
			continue
		}
		p.Checked++
		switch {
		case it.err != nil:
			if p.Fail++; len(p.Errors) < maxShown {
				p.Errors = append(p.Errors, it.failure(uint64(p.Checked), it.err))
			}
		case it.apply == nil:
			p.Skip++
		default:
			p.Change++
		}
	}
	return p
}
