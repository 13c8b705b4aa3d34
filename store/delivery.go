package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"pocketpass/store/kv"
)

// Delivery is an event on its way to an endpoint. Those about one subject leave in
// the order in which they came: only the first of them has a Due, the others wait
// until it is settled.
type Delivery struct {
	ID       ID
	Endpoint ID
	Org      ID
	Campaign ID // zero if the event belongs to none
	Subject  ID // what the event is about, mostly a pass
	Event    ID // the same for every endpoint and every attempt; of what was only observed, the first delivery's own
	Type     string
	Data     json.RawMessage // an object: what was so when it happened
	At       time.Time       // when it happened

	State    DeliveryState
	Due      time.Time // of the next attempt; zero means not before an earlier one is settled
	Attempts int
	Tried    time.Time     // last attempt
	Took     time.Duration // milliseconds
	Status   int           // of the answer; 0 if there was none
	Answer   string        // its beginning
	Error    string        // why there was none, or why it was no good
	Until    time.Time     // when a settled one is forgotten
}

// DeliveryState says what became of a delivery.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryQueued    DeliveryState = "queued"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed"  // tried to the end
	DeliveryDropped   DeliveryState = "dropped" // its endpoint was disabled meanwhile
)

func (d *Delivery) fields(f *fields) {
	number(f, &d.ID)
	number(f, &d.Endpoint)
	number(f, &d.Org)
	number(f, &d.Campaign)
	number(f, &d.Subject)
	number(f, &d.Event)
	text(f, &d.Type)
	f.raw(&d.Data)
	f.time(&d.At)
	text(f, &d.State)
	f.time(&d.Due)
	number(f, &d.Attempts)
	f.time(&d.Tried)
	took := d.Took.Milliseconds()
	number(f, &took)
	d.Took = time.Duration(took) * time.Millisecond
	number(f, &d.Status)
	text(f, &d.Answer)
	text(f, &d.Error)
	f.time(&d.Until)
}

var deliveries = table[Delivery]{
	name:   "delivery",
	fields: (*Delivery).fields,
	key:    func(d *Delivery) []byte { return join(d.Endpoint, d.ID) },
	indexes: []index[Delivery]{
		{name: deliveryByDue, keys: func(d *Delivery) [][]byte {
			if d.State != DeliveryQueued || d.Due.IsZero() {
				return nil
			}
			return [][]byte{join(d.Endpoint, uint64(d.Due.UnixMilli()), d.ID)}
		}},
		{name: deliveryInOrder, keys: func(d *Delivery) [][]byte {
			if d.State != DeliveryQueued {
				return nil
			}
			return [][]byte{join(d.Endpoint, d.Subject, d.ID)}
		}},
		{name: deliveryUntil, keys: func(d *Delivery) [][]byte {
			if d.State == DeliveryQueued {
				return nil
			}
			return [][]byte{join(uint64(d.Until.UnixMilli()), d.Endpoint, d.ID)}
		}},
		{name: deliveryBySubject, keys: deliverySubject},
	},
}

func deliverySubject(d *Delivery) [][]byte { return [][]byte{join(d.Subject, d.Endpoint, d.ID)} }

const (
	deliveryByDue   kv.Table = "delivery_due"
	deliveryInOrder kv.Table = "delivery_order" // those that are queued
	deliveryUntil   kv.Table = "delivery_until" // those that are settled

	deliveryBySubject kv.Table = "delivery_subject" // all, to whichever endpoint
)

// QueueDelivery queues a new delivery behind those about the same subject, and gives
// it its ID.
func (tx Tx) QueueDelivery(d Delivery) (Delivery, error) {
	first, err := tx.firstInOrder(d.Endpoint, d.Subject)
	if err != nil {
		return d, err
	}
	if d.ID, err = tx.NewID(); err != nil {
		return d, err
	}
	if d.Event == 0 {
		d.Event = d.ID
	}
	d.State = DeliveryQueued
	if first == nil {
		d.Due, tx.pending.deliveries = tx.Now, true
	}
	return d, deliveries.replace(tx.kv, nil, &d)
}

// firstInOrder is the key of the oldest queued delivery about a subject, nil if there is none.
func (r Reader) firstInOrder(endpoint, subject ID) (first []byte, err error) {
	prefix := join(endpoint, subject)
	err = r.kv.Scan(deliveryInOrder, kv.Range{From: prefix, To: successor(prefix)}, func(_, primary []byte) error {
		first = bytes.Clone(primary)
		return kv.ErrStop
	})
	return first, err
}

// Delivery returns a delivery to an endpoint.
func (r Reader) Delivery(endpoint, id ID) (Delivery, error) {
	return deliveries.get(r.kv, join(endpoint, id))
}

// Deliveries lists the deliveries to an endpoint, of those that keep accepts. A nil
// keep accepts all.
func (r Reader) Deliveries(endpoint ID, keep func(*Delivery) bool, p Page) ([]Delivery, ID, error) {
	return deliveries.list(r.kv, deliveries.name, join(endpoint), p, keep)
}

// DeliveriesAbout lists everything about a subject that was or is to be sent.
func (r Reader) DeliveriesAbout(subject ID) ([]Delivery, error) {
	all, _, err := deliveries.list(r.kv, deliveryBySubject, join(subject), Page{}, nil)
	return all, err
}

// FirstDelivery is an After from which a page begins with the first delivery of a time.
func FirstDelivery(t time.Time) ID { return max(IDAt(t), 1) - 1 }

// NextQueue returns the first endpoint above after for which something has a time to
// be sent at, 0 if there is none.
func (r Reader) NextQueue(after ID) (endpoint ID, err error) {
	return firstOf(r.kv, deliveryByDue, after)
}

// DueDeliveries lists what is due for an endpoint, at most limit, the longest waiting
// first and without some, and if that is all, when the next one is (zero if there is
// none). Deliveries that cannot be read are in bad; the others are listed all the same.
func (r Reader) DueDeliveries(endpoint ID, limit int, without map[ID]bool) (due []Delivery, next time.Time, bad []error, err error) {
	prefix := join(endpoint)
	err = r.kv.Scan(deliveryByDue, kv.Range{From: prefix, To: successor(prefix)}, func(key, primary []byte) error {
		at := time.UnixMilli(int64(binary.BigEndian.Uint64(key[len(prefix):])))
		if at.After(r.Now) {
			next = at
		}
		if at.After(r.Now) || len(due) == limit {
			return kv.ErrStop
		}
		d, err := deliveries.get(r.kv, primary)
		switch {
		case Lost(err):
			bad = append(bad, fmt.Errorf("delivery %x: %w", primary, err))
			return nil
		case err == nil && !without[d.ID]:
			due = append(due, d)
		}
		return err
	})
	return due, next, bad, err
}

// PutDelivery writes a delivery back: when it was claimed, or is to be tried again.
func (tx Tx) PutDelivery(d Delivery) error {
	if !d.Due.IsZero() && !d.Due.After(tx.Now) {
		tx.pending.deliveries = true
	}
	return deliveries.put(tx.kv, &d)
}

// SettleDelivery writes a delivery that has left the queue, and gives the next one
// about the same subject its turn.
func (tx Tx) SettleDelivery(d Delivery) error {
	if err := deliveries.put(tx.kv, &d); err != nil {
		return err
	}
	first, err := tx.firstInOrder(d.Endpoint, d.Subject)
	if err != nil || first == nil {
		return err
	}
	next, err := deliveries.get(tx.kv, first)
	if Lost(err) || err == nil && !next.Due.IsZero() {
		return nil
	}
	if err != nil {
		return err
	}
	next.Due = tx.Now
	return tx.PutDelivery(next)
}

// RequeueDelivery sends a delivery once more, as soon as none about the same subject
// is before it. One that waits for another attempt has it now.
func (tx Tx) RequeueDelivery(d Delivery) error {
	if d.State == DeliveryQueued && d.Due.IsZero() {
		return nil
	}
	if d.State != DeliveryQueued {
		first, err := tx.firstInOrder(d.Endpoint, d.Subject)
		if err != nil {
			return err
		}
		d.State, d.Attempts, d.Until = DeliveryQueued, 0, time.Time{}
		if first != nil {
			return tx.PutDelivery(d)
		}
	}
	d.Due = tx.Now
	return tx.PutDelivery(d)
}

// DropDeliveries takes at most limit deliveries out of the queue of an endpoint, to be
// forgotten at until, and says how many.
func (tx Tx) DropDeliveries(endpoint ID, why string, until time.Time, limit int) (int, error) {
	var all [][]byte
	prefix := join(endpoint)
	err := tx.kv.Scan(deliveryInOrder, kv.Range{From: prefix, To: successor(prefix)}, func(_, primary []byte) error {
		if len(all) == limit {
			return kv.ErrStop
		}
		all = append(all, bytes.Clone(primary))
		return nil
	})
	for _, k := range all {
		if err != nil {
			return 0, err
		}
		var d Delivery
		if d, err = deliveries.get(tx.kv, k); Lost(err) {
			err = nil
		} else if err == nil {
			d.State, d.Due, d.Error, d.Until = DeliveryDropped, time.Time{}, why, until
			err = deliveries.put(tx.kv, &d)
		}
	}
	return len(all), err
}

// ForgetDeliveries removes at most limit settled deliveries whose time has come, and
// says how many.
func (tx Tx) ForgetDeliveries(limit int) (int, error) {
	var old [][]byte
	err := tx.kv.Scan(deliveryUntil, kv.Range{To: join(uint64(tx.Now.UnixMilli()))}, func(_, primary []byte) error {
		if len(old) == limit {
			return kv.ErrStop
		}
		old = append(old, bytes.Clone(primary))
		return nil
	})
	for _, k := range old {
		if err != nil {
			return 0, err
		}
		err = deliveries.remove(tx.kv, k)
	}
	return len(old), err
}
