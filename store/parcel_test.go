package store_test

import (
	"testing"
	"time"

	"pocketpass/store"
)

// parcel queues one that is due after a while.
func (f *fixture) parcel(t *testing.T, pass store.ID, to string, due time.Duration) (p store.Parcel) {
	t.Helper()
	f.update(t, func(tx store.Tx) (err error) {
		p = store.Parcel{Org: f.org, Pass: pass, Kind: store.EmailParcel, To: to, State: store.ParcelQueued, Due: tx.Now.Add(due), Created: tx.Now}
		if p.ID, err = tx.NewID(); err != nil {
			return err
		}
		return tx.PutParcel(p)
	})
	return p
}

func TestDueParcels(t *testing.T) {
	f := newFixture(t)
	late := f.parcel(t, 1, "a@example.com", time.Hour)
	second := f.parcel(t, 1, "a@example.com", -time.Minute)
	first := f.parcel(t, 1, "a@example.com", -time.Hour)
	sent := f.parcel(t, 1, "a@example.com", -2*time.Hour)
	sent.State = store.ParcelSent
	f.update(t, func(tx store.Tx) error { return tx.PutParcel(sent) })
	f.view(t, func(r store.Reader) error {
		due, next, err := r.DueParcels(10)
		if err != nil || len(due) != 2 || due[0].ID != first.ID || due[1].ID != second.ID || !next.Equal(late.Due) {
			t.Errorf("%+v, next %s, %v", due, next, err)
		}
		due, next, err = r.DueParcels(1)
		if err != nil || len(due) != 1 || due[0].ID != first.ID || !next.Equal(second.Due) {
			t.Errorf("one: %+v, next %s, %v", due, next, err)
		}
		return nil
	})
}

func TestParcelsToARecipient(t *testing.T) {
	f := newFixture(t)
	for range 3 {
		f.parcel(t, 1, "a@example.com", 0)
	}
	f.parcel(t, 1, "a@example.co", 0)
	f.now = start.Add(time.Hour)
	f.parcel(t, 1, "a@example.com", 0)
	f.view(t, func(r store.Reader) error {
		for _, tt := range []struct {
			since time.Duration
			limit int
			want  int
		}{{0, 10, 4}, {time.Minute, 10, 1}, {time.Hour, 10, 1}, {2 * time.Hour, 10, 0}, {0, 2, 2}} {
			if n, err := r.ParcelsTo(f.org, "a@example.com", start.Add(tt.since), tt.limit); n != tt.want || err != nil {
				t.Errorf("since %s: %d, %v", tt.since, n, err)
			}
		}
		if n, err := r.ParcelsTo(f.org+1, "a@example.com", start, 10); n != 0 || err != nil {
			t.Errorf("another organisation: %d, %v", n, err)
		}
		return nil
	})
}

func TestForgetParcels(t *testing.T) {
	f := newFixture(t)
	f.parcel(t, 1, "a@example.com", 0)
	f.parcel(t, 2, "a@example.com", 0)
	f.now = start.Add(time.Hour)
	kept := f.parcel(t, 1, "a@example.com", 0)
	f.update(t, func(tx store.Tx) error {
		for _, want := range []int{1, 1, 0} {
			if n, err := tx.ForgetParcels(start.Add(time.Minute), 1); n != want || err != nil {
				t.Errorf("forgot %d, %v, want %d", n, err, want)
			}
		}
		return nil
	})
	left := func(want int) {
		f.view(t, func(r store.Reader) error {
			all, _, err := r.Parcels(1, store.Page{})
			if err != nil || len(all) != want || want == 1 && all[0].ID != kept.ID {
				t.Errorf("left %+v, %v", all, err)
			}
			return nil
		})
	}
	left(1)
	f.update(t, func(tx store.Tx) error { return tx.DeleteParcels(1) })
	left(0)
}
