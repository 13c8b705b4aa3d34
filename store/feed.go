package store

import (
	"bytes"
	"errors"
	"time"

	"pocketpass/store/kv"
)

// FeedLine makes an event findable by its organisation, in the order of time. It is
// forgotten after a while; the event stays in the history of its subject.
type FeedLine struct {
	Org      ID
	ID       ID // of the event
	Subject  ID
	Campaign ID
	Type     string
}

func (l *FeedLine) fields(f *fields) {
	number(f, &l.Org)
	number(f, &l.ID)
	number(f, &l.Subject)
	number(f, &l.Campaign)
	text(f, &l.Type)
}

var feed = table[FeedLine]{
	name:   "feed",
	fields: (*FeedLine).fields,
	key:    func(l *FeedLine) []byte { return pair(l.Org, l.ID) },
}

// Feed lists what happened in an organisation, of those lines that keep accepts. A nil
// keep accepts all.
func (r Reader) Feed(org ID, keep func(*FeedLine) bool, p Page) ([]Event, ID, error) {
	lines, next, err := feed.list(r.kv, feed.name, join(org), p, keep)
	if err != nil {
		return nil, 0, err
	}
	out := make([]Event, 0, len(lines))
	for _, l := range lines {
		e, err := events.get(r.kv, join(l.Subject, l.ID))
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		out = append(out, e)
	}
	return out, next, nil
}

// ForgetFeed removes at most limit lines that are older than before, and says how many.
func (tx Tx) ForgetFeed(before time.Time, limit int) (int, error) {
	var old [][]byte
	org, err := firstOf(tx.kv, feed.name, 0)
	for err == nil && org != 0 && len(old) < limit {
		err = tx.kv.Scan(feed.name, kv.Range{From: join(org), To: join(org, IDAt(before))}, func(key, _ []byte) error {
			if len(old) == limit {
				return kv.ErrStop
			}
			old = append(old, bytes.Clone(key))
			return nil
		})
		if err == nil {
			org, err = firstOf(tx.kv, feed.name, org)
		}
	}
	for _, k := range old {
		err = errors.Join(err, tx.kv.Delete(feed.name, k))
	}
	return len(old), err
}

// firstOf returns the lowest id above after that keys of a table or index begin
// with, 0 if there is none.
func firstOf(r kv.Reader, t kv.Table, after ID) (first ID, err error) {
	err = r.Scan(t, kv.Range{From: join(after + 1)}, func(key, _ []byte) (err error) {
		if first, err = idFromKey(key); err != nil {
			return err
		}
		return kv.ErrStop
	})
	return first, err
}
