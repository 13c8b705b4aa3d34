package store

import (
	"fmt"
	"io"
	"time"

	"pocketpass/store/kv"
)

// ChunkSize is how many bytes of a job's file stand in one record.
const ChunkSize = 64 << 10

// chunk is a piece of the file that came with a job; only the last one is shorter
// than ChunkSize.
type chunk struct {
	Job  ID
	N    uint64 // from 0
	Data string
}

func (c *chunk) fields(f *fields) {
	number(f, &c.Job)
	number(f, &c.N)
	text(f, &c.Data)
}

var chunks = table[chunk]{
	name:   "job_chunk",
	fields: (*chunk).fields,
	key:    func(c *chunk) []byte { return join(c.Job, c.N) },
}

// PutJobChunk writes the n-th piece of a job's file, from 0.
func (tx Tx) PutJobChunk(job ID, n uint64, data []byte) error {
	return chunks.put(tx.kv, &chunk{Job: job, N: n, Data: string(data)})
}

// JobFile reads the file that came with a job. It is of no use after the
// transaction, and for one goroutine only.
func (r Reader) JobFile(job ID) io.ReaderAt { return &jobFile{r: r.kv, job: job} }

type jobFile struct {
	r    kv.Reader
	job  ID
	last chunk // that was read
	some bool
}

// ReadAt fails with io.EOF where the file ends, also if it is there no longer.
func (f *jobFile) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("read file of a job at %d", off)
	}
	for n < len(p) {
		if err := f.load(uint64(off) / ChunkSize); err != nil {
			return n, err
		}
		at := int(off % ChunkSize)
		if at >= len(f.last.Data) {
			return n, io.EOF
		}
		k := copy(p[n:], f.last.Data[at:])
		n += k
		off += int64(k)
	}
	return n, nil
}

func (f *jobFile) load(n uint64) error {
	if f.some && f.last.N == n {
		return nil
	}
	c, err := chunks.previous(f.r, join(f.job, n))
	if err != nil {
		return err
	}
	if c == nil {
		return io.EOF
	}
	f.last, f.some = *c, true
	return nil
}

// JobsWithFiles lists at most limit jobs that ended before a time, or that nobody has
// touched since, and whose files are still there.
func (r Reader) JobsWithFiles(before time.Time, limit int) ([]ID, error) {
	return r.jobsBefore(jobByFile, before, limit)
}

// DropJobFile removes at most limit pieces of a job's file; left says whether there
// are more.
func (tx Tx) DropJobFile(job ID, limit int) (left bool, err error) {
	return tx.drop(chunks.name, join(job), limit)
}

// drop removes at most limit records without indexes whose keys begin with prefix.
func (tx Tx) drop(t kv.Table, prefix []byte, limit int) (left bool, err error) {
	var keys [][]byte
	err = tx.kv.Scan(t, kv.Range{From: prefix, To: successor(prefix)}, func(key, _ []byte) error {
		if left = len(keys) == limit; left {
			return kv.ErrStop
		}
		keys = append(keys, append([]byte(nil), key...))
		return nil
	})
	for _, k := range keys {
		if err != nil {
			break
		}
		err = tx.kv.Delete(t, k)
	}
	return left, err
}
