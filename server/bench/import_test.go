package bench_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"pocketpass/server"
	"pocketpass/server/demo"
	"pocketpass/server/issuer"
	"pocketpass/server/secret"
	"pocketpass/store"
	"pocketpass/store/kv"
	"pocketpass/store/kv/boltkv"
)

// importRows is how many rows a table has that is imported.
var importRows = flag.Int("import", 5_000, "rows of the table that BenchmarkImport imports in each round")

// BenchmarkImport imports a table into an empty campaign. The base puts the very keys
// and values that this wrote into an empty file of bbolt, those of a thousand rows in
// a commit. ratio is passes a second of the import ÷ those of the puts; grown-MB is the
// memory that the import needed besides.
func BenchmarkImport(b *testing.B) {
	table := tableOf(b, *importRows)
	puts, err := os.ReadFile(recordImport(b, table))
	must(b, err)
	var ratios, rates, grown []float64
	for b.Loop() {
		db := rawBolt(b)
		raw := took(b, func() error { return putAll(db, puts) })
		d := newDesk(b, nil)
		id := d.receive(b, table)
		before := residentMemory()
		own := took(b, func() error { return d.importAll(b, id) })
		grown = append(grown, float64(residentMemory()-before)/(1<<20))
		d.close(b)
		ratios, rates = append(ratios, raw/own), append(rates, float64(*importRows)/own)
	}
	report(b, median(ratios), median(rates), "passes/s")
	b.ReportMetric(median(grown), "grown-MB")
}

// tableOf writes a table of n rows and returns its name.
func tableOf(b testing.TB, n int) string {
	b.Helper()
	file, err := os.Create(filepath.Join(folder(b), "table.csv"))
	must(b, err)
	_, err = io.WriteString(file, "externalId;stamps;holder\r\n")
	must(b, err)
	for k := range n {
		_, err := fmt.Fprintf(file, "customer-%07d;%d;Robin Sommer %d\r\n", k, k%10, k)
		must(b, err)
	}
	must(b, file.Close())
	return file.Name()
}

// desk is an Issuer on an engine of its own, without a server.
type desk struct {
	*appliance
	engine kv.Engine
	stage  *demo.Stage
}

func newDesk(b testing.TB, wrap func(kv.Engine) kv.Engine) *desk {
	b.Helper()
	dir := folder(b)
	bolt, err := boltkv.Open(filepath.Join(dir, "data.db"), boltkv.Options{Ascending: store.Ascending})
	must(b, err)
	d := &desk{engine: bolt}
	if wrap != nil {
		d.engine = wrap(bolt)
	}
	db, err := store.Open(b.Context(), d.engine, nil)
	must(b, err)
	master, err := secret.New(bytes.Repeat([]byte{7}, secret.Size))
	must(b, err)
	i := issuer.New(issuer.Config{DB: db, Master: master, Log: slog.New(slog.DiscardHandler), BaseURL: baseURL})
	d.stage, err = demo.Prepare(dir, time.Now)
	must(b, err)
	d.appliance = &appliance{Appliance: &server.Appliance{Store: db, Issuer: i}, stage: d.stage}
	d.actor = issuer.Actor{Org: d.organisation(b), By: "benchmark"}
	d.furnish(b)
	return d
}

func (d *desk) close(b testing.TB) {
	must(b, d.stage.Close())
	must(b, d.engine.Close())
}

func (d *desk) receive(b testing.TB, table string) store.ID {
	b.Helper()
	file, err := os.Open(table)
	must(b, err)
	defer file.Close()
	m, err := d.Issuer.ReceiveImport(b.Context(), d.actor, issuer.NewImport{Campaign: d.campaign.ID}, file)
	must(b, err)
	return m.Job.ID
}

// importAll starts an import and works until it is done.
func (d *desk) importAll(b testing.TB, id store.ID) error {
	return d.working(b, func() error {
		j, err := d.Issuer.StartImport(b.Context(), d.actor, id, issuer.ImportStart{})
		for err == nil && !j.Ended() {
			<-time.After(askEvery)
			j, err = d.Issuer.Job(b.Context(), d.actor, id)
		}
		if j.Done != int64(*importRows) {
			b.Errorf("the job made %d passes, want %d: %+v", j.Done, *importRows, j)
		}
		return err
	})
}

// working works on jobs while do runs.
func (d *desk) working(b testing.TB, do func() error) error {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	defer func() { <-done }()
	defer stop()
	go func() { done <- d.Issuer.Work(ctx) }()
	return do()
}

// recordImport imports a table and returns the name of a file with what was put.
func recordImport(b testing.TB, table string) string {
	b.Helper()
	tape := &tape{}
	d := newDesk(b, func(e kv.Engine) kv.Engine { tape.Engine = e; return tape })
	id := d.receive(b, table)
	file, err := os.Create(filepath.Join(folder(b), "puts"))
	must(b, err)
	tape.to = file
	must(b, d.importAll(b, id))
	must(b, file.Close())
	d.close(b)
	return file.Name()
}

// tape is an engine that writes down what is put, once it is committed.
type tape struct {
	kv.Engine
	to io.Writer // nil means nothing is written down
}

func (t *tape) Update(ctx context.Context, fn func(kv.Writer) error) error {
	var w recordingWriter
	err := t.Engine.Update(ctx, func(inner kv.Writer) error {
		w = recordingWriter{Writer: inner}
		return fn(&w)
	})
	if err != nil || t.to == nil {
		return err
	}
	return w.all.save(t.to)
}

// save writes each put as table, key and value with their lengths.
func (w writes) save(to io.Writer) error {
	var out []byte
	for _, p := range w {
		for _, part := range [][]byte{[]byte(p.table), p.key, p.value} {
			out = append(binary.AppendUvarint(out, uint64(len(part))), part...)
		}
	}
	_, err := to.Write(out)
	return err
}

// putAll puts what was saved into a file of bbolt, those of rawBatch passes in a commit.
func putAll(db *bbolt.DB, saved []byte) (err error) {
	for len(saved) > 0 && err == nil {
		err = db.Update(func(tx *bbolt.Tx) (err error) {
			saved, err = putBatch(tx, saved)
			return err
		})
	}
	return err
}

// putBatch returns what comes after rawBatch passes.
func putBatch(tx *bbolt.Tx, saved []byte) (rest []byte, err error) {
	for passes := 0; len(saved) > 0 && err == nil; {
		table, rest := part(saved)
		if string(table) == "pass" {
			if passes++; passes > rawBatch {
				return saved, nil
			}
		}
		key, rest := part(rest)
		value, rest := part(rest)
		saved, err = rest, put(tx, string(table), key, value)
	}
	return saved, err
}

func part(saved []byte) (first, rest []byte) {
	n, size := binary.Uvarint(saved)
	return saved[size : size+int(n)], saved[size+int(n):]
}

// residentMemory is what this process holds for itself after a collection, in bytes.
func residentMemory() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
