package issuer

import (
	"context"
	"time"

	"pocketpass/store"
)

const (
	// keepFiles is how long the file of a job that ended can be read again.
	keepFiles = 7 * 24 * time.Hour

	// keepJobs is how long it is known what a job did.
	keepJobs = 90 * 24 * time.Hour

	// dropAtOnce bounds the records that a commit removes: a piece of a file is large.
	dropAtOnce = 64
)

// sweepJobs removes files and jobs that are old.
func (i *Issuer) sweepJobs(ctx context.Context) error {
	if err := i.sweepEach(ctx, keepFiles, store.Reader.JobsWithFiles, dropFile); err != nil {
		return err
	}
	return i.sweepEach(ctx, keepJobs, store.Reader.JobsEndedBefore, func(tx store.Tx, id store.ID) error {
		_, err := tx.DropJob(id, dropAtOnce)
		return err
	})
}

// sweepEach drops what find lists until it lists nothing more, a commit each.
func (i *Issuer) sweepEach(ctx context.Context, age time.Duration, find func(store.Reader, time.Time, int) ([]store.ID, error), drop func(store.Tx, store.ID) error) error {
	for ctx.Err() == nil {
		none := false
		err := i.db.Update(ctx, func(tx store.Tx) error {
			old, err := find(tx.Reader, tx.Now.Add(-age), 1)
			if none = len(old) == 0; err != nil || none {
				return err
			}
			return drop(tx, old[0])
		})
		if err != nil || none {
			return err
		}
	}
	return ctx.Err()
}

func dropFile(tx store.Tx, id store.ID) error {
	left, err := tx.DropJobFile(id, dropAtOnce)
	if err != nil || left {
		return err
	}
	j, err := tx.AnyJob(id)
	if err != nil {
		return err
	}
	j.Source.Size = 0
	return tx.PutJob(j)
}
