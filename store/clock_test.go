package store_test

import (
	"testing"
	"time"

	"pocketpass/store"
)

func TestTwoChangesInOneSecond(t *testing.T) {
	f := newFixture(t)
	var v [3]store.Version
	for n := range v {
		f.update(t, func(tx store.Tx) (err error) {
			prev := store.Version{}
			if n > 0 {
				prev = v[n-1]
			}
			v[n], err = tx.NextVersion(prev)
			return err
		})
	}
	wantGrowing(t, v[:])
	if want := f.now.Unix(); v[0].Modified != want || v[2].Modified != want+2 {
		t.Errorf("Modified runs from %d to %d, want %d to %d", v[0].Modified, v[2].Modified, want, want+2)
	}
	if v[2].At != f.now.UnixMilli() {
		t.Errorf("At is %d, want the clock's %d", v[2].At, f.now.UnixMilli())
	}
}

func TestClockStepsBack(t *testing.T) {
	f := newFixture(t)
	var v []store.Version
	var ids []store.ID
	for _, at := range []time.Time{start, start.Add(-time.Hour), time.Unix(0, 0), start.Add(time.Second)} {
		f.now = at
		f.update(t, func(tx store.Tx) error {
			prev := store.Version{}
			if len(v) > 0 {
				prev = v[len(v)-1]
			}
			next, err := tx.NextVersion(prev)
			if err != nil {
				return err
			}
			id, err := tx.NewID()
			v, ids = append(v, next), append(ids, id)
			return err
		})
		f.reopen(t)
	}
	wantGrowing(t, v)
	for n := 1; n < len(ids); n++ {
		if ids[n] <= ids[n-1] {
			t.Errorf("id %d follows %d", ids[n], ids[n-1])
		}
	}
}

// TestSharedVersionIsAboveEveryPass: also above passes whose Modified ran ahead of the clock.
func TestSharedVersionIsAboveEveryPass(t *testing.T) {
	f := newFixture(t)
	var highest int64
	var shared store.Version
	f.update(t, func(tx store.Tx) (err error) {
		for n := range 50 {
			var v store.Version
			for range n % 7 {
				if v, err = tx.NextVersion(v); err != nil {
					return err
				}
			}
			highest = max(highest, v.Modified)
		}
		shared, err = tx.NextSharedVersion()
		return err
	})
	if shared.Modified <= highest {
		t.Errorf("shared version has Modified %d, a pass has %d", shared.Modified, highest)
	}
	f.now = start.Add(-time.Hour)
	f.update(t, func(tx store.Tx) error {
		next, err := tx.NextSharedVersion()
		wantGrowing(t, []store.Version{shared, next})
		return err
	})
}

// TestFailedUpdateTakesNoNumbers: what a rolled back transaction took is given again.
func TestFailedUpdateTakesNoNumbers(t *testing.T) {
	f := newFixture(t)
	before := f.revision(t)
	fail := func(tx store.Tx) error {
		if _, err := tx.NextRevision(); err != nil {
			return err
		}
		return store.ErrExists
	}
	if err := f.Update(t.Context(), fail); err == nil {
		t.Fatal("the update did not fail")
	}
	if after := f.revision(t); after != before {
		t.Errorf("revision went from %d to %d", before, after)
	}
	f.update(t, func(tx store.Tx) error {
		n, err := tx.NextRevision()
		if seen, _ := tx.Revision(); n != before+1 || seen != n {
			t.Errorf("next revision is %d and reads %d, want %d", n, seen, before+1)
		}
		return err
	})
}

func TestEventKnowsItsTime(t *testing.T) {
	f := newFixture(t)
	f.now = start.Add(1234 * time.Millisecond)
	f.update(t, func(tx store.Tx) error {
		return tx.AddEvent(&store.Event{Subject: 7, Type: "pass.created", By: "me"})
	})
	f.view(t, func(r store.Reader) error {
		events, _, err := r.Events(7, store.Page{})
		if len(events) != 1 || !events[0].At().Equal(f.now) {
			t.Errorf("events %v, want one at %v", events, f.now)
		}
		return err
	})
}

func (f *fixture) revision(t *testing.T) (n uint64) {
	t.Helper()
	f.view(t, func(r store.Reader) (err error) {
		n, err = r.Revision()
		return err
	})
	return n
}

func wantGrowing(t *testing.T, v []store.Version) {
	t.Helper()
	for n := 1; n < len(v); n++ {
		if v[n].Revision <= v[n-1].Revision || v[n].Modified <= v[n-1].Modified {
			t.Errorf("version %+v follows %+v", v[n], v[n-1])
		}
	}
}
