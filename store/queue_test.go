package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pocketpass/store"
)

func (f *fixture) queue(t *testing.T, token string, revision uint64) {
	t.Helper()
	f.update(t, func(tx store.Tx) error { return tx.QueuePush("pass.test", token, revision) })
}

func (f *fixture) entry(t *testing.T, token string) (e store.PushEntry) {
	t.Helper()
	f.view(t, func(r store.Reader) (err error) {
		e, err = r.PushEntry("pass.test", token)
		return err
	})
	return e
}

func TestChangesOfOneTokenAreOnePush(t *testing.T) {
	f := newFixture(t)
	f.queue(t, "aa", 5)
	f.now = start.Add(time.Minute)
	f.queue(t, "aa", 9)
	f.queue(t, "aa", 7) // an older change says nothing new
	want := store.PushEntry{Topic: "pass.test", Token: "aa", Revision: 9, Due: start, Since: start.Add(time.Minute)}
	if e := f.entry(t, "aa"); e != want {
		t.Errorf("entry %+v, want %+v", e, want)
	}
	f.update(t, func(tx store.Tx) error { return tx.QueuePush("pass.other", "aa", 1) })
	f.view(t, func(r store.Reader) error {
		due, _, err := r.DuePushes(10)
		if len(due) != 2 {
			t.Errorf("%d entries are due, want one per topic", len(due))
		}
		return err
	})
	f.wantClean(t)
}

// TestNewerChangeDuringFlight: what was handed out keeps its revision, so whoever
// settles it sees that there is more to announce.
func TestNewerChangeDuringFlight(t *testing.T) {
	f := newFixture(t)
	f.queue(t, "aa", 5)
	flying := f.entry(t, "aa")
	f.queue(t, "aa", 6)
	if e := f.entry(t, "aa"); e.Revision <= flying.Revision {
		t.Errorf("the entry still announces %d", e.Revision)
	}
	f.update(t, func(tx store.Tx) error { return tx.DeletePush("pass.test", "aa") })
	f.view(t, func(r store.Reader) error {
		if _, err := r.PushEntry("pass.test", "aa"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after its end: %v", err)
		}
		return nil
	})
}

func TestDueOrder(t *testing.T) {
	f := newFixture(t)
	waits := map[string]time.Duration{"cc": -time.Minute, "aa": 0, "bb": time.Hour, "dd": -time.Hour, "ee": 2 * time.Hour}
	f.update(t, func(tx store.Tx) error {
		for token, wait := range waits {
			if err := tx.PutPush(store.PushEntry{Topic: "pass.test", Token: token, Due: f.now.Add(wait)}); err != nil {
				return err
			}
		}
		return nil
	})
	tests := []struct {
		limit int
		want  []string
		next  time.Time
	}{
		{10, []string{"dd", "cc", "aa"}, start.Add(time.Hour)},
		{2, []string{"dd", "cc"}, start},
		{3, []string{"dd", "cc", "aa"}, start.Add(time.Hour)},
	}
	for _, tt := range tests {
		f.view(t, func(r store.Reader) error {
			due, next, err := r.DuePushes(tt.limit)
			var tokens []string
			for _, e := range due {
				tokens = append(tokens, e.Token)
			}
			if !slices.Equal(tokens, tt.want) || !next.Equal(tt.next) {
				t.Errorf("limit %d: %v, then at %v; want %v, %v", tt.limit, tokens, next, tt.want, tt.next)
			}
			return err
		})
	}
	f.now = start.Add(24 * time.Hour)
	f.view(t, func(r store.Reader) error {
		if due, next, err := r.DuePushes(10); len(due) != 5 || !next.IsZero() {
			t.Errorf("a day later: %d due, next %v, %v", len(due), next, err)
		}
		return nil
	})
}

// TestFanoutVisitsEachOnce, also when registrations vanish between two batches
// and the store is opened anew after each.
func TestFanoutVisitsEachOnce(t *testing.T) {
	const n = 23
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error {
		for k := range n {
			g := store.Registration{Pass: store.ID(100 + k), Library: "lib", PassTypeIdentifier: "pass.test", Template: 20 + store.ID(k%2), Campaign: 10}
			if err := tx.PutRegistration(g); err != nil {
				return err
			}
		}
		return errors.Join(tx.AddFanout(store.Fanout{Campaign: 10, Revision: 5}), tx.AddFanout(store.Fanout{Template: 20, Revision: 6}))
	})
	visits := map[uint64]map[store.ID]int{5: {}, 6: {}}
	for batch := 0; f.advance(t, visits); batch++ {
		if batch == 1 { // one that was visited, one that is the cursor, one to come
			f.update(t, func(tx store.Tx) error {
				for _, pass := range []store.ID{101, 107, 115} {
					if err := tx.DeleteRegistration("pass.test", pass, "lib"); err != nil {
						return err
					}
				}
				return nil
			})
		}
		f.reopen(t)
	}
	for revision, seen := range visits {
		for k := range n {
			id, want := store.ID(100+k), 1
			if id == 115 || revision == 6 && (k%2 == 1) {
				want = 0
			}
			if seen[id] != want {
				t.Errorf("revision %d: pass %d was visited %d times, want %d", revision, id, seen[id], want)
			}
		}
	}
}

// advance takes one batch of four and reports whether there was anything to do.
func (f *fixture) advance(t *testing.T, visits map[uint64]map[store.ID]int) (more bool) {
	t.Helper()
	err := f.Update(t.Context(), func(tx store.Tx) error {
		next, err := tx.NextFanout()
		if err != nil {
			return err
		}
		b, err := tx.FanoutBatch(next, 4)
		for _, g := range b.Registrations {
			visits[next.Revision][g.Pass]++
		}
		return errors.Join(err, tx.FinishFanoutBatch(b))
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

func TestForget(t *testing.T) {
	f := newFixture(t)
	for n := range 6 {
		f.now = start.Add(time.Duration(n) * time.Hour)
		f.update(t, func(tx store.Tx) error {
			return tx.Remember(store.Remembered{Caller: 1, Key: fmt.Sprint(n), Request: "r", Result: 9, At: tx.Now})
		})
	}
	for _, want := range []int{3, 1, 0} {
		f.update(t, func(tx store.Tx) error {
			n, err := tx.Forget(start.Add(4*time.Hour), 3)
			if n != want {
				t.Errorf("forgot %d, want %d", n, want)
			}
			return err
		})
	}
	f.view(t, func(r store.Reader) error {
		for n := range 6 {
			_, err := r.Remembered(1, fmt.Sprint(n))
			if gone := errors.Is(err, store.ErrNotFound); gone != (n < 4) {
				t.Errorf("answer %d: %v", n, err)
			}
		}
		return nil
	})
	f.wantClean(t)
}
