package store_test

import (
	"errors"
	"testing"

	"pocketpass/store"
)

// TestRecentIsNeverOld looks up in one transaction what it then changes, also within a
// Try that is taken back.
func TestRecentIsNeverOld(t *testing.T) {
	f := newFixture(t)
	before, after := store.Campaign{ID: 10, Org: f.org, Name: "before"}, store.Campaign{ID: 10, Org: f.org, Name: "after"}
	want := func(tx store.Tx, name string, receivers, devices int) error {
		t.Helper()
		c, errC := tx.Campaign(f.org, 10)
		to, errR := tx.Receivers(f.org, 10)
		on, errD := tx.RegistrationsOfPass(2)
		if c.Name != name || len(to) != receivers || len(on) != devices {
			t.Errorf("campaign %q, %d receivers, %d devices; want %q, %d, %d", c.Name, len(to), len(on), name, receivers, devices)
		}
		return errors.Join(errC, errR, errD)
	}
	change := func(tx store.Tx) error {
		return errors.Join(tx.PutCampaign(after), tx.PutEndpoint(store.Endpoint{ID: 30, Org: f.org, State: store.EndpointActive}),
			tx.PutRegistration(store.Registration{Pass: 2, Library: "l", PassTypeIdentifier: "pass.x", Campaign: 10}))
	}
	f.update(t, func(tx store.Tx) error { return errors.Join(tx.PutCampaign(before), want(tx, "before", 0, 0)) })
	f.update(t, func(tx store.Tx) error {
		none, err := tx.RegistrationsOfPass(1) // and of none after it
		if len(none) > 0 || err != nil {
			t.Errorf("registrations %v, %v", none, err)
		}
		err = want(tx, "before", 0, 0)
		refused, failed := tx.Try(func(tx store.Tx) error { return errors.Join(change(tx), want(tx, "after", 1, 1), errNo) })
		if !errors.Is(refused, errNo) {
			t.Errorf("refused %v", refused)
		}
		return errors.Join(err, failed, want(tx, "before", 0, 0), change(tx), want(tx, "after", 1, 1))
	})
}

// TestPassImage tells a pass that was written since from one that was not.
func TestPassImage(t *testing.T) {
	f := newFixture(t)
	p := f.pass(1, "one")
	var image store.Image
	f.update(t, func(tx store.Tx) error { return tx.PutPass(p) })
	f.view(t, func(r store.Reader) (err error) {
		_, image, err = r.PassImage(p.Org, p.ID)
		return err
	})
	for _, edited := range []int{0, 1} {
		p.Edited = edited
		f.update(t, func(tx store.Tx) error {
			err := tx.PutPass(p)
			has, errHas := tx.HasPassImage(p.ID, image)
			if has != (edited == 0) {
				t.Errorf("edited %d times: it is said to be unchanged: %t", edited, has)
			}
			return errors.Join(err, errHas)
		})
	}
}
