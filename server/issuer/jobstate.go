package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pocketpass/store"
)

// jobMoves lists the states that a job may be in to get into another by hand. Being
// there already changes nothing.
var jobMoves = map[store.JobState][]store.JobState{
	store.JobPaused:    {store.JobWaiting, store.JobRunning},
	store.JobWaiting:   {store.JobPaused},
	store.JobCancelled: {store.JobReceiving, store.JobWaiting, store.JobRunning, store.JobPaused},
}

// CancelJob ends a job. What it has done stays done.
func (i *Issuer) CancelJob(ctx context.Context, a Actor, id store.ID) (store.Job, error) {
	return i.moveJob(ctx, a, id, store.JobCancelled)
}

// PauseJob has a job wait until it is resumed.
func (i *Issuer) PauseJob(ctx context.Context, a Actor, id store.ID) (store.Job, error) {
	return i.moveJob(ctx, a, id, store.JobPaused)
}

// ResumeJob has a paused job go on where it was.
func (i *Issuer) ResumeJob(ctx context.Context, a Actor, id store.ID) (store.Job, error) {
	return i.moveJob(ctx, a, id, store.JobWaiting)
}

func (i *Issuer) moveJob(ctx context.Context, a Actor, id store.ID, to store.JobState) (j store.Job, err error) {
	err = i.update(ctx, func(tx store.Tx) error {
		if j, err = tx.Job(a.Org, id); err != nil || j.State == to || to == store.JobWaiting && j.State == store.JobRunning {
			return err
		}
		if from := jobMoves[to]; !slices.Contains(from, j.State) {
			return conflict("job_state", "the job is %s; it can become %s only while it is %s", j.State, to, alternatives(from))
		}
		j.State, j.Reason, j.Updated = to, "", tx.Now
		if to == store.JobCancelled {
			return endJob(tx, j, to, "")
		}
		return tx.PutJob(j)
	})
	if err != nil {
		return store.Job{}, fmt.Errorf("make job %s: %w", to, err)
	}
	i.rouse()
	return i.Job(ctx, a, id)
}

// alternatives lists states in words.
func alternatives(states []store.JobState) (text string) {
	for n, s := range states {
		switch {
		case n > 0 && n == len(states)-1:
			text += " or "
		case n > 0:
			text += ", "
		}
		text += string(s)
	}
	return text
}

// RetryJob starts a job that does again what failed of one that has ended. A job is
// tried again once; what fails then is tried again through that one.
func (i *Issuer) RetryJob(ctx context.Context, a Actor, id store.ID, m Idempotency) (child store.Job, err error) {
	err = i.update(ctx, func(tx store.Tx) error {
		made, _, err := i.once(tx, a, m, func() (store.ID, error) { return retry(tx, a, id) })
		if err == nil {
			child, err = tx.Job(a.Org, made)
		}
		return err
	})
	if err != nil {
		return store.Job{}, fmt.Errorf("retry job: %w", err)
	}
	i.rouse()
	return child, nil
}

func retry(tx store.Tx, a Actor, id store.ID) (store.ID, error) {
	j, err := tx.Job(a.Org, id)
	switch {
	case err != nil:
		return 0, err
	case !j.Ended():
		return 0, conflict("job_state", "the job is %s; wait until it has ended, or cancel it", j.State)
	case j.Failed == 0:
		return 0, conflict("nothing_failed", "nothing of the job failed, so there is nothing to try again")
	case j.Retry != 0:
		return 0, conflict("job_retried", "what failed was tried again by the job %s; retry that one", j.Retry)
	case j.State == store.JobFailed && j.Kind == KindImport:
		return 0, conflict("nothing_written", "the import wrote nothing, so there is no rest of it; upload the file again")
	case j.Source.File == j.ID && j.Source.From == store.Rows && j.Source.Size == 0:
		return 0, conflict("file_gone", "the file of the job is kept for %d days and gone; upload it again", int(keepFiles.Hours()/24))
	}
	child, err := tx.NewID()
	if err != nil {
		return 0, err
	}
	j.Retry = child
	return child, errors.Join(tx.PutJob(j), tx.PutJob(store.Job{
		ID: child, Org: j.Org, Kind: j.Kind, Campaign: j.Campaign, Template: j.Template, Spec: j.Spec, Key: a.Key, By: a.By,
		Source: store.Source{From: store.Failures, File: j.Source.File}, Total: min(j.Failed, store.MaxJobErrors),
		State: store.JobWaiting, Parent: j.ID, Created: tx.Now, Updated: tx.Now,
	}))
}
