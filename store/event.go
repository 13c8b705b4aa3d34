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
}

// At is when it happened, in milliseconds: event ids are time-ordered.
func (e Event) At() time.Time { return time.UnixMilli(int64(e.ID>>seqBits) + idEpoch).UTC() }

func (e *Event) fields(f *fields) {
	number(f, &e.ID)
	number(f, &e.Subject)
	text(f, &e.Type)
	text(f, &e.By)
	pairs(f, &e.Detail, text[string])
}

var events = table[Event]{
	name:   "event",
	fields: (*Event).fields,
	key:    func(e *Event) []byte { return join(e.Subject, e.ID) },
}

// Events lists what happened to a record.
func (r Reader) Events(subject ID, p Page) ([]Event, ID, error) {
	return events.list(r.kv, events.name, join(subject), p, nil)
}

// AddEvent writes a line of history about subject.
func (tx Tx) AddEvent(subject ID, kind, by string, detail map[string]string) error {
	id, err := tx.NewID()
	if err != nil {
		return err
	}
	return events.replace(tx.kv, nil, &Event{ID: id, Subject: subject, Type: kind, By: by, Detail: detail})
}

// Remembered is the answer to a request that carried an idempotency key.
type Remembered struct {
	Caller  ID        `json:"caller"`  // API key that asked
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
