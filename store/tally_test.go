package store_test

import (
	"testing"
	"time"

	"pocketpass/store"
)

// TestTallies counts on three days within two scopes and reads a stretch of them.
func TestTallies(t *testing.T) {
	f := newFixture(t)
	campaign, tag := store.Scope{Org: f.org, ID: 7}, store.Scope{Org: f.org, Tag: "gold"}
	for _, at := range []time.Time{start, start.Add(time.Hour), start.AddDate(0, 0, 1), start.AddDate(0, 0, 9)} {
		f.now = at
		f.update(t, func(tx store.Tx) error {
			tx.Tally(store.Creates, 2, campaign, tag)
			tx.Tally(store.Creates, 1, campaign)
			tx.Tally(store.Views, 5, tag)
			return nil
		})
	}
	first := store.DayOf(start)
	f.view(t, func(r store.Reader) error {
		days, err := r.Tallies(campaign, first, first+8)
		if err != nil || len(days) != 2 || days[0].Day != first || days[0].Counts[store.Creates] != 6 || days[1].Counts[store.Creates] != 3 {
			t.Errorf("campaign: %+v, %v", days, err)
		}
		days, err = r.Tallies(tag, first+9, first+9)
		if err != nil || len(days) != 1 || days[0].Counts[store.Creates] != 2 || days[0].Counts[store.Views] != 5 {
			t.Errorf("tag: %+v, %v", days, err)
		}
		return nil
	})
}

// TestTallyOfAFailedTransaction is not written.
func TestTallyOfAFailedTransaction(t *testing.T) {
	f := newFixture(t)
	s := store.Scope{Org: f.org}
	err := f.Update(t.Context(), func(tx store.Tx) error {
		tx.Tally(store.Creates, 1, s)
		return store.ErrNotFound
	})
	if err == nil {
		t.Fatal("no error")
	}
	f.view(t, func(r store.Reader) error {
		days, err := r.Tallies(s, 0, store.DayOf(start)+1)
		if err != nil || len(days) != 0 {
			t.Errorf("%+v, %v", days, err)
		}
		return nil
	})
}
