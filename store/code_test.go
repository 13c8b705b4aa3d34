package store_test

import (
	"errors"
	"testing"

	"pocketpass/store"
)

// TestCodesOfTwoCampaigns: each list has its own order, and its own idea of what is known.
func TestCodesOfTwoCampaigns(t *testing.T) {
	f := newFixture(t)
	const one, two = store.ID(10), store.ID(11)
	add := func(campaign store.ID, want int, codes ...string) {
		t.Helper()
		f.update(t, func(tx store.Tx) error {
			added, err := tx.AddCodes(campaign, codes)
			if added != want {
				t.Errorf("%d of %q were added, want %d", added, codes, want)
			}
			return err
		})
	}
	next := func(campaign store.ID, want string) {
		t.Helper()
		f.update(t, func(tx store.Tx) error {
			code, err := tx.NextCode(campaign)
			if code != want {
				t.Errorf("the next code is %q, want %q", code, want)
			}
			return errors.Join(err, tx.DropCode(campaign))
		})
	}
	add(one, 2, "B", "A", "B")
	add(two, 1, "B")
	add(one, 1, "A", "C")
	f.wantClean(t)
	next(one, "B")
	next(two, "B")
	next(one, "A")
	add(one, 1, "B") // no pass has it, so it may come again
	next(one, "C")
	next(one, "B")
	f.view(t, func(r store.Reader) error {
		if _, err := r.NextCode(one); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an empty list: %v", err)
		}
		return nil
	})
	f.wantClean(t)
}

// TestCodeOfAPass is unique in its campaign while the pass is there.
func TestCodeOfAPass(t *testing.T) {
	f := newFixture(t)
	p := store.Pass{ID: 7, Org: f.org, Campaign: 10, SerialNumber: "7", PublicID: "7", Code: "A"}
	same, elsewhere := p, p
	same.ID, same.SerialNumber, same.PublicID = 8, "8", "8"
	elsewhere.ID, elsewhere.SerialNumber, elsewhere.PublicID, elsewhere.Campaign = 9, "9", "9", 11
	f.update(t, func(tx store.Tx) error { return errors.Join(tx.PutPass(p), tx.PutPass(elsewhere)) })
	f.update(t, func(tx store.Tx) error {
		if err := tx.PutPass(same); !errors.Is(err, store.ErrExists) {
			t.Errorf("a second pass with the code: %v", err)
		}
		found, err := tx.PassByCode(10, "A")
		if found.ID != p.ID {
			t.Errorf("found %+v", found)
		}
		added, failed := tx.AddCodes(10, []string{"A"})
		if added != 0 {
			t.Error("the code of a pass is free")
		}
		return errors.Join(err, failed)
	})
	p.Deleted = start
	f.update(t, func(tx store.Tx) error { return errors.Join(tx.PutPass(p), tx.PutPass(same)) })
}
