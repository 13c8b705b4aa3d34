package bench_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"pocketpass/server/issuer"
	"pocketpass/server/secret"
	"pocketpass/store"
	"pocketpass/store/kv"
)

const writers = 64

// BenchmarkIssue64 issues passes over HTTP from 64 clients. The base is bbolt's own
// Batch, called by 64 goroutines, each time to put the bytes of one pass record.
func BenchmarkIssue64(b *testing.B) {
	a := start(b, folder(b))
	bolt := rawBolt(b)
	record := a.writesOf(b, 1)[0].record()
	tills := clients(b, a.addr, writers)
	var serial atomic.Uint64
	own := func() run {
		return crowd(b, writers, func(w int) error { return tills[w].send(a.order(serial.Add(1)), http.StatusCreated) })
	}
	base := func() run {
		return crowd(b, writers, func(int) error {
			n := serial.Add(1)
			return bolt.Batch(func(tx *bbolt.Tx) error {
				return put(tx, "pass", binary.BigEndian.AppendUint64(nil, n), record)
			})
		})
	}
	compare(b, base, own, "passes/s")
}

// BenchmarkIssueAlone issues passes over HTTP one after the other. The base is one
// commit of bbolt of the very bytes that issuing a pass writes. All are medians.
// operation-ratio is the same without HTTP: what the server makes of the order.
func BenchmarkIssueAlone(b *testing.B) {
	const pairs = 100
	a := start(b, folder(b))
	bolt := rawBolt(b)
	till := clients(b, a.addr, 1)[0]
	var serial uint64
	var own, operation, base []float64
	for b.Loop() {
		for _, w := range a.writesOf(b, pairs) {
			serial++
			base = append(base, took(b, func() error { return bolt.Update(w.replay) }))
			own = append(own, took(b, func() error { return till.send(a.order(serial), http.StatusCreated) }))
			operation = append(operation, took(b, func() error {
				_, err := a.Issuer.Issue(b.Context(), a.actor, issuer.Order{Campaign: a.campaign.ID, ExternalID: publicID(), Content: issuer.Content{Values: values}})
				return err
			}))
		}
	}
	report(b, median(own)/median(base), median(own)*1e6, "µs/pass")
	b.ReportMetric(median(base)*1e6, "µs/commit")
	b.ReportMetric(median(operation)/median(base), "operation-ratio")
}

// took returns how long f takes, in seconds.
func took(b testing.TB, f func() error) float64 {
	begun := time.Now()
	must(b, f())
	return time.Since(begun).Seconds()
}

func (a *appliance) order(n uint64) []byte {
	return post(a.issuePath(), issueBody(fmt.Sprintf("order-%d", n)), bearer)
}

// rawBolt opens bbolt as it comes, with the settings that the engine has too.
func rawBolt(b testing.TB) *bbolt.DB {
	b.Helper()
	db, err := bbolt.Open(filepath.Join(folder(b), "raw.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	must(b, err)
	b.Cleanup(func() { must(b, db.Close()) })
	return db
}

func put(tx *bbolt.Tx, bucket string, key, value []byte) error {
	bk, err := tx.CreateBucketIfNotExists([]byte(bucket))
	if err != nil {
		return err
	}
	return bk.Put(key, value)
}

// writes are the keys and values of one transaction.
type writes []write

type write struct {
	table      kv.Table
	key, value []byte
}

func (w writes) replay(tx *bbolt.Tx) error {
	for _, p := range w {
		if err := put(tx, string(p.table), p.key, p.value); err != nil {
			return err
		}
	}
	return nil
}

// record is the pass among the writes.
func (w writes) record() []byte {
	for _, p := range w {
		if p.table == "pass" {
			return p.value
		}
	}
	panic("no pass was written")
}

// writesOf issues n passes beside the server, on the same database, and returns
// what each of them wrote.
func (a *appliance) writesOf(b testing.TB, n int) []writes {
	b.Helper()
	spy := &recorder{Engine: a.Store.Engine()}
	db, err := store.Open(b.Context(), spy, nil)
	must(b, err)
	master, err := secret.LoadOrCreate(a.data)
	must(b, err)
	i := issuer.New(issuer.Config{DB: db, Master: master, Log: slog.New(slog.DiscardHandler), BaseURL: baseURL})
	spy.seen = nil
	for range n {
		_, err := i.Issue(b.Context(), a.actor, issuer.Order{Campaign: a.campaign.ID, ExternalID: "beside-" + publicID(), Content: issuer.Content{Values: values}})
		must(b, err)
	}
	return spy.seen
}

// recorder notes what transactions write. They come one at a time.
type recorder struct {
	kv.Engine
	seen []writes
}

func (r *recorder) Update(ctx context.Context, fn func(kv.Writer) error) error {
	var w recordingWriter
	err := r.Engine.Update(ctx, func(inner kv.Writer) error {
		w = recordingWriter{Writer: inner}
		return fn(&w)
	})
	r.seen = append(r.seen, w.all)
	return err
}

type recordingWriter struct {
	kv.Writer
	all writes
}

func (w *recordingWriter) Put(t kv.Table, key, value []byte) error {
	w.all = append(w.all, write{t, bytes.Clone(key), bytes.Clone(value)})
	return w.Writer.Put(t, key, value)
}
