package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"pocketpass/store"
	"pocketpass/store/kv"
	"pocketpass/store/kv/boltkv"
)

// fixture is a store on a database of its own, with the engine beneath it and a
// clock that stands still until it is set.
type fixture struct {
	*store.Store
	engine kv.Engine
	now    time.Time
	org    store.ID // the default organisation
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{engine: openEngine(t), now: start}
	f.reopen(t)
	f.view(t, func(r store.Reader) error {
		o, err := r.OrganisationNamed(store.DefaultOrganisation)
		f.org = o.ID
		return err
	})
	return f
}

// openEngine leaves out the syncs: nothing here is about power cuts.
func openEngine(t testing.TB) kv.Engine {
	t.Helper()
	e, err := boltkv.Open(filepath.Join(t.TempDir(), "test.db"), boltkv.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// reopen opens the store anew on the same database.
func (f *fixture) reopen(t testing.TB) {
	t.Helper()
	s, err := store.Open(t.Context(), f.engine, func() time.Time { return f.now })
	if err != nil {
		t.Fatal(err)
	}
	f.Store = s
}

func (f *fixture) update(t testing.TB, fn func(store.Tx) error) {
	t.Helper()
	if err := f.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) view(t testing.TB, fn func(store.Reader) error) {
	t.Helper()
	if err := f.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// raw changes the database beneath the store.
func (f *fixture) raw(t testing.TB, fn func(kv.Writer) error) {
	t.Helper()
	if err := f.engine.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// wantClean fails the test if Check finds anything.
func (f *fixture) wantClean(t testing.TB) {
	t.Helper()
	faults, err := f.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Error(fault)
	}
}

// pass is a small record with everything that must be unique.
func (f *fixture) pass(id store.ID, serial string) store.Pass {
	return store.Pass{ID: id, Org: f.org, Campaign: 10, Template: 20, PassTypeIdentifier: "pass.test",
		SerialNumber: serial, PublicID: "public-" + serial, Created: f.now, Updated: f.now}
}
