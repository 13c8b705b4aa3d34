package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"

	"pocketpass/store/kv"
)

// PushEntry asks for one push: devices with this token should look for changes
// of passes of this type. However many passes changed, there is one entry.
type PushEntry struct {
	Topic    string // passTypeIdentifier
	Token    string
	Revision uint64 // newest change to announce
	Due      time.Time
	Since    time.Time // when the newest change was queued
	Attempts int
}

func (e *PushEntry) fields(f *fields) {
	text(f, &e.Topic)
	text(f, &e.Token)
	number(f, &e.Revision)
	f.time(&e.Due)
	f.time(&e.Since)
	number(f, &e.Attempts)
}

var pushes = table[PushEntry]{
	name:   "push",
	fields: (*PushEntry).fields,
	key:    func(e *PushEntry) []byte { return join(e.Topic, e.Token) },
	indexes: []index[PushEntry]{
		{name: pushByDue, keys: func(e *PushEntry) [][]byte {
			return [][]byte{join(uint64(e.Due.UnixMilli()), e.Topic, e.Token)}
		}},
	},
}

const pushByDue kv.Table = "push_due"

// QueuePush asks for a push of a change. An entry that waits, for its turn or for
// another try, then stands for this change too and keeps its place; one whose
// push is on its way is pushed again afterwards.
func (tx Tx) QueuePush(topic, token string, revision uint64) error {
	e, err := pushes.get(tx.kv, join(topic, token))
	if errors.Is(err, ErrNotFound) {
		e, err = PushEntry{Topic: topic, Token: token, Due: tx.Now}, nil
	}
	if err != nil || e.Revision >= revision {
		return err
	}
	e.Revision, e.Since = revision, tx.Now
	return pushes.put(tx.kv, &e)
}

// PushEntry returns the entry for a token, if one waits.
func (r Reader) PushEntry(topic, token string) (PushEntry, error) {
	return pushes.get(r.kv, join(topic, token))
}

// DuePushes lists entries that are due, the longest waiting first, and when the
// next one after them is due (zero if none waits).
func (r Reader) DuePushes(limit int) (due []PushEntry, next time.Time, err error) {
	err = r.kv.Scan(pushByDue, kv.Range{}, func(key, primary []byte) error {
		at := time.UnixMilli(int64(binary.BigEndian.Uint64(key)))
		if at.After(r.Now) || len(due) == limit {
			next = at
			return kv.ErrStop
		}
		e, err := pushes.get(r.kv, primary)
		due = append(due, e)
		return err
	})
	return due, next, err
}

// PutPush writes an entry back, as after a failed attempt.
func (tx Tx) PutPush(e PushEntry) error { return pushes.put(tx.kv, &e) }

// DeletePush removes an entry.
func (tx Tx) DeletePush(topic, token string) error { return pushes.remove(tx.kv, join(topic, token)) }

// Fanout is the work of telling every device of a template or a campaign that a
// change is there.
type Fanout struct {
	ID       ID     `json:"id"`
	Template ID     `json:"template,omitempty"` // one of the two is set
	Campaign ID     `json:"campaign,omitempty"`
	Revision uint64 `json:"rev"`
	Cursor   []byte `json:"cursor,omitempty"` // last registration that was queued
}

var fanouts = table[Fanout]{
	name: "fanout",
	key:  func(f *Fanout) []byte { return f.ID.key() },
}

// AddFanout asks for a fan-out.
func (tx Tx) AddFanout(f Fanout) error {
	id, err := tx.NewID()
	if err != nil {
		return err
	}
	f.ID = id
	return fanouts.put(tx.kv, &f)
}

// NextFanout returns the oldest fan-out that is not finished.
func (r Reader) NextFanout() (Fanout, error) {
	all, _, err := fanouts.list(r.kv, fanouts.name, nil, Page{Limit: 1}, nil)
	if err != nil {
		return Fanout{}, err
	}
	if len(all) == 0 {
		return Fanout{}, ErrNotFound
	}
	return all[0], nil
}

// AdvanceFanout hands the next registrations of f, at most limit, to visit and
// moves the cursor past them. The fan-out is deleted when none is left.
func (tx Tx) AdvanceFanout(f Fanout, limit int, visit func(Registration) error) (done bool, err error) {
	ix, prefix := registrationByTemplate, join(f.Template)
	if f.Template == 0 {
		ix, prefix = registrationByCampaign, join(f.Campaign)
	}
	from := prefix
	if f.Cursor != nil {
		from = append(bytes.Clone(f.Cursor), 0)
	}
	var batch []Registration
	err = tx.kv.Scan(ix, kv.Range{From: from, To: successor(prefix)}, func(key, primary []byte) error {
		if len(batch) == limit {
			return kv.ErrStop
		}
		r, err := registrations.get(tx.kv, primary)
		batch = append(batch, r)
		f.Cursor = bytes.Clone(key)
		return err
	})
	if err != nil {
		return false, err
	}
	for _, r := range batch {
		if err := visit(r); err != nil {
			return false, err
		}
	}
	if len(batch) < limit {
		return true, fanouts.remove(tx.kv, f.ID.key())
	}
	return false, fanouts.put(tx.kv, &f)
}
