package store_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"pocketpass/store"
)

func TestFileOfAJob(t *testing.T) {
	f := newFixture(t)
	whole := make([]byte, 2*store.ChunkSize+100)
	for n := range whole {
		whole[n] = byte(n * 7 >> 3)
	}
	f.update(t, func(tx store.Tx) (err error) {
		for n := 0; n*store.ChunkSize < len(whole); n++ {
			err = errors.Join(err, tx.PutJobChunk(5, uint64(n), whole[n*store.ChunkSize:min(len(whole), (n+1)*store.ChunkSize)]))
		}
		return err
	})
	f.view(t, func(r store.Reader) error {
		got, err := io.ReadAll(io.NewSectionReader(r.JobFile(5), 0, 1<<40))
		if err != nil || !bytes.Equal(got, whole) {
			t.Errorf("read %d bytes, want the %d that were written; %v", len(got), len(whole), err)
		}
		for _, at := range []int{0, store.ChunkSize - 1, store.ChunkSize, 2*store.ChunkSize + 95} {
			piece := make([]byte, 10)
			n, err := r.JobFile(5).ReadAt(piece, int64(at))
			if want := whole[at:min(len(whole), at+10)]; !bytes.Equal(piece[:n], want) || (n < 10) != errors.Is(err, io.EOF) {
				t.Errorf("at %d: %d bytes, %v", at, n, err)
			}
		}
		if n, err := r.JobFile(6).ReadAt(make([]byte, 1), 0); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("a file that is not there: %d bytes, %v", n, err)
		}
		return nil
	})
}

func TestDueJobs(t *testing.T) {
	f := newFixture(t)
	soon, later := start.Add(-time.Minute), start.Add(time.Hour)
	f.update(t, func(tx store.Tx) error {
		return errors.Join(
			tx.PutJob(store.Job{ID: 1, Org: f.org, State: store.JobWaiting, NotBefore: later}),
			tx.PutJob(store.Job{ID: 2, Org: f.org, State: store.JobRunning, NotBefore: soon}),
			tx.PutJob(store.Job{ID: 3, Org: f.org, State: store.JobWaiting}),
			tx.PutJob(store.Job{ID: 4, Org: f.org, State: store.JobPaused}),
			tx.PutJob(store.Job{ID: 5, Org: f.org, State: store.JobDone, Updated: soon}),
			tx.PutJob(store.Job{ID: 6, Org: f.org, State: store.JobReceiving, Updated: later}),
		)
	})
	f.view(t, func(r store.Reader) error {
		due, next, err := r.DueJobs(10)
		if err != nil || !slices.Equal(due, []store.ID{3, 2}) || !next.Equal(later) {
			t.Errorf("due %v, then at %v; %v", due, next, err)
		}
		if due, next, err = r.DueJobs(1); err != nil || len(due) != 1 || !next.Equal(start) {
			t.Errorf("due %v, then at %v; %v", due, next, err)
		}
		old, err := r.JobsEndedBefore(start, 10)
		if err != nil || !slices.Equal(old, []store.ID{5}) {
			t.Errorf("ended %v, %v", old, err)
		}
		return nil
	})
	f.wantClean(t)
}
