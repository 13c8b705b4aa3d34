package store_test

import (
	"testing"

	"pocketpass/store"
)

func TestCounters(t *testing.T) {
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error {
		for _, n := range []int64{5, -2, 4} {
			if err := tx.Count(1, store.CountPasses, n); err != nil {
				return err
			}
		}
		return tx.Count(2, store.CountPasses, -3)
	})
	tests := []struct {
		owner store.ID
		name  string
		want  int64
	}{
		{1, store.CountPasses, 7},
		{2, store.CountPasses, -3},
		{1, store.CountIssued, 0},
		{3, store.CountPasses, 0},
	}
	f.view(t, func(r store.Reader) error {
		for _, tt := range tests {
			if n, err := r.Counter(tt.owner, tt.name); n != tt.want || err != nil {
				t.Errorf("counter %s of %d is %d (%v), want %d", tt.name, tt.owner, n, err, tt.want)
			}
		}
		return nil
	})
}

func TestSettings(t *testing.T) {
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error { return tx.PutSetting("acme/a", []byte("x")) })
	f.view(t, func(r store.Reader) error {
		if v, ok, err := r.Setting("acme/a"); string(v) != "x" || !ok || err != nil {
			t.Errorf("setting: %q, %v, %v", v, ok, err)
		}
		return nil
	})
	f.update(t, func(tx store.Tx) error { return tx.DeleteSetting("acme/a") })
	f.view(t, func(r store.Reader) error {
		if _, ok, err := r.Setting("acme/a"); ok || err != nil {
			t.Errorf("deleted setting: %v, %v", ok, err)
		}
		return nil
	})
}

func TestBlobsAreStoredOnce(t *testing.T) {
	f := newFixture(t)
	var a, b string
	f.update(t, func(tx store.Tx) (err error) {
		if a, err = tx.PutBlob([]byte("picture")); err != nil {
			return err
		}
		b, err = tx.PutBlob([]byte("picture"))
		return err
	})
	if a != b {
		t.Errorf("the same bytes have the names %s and %s", a, b)
	}
	f.only(t, "blob")
	f.view(t, func(r store.Reader) error {
		data, err := r.Blob(a)
		if string(data) != "picture" {
			t.Errorf("blob is %q", data)
		}
		return err
	})
}
