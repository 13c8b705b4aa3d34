package issuer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"pocketpass/store"
)

// uploadCommit is how many bytes of an upload share a commit: other writers wait for
// no more at a time.
const uploadCommit = 16 * store.ChunkSize

// openUpload makes a job that waits for its file.
func (i *Issuer) openUpload(ctx context.Context, a Actor, draft store.Job, m Idempotency) (j store.Job, replayed bool, err error) {
	err = i.update(ctx, func(tx store.Tx) error {
		var id store.ID
		id, replayed, err = i.once(tx, a, m, func() (store.ID, error) { return addUpload(tx, a, draft) })
		if err == nil {
			j, err = tx.Job(a.Org, id)
		}
		return err
	})
	return j, replayed, err
}

func addUpload(tx store.Tx, a Actor, j store.Job) (id store.ID, err error) {
	if _, err := tx.Campaign(a.Org, j.Campaign); err != nil { // it is part of the address
		return 0, err
	}
	if err := ownsJobParts(tx.Reader, a.Org, j); err != nil {
		return 0, err
	}
	if id, err = tx.NewID(); err != nil {
		return 0, err
	}
	j.ID, j.Org, j.Key, j.By, j.State, j.Created, j.Updated = id, a.Org, a.Key, a.By, store.JobReceiving, tx.Now, tx.Now
	j.Source = store.Source{From: store.Rows, File: id}
	return id, tx.PutJob(j)
}

// upload writes the file of a job that waits for it, a piece at a time, so that a
// file of any length needs the memory of one piece. Flush it at the end. It belongs
// to one goroutine.
type upload struct {
	ctx    context.Context // of the request that the file comes with
	issuer *Issuer
	job    store.ID
	held   []byte
	chunks uint64 // that were written
	size   int64
}

func (u *upload) Write(p []byte) (n int, err error) {
	for n = 0; n < len(p) && err == nil; {
		k := min(len(p)-n, uploadCommit-len(u.held))
		u.held = append(u.held, p[n:n+k]...)
		if n += k; len(u.held) == uploadCommit {
			err = u.Flush()
		}
	}
	return n, err
}

// Flush writes what is held. Only the last call may be made with a piece that is
// no multiple of store.ChunkSize.
func (u *upload) Flush() error {
	size := u.size + int64(len(u.held))
	err := u.issuer.db.Update(u.ctx, func(tx store.Tx) error {
		j, err := tx.AnyJob(u.job)
		if err != nil {
			return err
		}
		if j.State != store.JobReceiving {
			return conflict("job_state", "the job is %s and takes no file any more; upload it anew", j.State)
		}
		j.Source.Size, j.Updated = size, tx.Now
		for n, at := u.chunks, 0; at < len(u.held); n, at = n+1, at+store.ChunkSize {
			piece := u.held[at:min(len(u.held), at+store.ChunkSize)]
			err = errors.Join(err, tx.PutJobChunk(u.job, n, piece))
		}
		return errors.Join(err, tx.PutJob(j))
	})
	if err != nil {
		return fmt.Errorf("keep an upload: %w", err)
	}
	u.chunks += uint64(len(u.held)+store.ChunkSize-1) / store.ChunkSize
	u.held, u.size = u.held[:0], size
	return nil
}

// receive keeps all of src as the file of a job.
func (i *Issuer) receive(ctx context.Context, job store.ID, src io.Reader) error {
	u := &upload{ctx: ctx, issuer: i, job: job}
	_, err := io.Copy(u, src)
	if err == nil {
		err = u.Flush()
	}
	return err
}

// discard forgets a job whose file did not arrive whole or is of no use.
func (i *Issuer) discard(ctx context.Context, job store.ID) error {
	ctx = context.WithoutCancel(ctx) // the client may be gone
	for left := true; left; {
		err := i.db.Update(ctx, func(tx store.Tx) (err error) {
			left, err = tx.DropJob(job, dropAtOnce)
			return err
		})
		if err != nil {
			return fmt.Errorf("discard an upload: %w", err)
		}
	}
	return nil
}
