package store_test

import (
	"context"
	"errors"
	"testing"

	"pocketpass/store"
	"pocketpass/store/kv"
)

// counting counts what transactions write.
type counting struct {
	kv.Engine
	writes int
}

type countingWriter struct {
	kv.Writer
	engine *counting
}

func (e *counting) Update(ctx context.Context, fn func(kv.Writer) error) error {
	return e.Engine.Update(ctx, func(w kv.Writer) error { return fn(countingWriter{w, e}) })
}

func (w countingWriter) Put(t kv.Table, key, value []byte) error {
	w.engine.writes++
	return w.Writer.Put(t, key, value)
}

func (w countingWriter) Delete(t kv.Table, key []byte) error {
	w.engine.writes++
	return w.Writer.Delete(t, key)
}

// TestTakenKeyWritesNothing, whichever it is: a transaction that fails after it has
// written makes all that share its commit run again.
func TestTakenKeyWritesNothing(t *testing.T) {
	f := newFixture(t)
	e := &counting{Engine: f.engine}
	f.engine = e
	f.reopen(t)
	first, second := f.pass(1, "a"), f.pass(2, "b")
	first.ExternalID, second.ExternalID = "x", "y"
	first.Former = store.Former{Service: "passtools", ID: "90412"}
	first.LocalID, second.LocalID = "x", "y"
	f.update(t, func(tx store.Tx) error { return errors.Join(tx.PutPass(first), tx.PutPass(second)) })
	for name, take := range map[string]func(*store.Pass){
		"serial number": func(p *store.Pass) { p.SerialNumber = first.SerialNumber },
		"public id":     func(p *store.Pass) { p.PublicID = first.PublicID },
		"external id":   func(p *store.Pass) { p.ExternalID = first.ExternalID },
		"local id":      func(p *store.Pass) { p.LocalID = first.LocalID },
		"former id":     func(p *store.Pass) { p.Former = first.Former },
	} {
		for _, p := range []store.Pass{second, f.pass(3, "c")} { // changed, and new
			take(&p)
			e.writes = 0
			err := f.Update(t.Context(), func(tx store.Tx) error { return tx.PutPass(p) })
			if !errors.Is(err, store.ErrExists) || e.writes != 0 {
				t.Errorf("%s of pass %d: %v after %d writes", name, p.ID, err, e.writes)
			}
		}
	}
	f.wantClean(t)
}
