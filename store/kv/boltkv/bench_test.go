package boltkv_test

import (
	"encoding/binary"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"pocketpass/store/kv"
)

// record is as long as a small pass.
var record = make([]byte, 500)

func key(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// raw opens bbolt as it comes.
func raw(b *testing.B) *bbolt.DB {
	b.Helper()
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "raw.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return db
}

func rawPut(n int64) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		bucket, err := tx.CreateBucketIfNotExists([]byte("a"))
		if err != nil {
			return err
		}
		return bucket.Put(key(n), record)
	}
}

func enginePut(n int64) func(kv.Writer) error {
	return func(w kv.Writer) error { return w.Put("a", key(n), record) }
}

// BenchmarkLoneWriter compares the median Update with the median commit of bbolt
// itself, taken in turns. x-raw is their ratio; 1 means nothing is added.
func BenchmarkLoneWriter(b *testing.B) {
	ours, bolt := openNew(b), raw(b)
	var n int64
	var own, base []time.Duration
	for b.Loop() {
		n++
		base = append(base, timed(b, func() error { return bolt.Update(rawPut(n)) }))
		own = append(own, timed(b, func() error { return ours.Update(b.Context(), enginePut(n)) }))
	}
	b.ReportMetric(float64(median(own))/float64(median(base)), "x-raw")
	b.ReportMetric(float64(median(own).Microseconds()), "µs/update")
}

// BenchmarkGroupCommit64 compares the rate of puts from 64 goroutines with that of
// bbolt's own Batch. x-batch is their ratio; more is better. p99-ms is the slowest
// hundredth of Update.
func BenchmarkGroupCommit64(b *testing.B) {
	ours, bolt := openNew(b), raw(b)
	var n atomic.Int64
	var own []time.Duration
	var ownTime, baseTime time.Duration
	for b.Loop() {
		began := time.Now()
		from64(b, func() error { return bolt.Batch(rawPut(n.Add(1))) })
		middle := time.Now()
		own = append(own, from64(b, func() error { return ours.Update(b.Context(), enginePut(n.Add(1))) })...)
		baseTime += middle.Sub(began)
		ownTime += time.Since(middle)
	}
	slices.Sort(own)
	s := ours.Stats()
	b.ReportMetric(baseTime.Seconds()/ownTime.Seconds(), "x-batch")
	b.ReportMetric(float64(len(own))/ownTime.Seconds(), "puts/s")
	b.ReportMetric(float64(own[len(own)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(s.Updates)/float64(s.Commits), "calls/commit")
}

// from64 calls put 20 times on each of 64 goroutines and returns how long each took.
func from64(b *testing.B, put func() error) []time.Duration {
	const writers, each = 64, 20
	took := make([]time.Duration, writers*each)
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for j := range each {
				took[i*each+j] = timed(b, put)
			}
		})
	}
	wg.Wait()
	return took
}

func timed(b *testing.B, f func() error) time.Duration {
	began := time.Now()
	if err := f(); err != nil {
		b.Error(err)
	}
	return time.Since(began)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
