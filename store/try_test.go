package store_test

import (
	"errors"
	"testing"

	"pocketpass/store"
)

var errNo = errors.New("no")

// TestTryTakesBack changes, deletes and adds within a Try that fails: records,
// indexes and numbers of the day are as if it had not been, and others are kept.
func TestTryTakesBack(t *testing.T) {
	f := newFixture(t)
	one := store.Pass{ID: 1, Org: f.org, Campaign: 10, Template: 20, PassTypeIdentifier: "pass.x", SerialNumber: "1", PublicID: "p1", Tags: []string{"a"}}
	two := one
	two.ID, two.SerialNumber, two.PublicID = 2, "2", "p2"
	scope := store.Scope{Org: f.org}
	f.update(t, func(tx store.Tx) error {
		tx.Tally(store.Creates, 1, scope)
		return errors.Join(tx.PutPass(one), tx.AddEvent(&store.Event{Subject: 1, Type: "pass.created"}))
	})
	f.update(t, func(tx store.Tx) error {
		refused, err := tx.Try(func(tx store.Tx) error {
			changed := one
			changed.Tags, changed.SerialNumber = []string{"b"}, "3"
			tx.Tally(store.Creates, 5, scope)
			tx.Tally(store.Updates, 5, scope)
			_, dropErr := tx.DropJob(1, 10) // with the events of the pass
			return errors.Join(tx.PutPass(changed), tx.PutPass(two), dropErr, errNo)
		})
		if !errors.Is(refused, errNo) || err != nil {
			t.Errorf("refused %v, %v", refused, err)
		}
		refused, err = tx.Try(func(tx store.Tx) error {
			tx.Tally(store.Creates, 1, scope)
			return tx.PutPass(two)
		})
		return errors.Join(refused, err)
	})
	f.view(t, func(r store.Reader) error {
		p, err := r.Pass(f.org, 1)
		if err != nil || !p.Same(&one) {
			t.Errorf("the pass is %+v, %v", p, err)
		}
		tagged, _, err := r.Passes(store.PassFilter{Org: f.org, Tag: "a"}, store.Page{})
		if err != nil || len(tagged) != 2 {
			t.Errorf("%d passes have the tag, %v", len(tagged), err)
		}
		history, _, err := r.Events(1, store.Page{})
		if err != nil || len(history) != 1 {
			t.Errorf("history %v, %v", history, err)
		}
		days, err := r.Tallies(scope, 0, store.DayOf(r.Now))
		if err != nil || len(days) != 1 || days[0].Counts[store.Creates] != 2 || days[0].Counts[store.Updates] != 0 {
			t.Errorf("tallies %v, %v", days, err)
		}
		return nil
	})
	f.wantClean(t)
}
