package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
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
			return [][]byte{join(e.Topic, uint64(e.Due.UnixMilli()), e.Token)}
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

// Lost says whether an error concerns one record alone, which is damaged or is not
// where another says: whoever goes through many passes over it.
func Lost(err error) bool { return errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotFound) }

// DuePushes lists entries that are due, of each topic the limit longest waiting,
// and when the next one after them is due (zero if none waits). The topics without
// are left out, at no cost however much of them waits. Entries that cannot be read
// are in err; the others are listed all the same.
func (r Reader) DuePushes(limit int, without ...string) (due []PushEntry, next time.Time, err error) {
	var bad []error
	for topic, err := range r.pushTopics() {
		if err != nil {
			return nil, time.Time{}, err
		}
		if slices.Contains(without, topic) {
			continue
		}
		more, after, err := r.duePushesOf(topic, limit)
		due, bad = append(due, more...), append(bad, err)
		if next.IsZero() || !after.IsZero() && after.Before(next) {
			next = after
		}
	}
	return due, next, errors.Join(bad...)
}

// pushTopics goes through the topics that have entries.
func (r Reader) pushTopics() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for from := []byte(nil); ; {
			topic := ""
			err := r.kv.Scan(pushByDue, kv.Range{From: from}, func(key, _ []byte) error {
				topic, _, _ = strings.Cut(string(key), "\x00")
				return kv.ErrStop
			})
			if err == nil && topic == "" || !yield(topic, err) || err != nil {
				return
			}
			from = successor(join(topic))
		}
	}
}

func (r Reader) duePushesOf(topic string, limit int) (due []PushEntry, next time.Time, err error) {
	var bad []error
	prefix := join(topic)
	err = r.kv.Scan(pushByDue, kv.Range{From: prefix, To: successor(prefix)}, func(key, primary []byte) error {
		at := time.UnixMilli(int64(binary.BigEndian.Uint64(key[len(prefix):])))
		if at.After(r.Now) || len(due) == limit {
			next = at
			return kv.ErrStop
		}
		e, err := pushes.get(r.kv, primary)
		switch {
		case Lost(err):
			bad = append(bad, fmt.Errorf("push to %s: %w", topic, err))
			return nil
		case err == nil:
			due = append(due, e)
		}
		return err
	})
	return due, next, errors.Join(append(bad, err)...)
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

// NextFanout returns the oldest fan-out that is not finished. One that cannot be
// read is passed over; Check reports it.
func (r Reader) NextFanout() (next Fanout, err error) {
	none := ErrNotFound
	err = r.kv.Scan(fanouts.name, kv.Range{}, func(_, value []byte) error {
		if fanouts.decode(value, &next) != nil { // a decoder knows no other error than damage
			next = Fanout{}
			return nil
		}
		none = nil
		return kv.ErrStop
	})
	return next, errors.Join(err, none)
}

// FanoutBatch is a piece of a fan-out.
type FanoutBatch struct {
	Registrations []Registration
	Lost          []error      // of registrations that were passed over
	Told          map[ID]int64 // how many registrations of a campaign and of a template are told
	Rest          Fanout       // what is left after it
	Last          bool         // nothing is
}

// FanoutBatch lists the next registrations of f, at most limit.
func (r Reader) FanoutBatch(f Fanout, limit int) (b FanoutBatch, err error) {
	ix, prefix := registrationByTemplate, join(f.Template)
	if f.Template == 0 {
		ix, prefix = registrationByCampaign, join(f.Campaign)
	}
	from := prefix
	if f.Cursor != nil {
		from = append(bytes.Clone(f.Cursor), 0)
	}
	b.Rest, b.Last = f, true
	err = r.kv.Scan(ix, kv.Range{From: from, To: successor(prefix)}, func(key, primary []byte) error {
		if len(b.Registrations)+len(b.Lost) == limit {
			b.Last = false
			return kv.ErrStop
		}
		b.Rest.Cursor = bytes.Clone(key)
		g, err := registrations.get(r.kv, primary)
		if Lost(err) {
			b.Lost = append(b.Lost, fmt.Errorf("registration %x: %w", primary, err))
			return nil
		}
		b.Registrations = append(b.Registrations, g)
		return err
	})
	return b, err
}

// FinishFanoutBatch moves the cursor past b and deletes the fan-out with the last one.
func (tx Tx) FinishFanoutBatch(b FanoutBatch) error {
	if b.Last {
		return fanouts.remove(tx.kv, b.Rest.ID.key())
	}
	return fanouts.put(tx.kv, &b.Rest)
}

// OwnerOf is the organisation whose template or campaign a fan-out is about.
func (r Reader) OwnerOf(f Fanout) (ID, error) {
	if f.Template != 0 {
		t, err := copied(r.template(f.Template))
		return t.Org, err
	}
	c, err := copied(r.campaign(f.Campaign))
	return c.Org, err
}
