package issuer

import (
	"context"
	"time"

	"pocketpass/store"
)

// forgetAtOnce bounds the notes that a commit removes; they are small.
const forgetAtOnce = 1000

// forgetRehearsal removes what the last dry run noted of the rows, if s can start the
// import, and nothing of an import that has written.
func (i *Issuer) forgetRehearsal(ctx context.Context, a Actor, id store.ID, s ImportStart) error {
	for left := true; left; {
		err := i.update(ctx, func(tx store.Tx) error {
			left = false
			j, err := importJob(tx.Reader, a, id)
			if err != nil || !rehearsed(j) {
				return err
			}
			if _, err := i.importSpec(tx.Reader, j, s); err != nil {
				return err
			}
			left, err = tx.DropJobNotes(id, forgetAtOnce)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rehearsed says whether an import has gone through its table without writing anything.
// What failed is none of its own any more once another job tries it again.
func rehearsed(j store.Job) bool {
	spec, err := readSpec[importSpec](j)
	return err == nil && spec.DryRun && j.Ended() && j.Retry == 0 && j.Parent == 0
}

// anew is a job as before its dry run, which may have counted the rows.
func anew(j store.Job) store.Job {
	j.State, j.Reason, j.Cursor = store.JobReceiving, "", nil
	j.Done, j.Failed, j.Skipped, j.Worked = 0, 0, 0, 0
	j.Started, j.Finished = time.Time{}, time.Time{}
	return j
}
