package store_test

import (
	"bytes"
	"errors"
	"testing"

	"pocketpass/store"
	"pocketpass/store/kv"
)

// TestEveryFlippedBitIsDamage flips each bit of a stored record, cuts it and adds to it.
func TestEveryFlippedBitIsDamage(t *testing.T) {
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error { return tx.PutPass(f.pass(1, "one")) })
	key, good := f.only(t, "pass")
	read := func(value []byte) error {
		f.raw(t, func(w kv.Writer) error { return w.Put("pass", key, value) })
		return f.View(t.Context(), func(r store.Reader) error {
			_, err := r.Pass(f.org, 1)
			return err
		})
	}
	if err := read(good); err != nil {
		t.Fatalf("the record as it was written: %v", err)
	}
	for bit := range 8 * len(good) {
		bad := bytes.Clone(good)
		bad[bit/8] ^= 1 << (bit % 8)
		if err := read(bad); !errors.Is(err, store.ErrDamaged) {
			t.Fatalf("bit %d flipped: %v", bit, err)
		}
	}
	for n := range good {
		if err := read(good[:n]); !errors.Is(err, store.ErrDamaged) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	if err := read(append(bytes.Clone(good), 0)); !errors.Is(err, store.ErrDamaged) {
		t.Fatalf("a byte more: %v", err)
	}
}

// TestDamageIsNotRemembered flips a bit of a record that was read before: what
// was decoded once must not hide it.
func TestDamageIsNotRemembered(t *testing.T) {
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error { return tx.PutCampaign(store.Campaign{ID: 10, Org: f.org, Name: "a"}) })
	read := func() (name string, err error) {
		err = f.View(t.Context(), func(r store.Reader) error {
			c, err := r.Campaign(f.org, 10)
			name = c.Name
			return err
		})
		return name, err
	}
	if name, err := read(); name != "a" || err != nil {
		t.Fatal(name, err)
	}
	f.update(t, func(tx store.Tx) error { return tx.PutCampaign(store.Campaign{ID: 10, Org: f.org, Name: "b"}) })
	if name, err := read(); name != "b" || err != nil {
		t.Fatalf("after a change: %q, %v", name, err)
	}
	key, value := f.only(t, "campaign")
	value[len(value)-1] ^= 1
	f.raw(t, func(w kv.Writer) error { return w.Put("campaign", key, value) })
	if _, err := read(); !errors.Is(err, store.ErrDamaged) {
		t.Fatalf("a flipped bit: %v", err)
	}
}

// only returns copies of the key and the value of a table that has one record.
func (f *fixture) only(t *testing.T, table kv.Table) (key, value []byte) {
	t.Helper()
	n := 0
	err := f.engine.View(t.Context(), func(r kv.Reader) error {
		return r.Scan(table, kv.Range{}, func(k, v []byte) error {
			n++
			key, value = bytes.Clone(k), bytes.Clone(v)
			return nil
		})
	})
	if err != nil || n != 1 {
		t.Fatalf("%s has %d records: %v", table, n, err)
	}
	return key, value
}
