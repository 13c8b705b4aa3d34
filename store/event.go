package store

import (
	"bytes"
	"time"

	"pocketpass/store/kv"
)

// Event is one line of what happened to a pass, or to another record.
type Event struct {
	ID      ID
	Subject ID
	Type    string // "pass.created", "pass.installed" …
	By      string
	Detail  map[string]string

	Org      ID // zero in events of an older program, which stand in no feed
	Campaign ID // zero if it belongs to none
}

// At is when it happened, in milliseconds: event ids are time-ordered.
func (e Event) At() time.Time { return e.ID.time() }

func (e *Event) fields(f *fields) {
	number(f, &e.ID)
	number(f, &e.Subject)
	text(f, &e.Type)
	text(f, &e.By)
	pairs(f, &e.Detail, text[string])
	number(f, &e.Org)
	number(f, &e.Campaign)
}

var events = table[Event]{
	name:   "event",
	fields: (*Event).fields,
	key:    func(e *Event) []byte { return pair(e.Subject, e.ID) },
}

// Events lists what happened to a record.
func (r Reader) Events(subject ID, p Page) ([]Event, ID, error) {
	return events.list(r.kv, events.name, join(subject), p, nil)
}

// EventsOf is Events of those that keep accepts.
func (r Reader) EventsOf(subject ID, keep func(*Event) bool, p Page) ([]Event, ID, error) {
	return events.list(r.kv, events.name, join(subject), p, keep)
}

// AddEvent writes a line of history about e.Subject, shows it in the feed of its
// organisation if it has one, and gives e its ID.
func (tx Tx) AddEvent(e *Event) (err error) {
	if e.ID, err = tx.NewID(); err != nil {
		return err
	}
	if err := events.replace(tx.kv, nil, e); err != nil || e.Org == 0 {
		return err
	}
	return feed.replace(tx.kv, nil, &FeedLine{Org: e.Org, ID: e.ID, Subject: e.Subject, Campaign: e.Campaign, Type: e.Type})
}

// Remembered is the answer to a request that carried an idempotency key.
type Remembered struct {
	Caller  ID        `json:"caller"`  // API key that asked, or the organisation of whoever has none
	Key     string    `json:"key"`     // as the client gave it
	Request string    `json:"request"` // hash of what was asked
	Result  ID        `json:"result"`  // record that came of it
	At      time.Time `json:"at"`
}

var remembered = table[Remembered]{
	name: "idempotency",
	key:  func(m *Remembered) []byte { return join(m.Caller, m.Key) },
	indexes: []index[Remembered]{
		{name: rememberedByTime, keys: func(m *Remembered) [][]byte {
			return [][]byte{join(uint64(m.At.UnixMilli()), m.Caller, m.Key)}
		}},
	},
}

const rememberedByTime kv.Table = "idempotency_time"

// Remembered returns what came of an earlier request with the same key.
func (r Reader) Remembered(caller ID, key string) (Remembered, error) {
	return remembered.get(r.kv, join(caller, key))
}

// Remember writes what came of a request.
func (tx Tx) Remember(m Remembered) error { return remembered.put(tx.kv, &m) }

// Forget removes at most limit answers that are older than before, and says how many.
func (tx Tx) Forget(before time.Time, limit int) (int, error) {
	var old [][]byte
	to := join(uint64(before.UnixMilli()))
	err := tx.kv.Scan(rememberedByTime, kv.Range{To: to}, func(_, primary []byte) error {
		if len(old) == limit {
			return kv.ErrStop
		}
		old = append(old, bytes.Clone(primary))
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, k := range old {
		if err := remembered.remove(tx.kv, k); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}
