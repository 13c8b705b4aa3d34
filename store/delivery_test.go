package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pocketpass/store"
)

// waiting is what is queued for an endpoint: the types, and which have a time.
func (f *fixture) waiting(t *testing.T, endpoint store.ID) (out []string) {
	t.Helper()
	f.view(t, func(r store.Reader) error {
		all, _, err := r.Deliveries(endpoint, func(d *store.Delivery) bool { return d.State == store.DeliveryQueued }, store.Page{})
		for _, d := range all {
			line := d.Type
			if !d.Due.IsZero() {
				line += " due"
			}
			out = append(out, line)
		}
		return err
	})
	return out
}

func (f *fixture) enqueue(t *testing.T, endpoint, subject store.ID, kind string) (d store.Delivery) {
	t.Helper()
	f.update(t, func(tx store.Tx) (err error) {
		d, err = tx.QueueDelivery(store.Delivery{Endpoint: endpoint, Org: f.org, Subject: subject, Type: kind, Data: []byte(`{}`), At: f.now})
		return err
	})
	return d
}

func (f *fixture) settle(t *testing.T, d store.Delivery, until time.Time) {
	t.Helper()
	d.State, d.Due, d.Until = store.DeliveryDelivered, time.Time{}, until
	f.update(t, func(tx store.Tx) error { return tx.SettleDelivery(d) })
}

func wantQueue(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("the queue is %v, want %v", got, want)
	}
}

func TestDeliveriesAboutOneSubjectWait(t *testing.T) {
	f := newFixture(t)
	a := f.enqueue(t, 1, 7, "a")
	b := f.enqueue(t, 1, 7, "b")
	f.enqueue(t, 1, 8, "other")
	f.enqueue(t, 2, 7, "elsewhere")
	wantQueue(t, f.waiting(t, 1), "a due", "b", "other due")
	wantQueue(t, f.waiting(t, 2), "elsewhere due")
	f.settle(t, a, start)
	wantQueue(t, f.waiting(t, 1), "b due", "other due")
	f.update(t, func(tx store.Tx) error {
		a, err := tx.Delivery(1, a.ID)
		if err != nil {
			return err
		}
		return tx.RequeueDelivery(a)
	})
	wantQueue(t, f.waiting(t, 1), "a", "b due", "other due")
	f.settle(t, b, start)
	wantQueue(t, f.waiting(t, 1), "a due", "other due")
	f.wantClean(t)
}

func TestDueDeliveriesByEndpoint(t *testing.T) {
	f := newFixture(t)
	late := f.enqueue(t, 1, 7, "late")
	f.update(t, func(tx store.Tx) error {
		late.Due = start.Add(time.Hour)
		return tx.PutDelivery(late)
	})
	busy := f.enqueue(t, 1, 8, "busy")
	for n := range 3 {
		f.enqueue(t, 1, store.ID(10+n), fmt.Sprint(n))
	}
	f.enqueue(t, 5, 7, "x")
	f.view(t, func(r store.Reader) error {
		first, _ := r.NextQueue(0)
		second, _ := r.NextQueue(first)
		last, err := r.NextQueue(second)
		if first != 1 || second != 5 || last != 0 {
			t.Errorf("queues of %d, %d, %d", first, second, last)
		}
		without := map[store.ID]bool{busy.ID: true}
		due, next, bad, err2 := r.DueDeliveries(1, 2, without)
		if err2 != nil || len(bad) > 0 || len(due) != 2 || due[0].Type != "0" || !next.IsZero() {
			t.Errorf("%v, next %s, %v, %v", due, next, bad, err2)
		}
		due, next, _, _ = r.DueDeliveries(1, 9, without)
		if len(due) != 3 || !next.Equal(late.Due) {
			t.Errorf("%v, next %s", due, next)
		}
		return err
	})
}

func TestDeliveriesAreDroppedAndForgotten(t *testing.T) {
	f := newFixture(t)
	for n := range 5 {
		f.enqueue(t, 1, store.ID(n%2+1), fmt.Sprint(n))
	}
	kept := f.enqueue(t, 2, 1, "kept")
	for _, want := range []int{3, 2, 0} {
		f.update(t, func(tx store.Tx) error {
			n, err := tx.DropDeliveries(1, "why", start.Add(time.Hour), 3)
			if n != want {
				t.Errorf("%d dropped, want %d", n, want)
			}
			return err
		})
	}
	f.settle(t, kept, start.Add(2*time.Hour))
	wantQueue(t, f.waiting(t, 1))
	f.now = start.Add(time.Hour + time.Millisecond)
	for _, want := range []int{4, 1, 0} {
		f.update(t, func(tx store.Tx) error {
			n, err := tx.ForgetDeliveries(4)
			if n != want {
				t.Errorf("%d forgotten, want %d", n, want)
			}
			return err
		})
	}
	f.view(t, func(r store.Reader) error {
		_, err := r.Delivery(2, kept.ID)
		return err
	})
	f.wantClean(t)
}

func TestDeliveryIsReadAsItWasWritten(t *testing.T) {
	f := newFixture(t)
	d := f.enqueue(t, 1, 7, "pass.created")
	if d.Event != d.ID {
		t.Errorf("event %d of delivery %d", d.Event, d.ID)
	}
	d.Campaign, d.Event, d.Attempts, d.Status, d.Took = 3, 4, 5, 503, 1500*time.Millisecond
	d.Tried, d.Answer, d.Error, d.Due = start.Add(time.Second), "busy", "no good", start.Add(time.Minute)
	f.update(t, func(tx store.Tx) error { return tx.PutDelivery(d) })
	f.view(t, func(r store.Reader) error {
		got, err := r.Delivery(1, d.ID)
		same(t, got, d, err)
		return nil
	})
}

func TestQueuedSignals(t *testing.T) {
	f := newFixture(t)
	signalled := func() bool {
		select {
		case <-f.Queued():
			return true
		default:
			return false
		}
	}
	f.enqueue(t, 1, 7, "a")
	if !signalled() || signalled() {
		t.Error("a delivery that is due is signalled once")
	}
	f.enqueue(t, 1, 7, "b")
	f.update(t, func(tx store.Tx) error { return tx.PutEndpoint(store.Endpoint{ID: 1, Org: f.org}) })
	if signalled() {
		t.Error("nothing became due")
	}
}

func TestFeedForgets(t *testing.T) {
	f := newFixture(t)
	add := func(org store.ID) {
		f.update(t, func(tx store.Tx) error {
			return tx.AddEvent(&store.Event{Org: org, Campaign: 3, Subject: 7, Type: "pass.created", Detail: map[string]string{"a": "b"}})
		})
	}
	add(f.org)
	add(0)
	add(f.org + 1)
	f.now = start.Add(time.Hour)
	add(f.org)
	for _, want := range []int{1, 1, 0} {
		f.update(t, func(tx store.Tx) error {
			n, err := tx.ForgetFeed(start.Add(time.Minute), 1)
			if n != want {
				t.Errorf("%d forgotten, want %d", n, want)
			}
			return err
		})
	}
	f.view(t, func(r store.Reader) error {
		left, _, err := r.Feed(f.org, nil, store.Page{})
		if len(left) != 1 || !left[0].At().Equal(f.now) || left[0].Detail["a"] != "b" || left[0].Campaign != 3 {
			t.Errorf("left are %v", left)
		}
		if all, _, _ := r.Events(7, store.Page{}); len(all) != 4 {
			t.Errorf("%d in the history, want 4", len(all))
		}
		return err
	})
	f.wantClean(t)
}

func TestReceivers(t *testing.T) {
	f := newFixture(t)
	all := []store.Endpoint{
		{ID: 1, Org: f.org, State: store.EndpointActive},
		{ID: 2, Org: f.org, State: store.EndpointActive, Campaign: 10},
		{ID: 3, Org: f.org, State: store.EndpointActive, Campaign: 11},
		{ID: 4, Org: f.org, State: store.EndpointDisabled},
		{ID: 5, Org: f.org + 1, State: store.EndpointActive},
	}
	f.update(t, func(tx store.Tx) error {
		for _, e := range all {
			if err := tx.PutEndpoint(e); err != nil {
				return err
			}
		}
		return nil
	})
	for _, test := range []struct {
		org, campaign store.ID
		want          []store.ID
	}{{f.org, 0, []store.ID{1}}, {f.org, 10, []store.ID{1, 2}}, {f.org, 12, []store.ID{1}}, {f.org + 1, 10, []store.ID{5}}, {f.org + 2, 10, nil}} {
		f.view(t, func(r store.Reader) error {
			var ids []store.ID
			found, err := r.Receivers(test.org, test.campaign)
			for _, e := range found {
				ids = append(ids, e.ID)
			}
			if !slices.Equal(ids, test.want) {
				t.Errorf("%d of %d: %v, want %v", test.campaign, test.org, ids, test.want)
			}
			return err
		})
	}
	f.update(t, func(tx store.Tx) error { return tx.DeleteEndpoint(1) })
	f.wantClean(t)
}

func TestDeliveriesAboutASubject(t *testing.T) {
	f := newFixture(t)
	a := f.enqueue(t, 1, 7, "a")
	f.enqueue(t, 2, 7, "b")
	f.enqueue(t, 1, 8, "other")
	f.settle(t, a, start)
	f.view(t, func(r store.Reader) error {
		all, err := r.DeliveriesAbout(7)
		if len(all) != 2 || all[0].Type != "a" || all[1].Type != "b" {
			t.Errorf("found %v, want a, which is settled, and b", all)
		}
		return err
	})
}
