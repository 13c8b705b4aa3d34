package store

import (
	"bytes"
	"fmt"

	"pocketpass/store/kv"
)

// Try runs fn within the transaction. If fn fails, what it wrote is taken back, so
// that others in the transaction go on as if it had not been, and its error is
// refused. err means that the transaction is of no use any more. fn may not call Try.
func (tx Tx) Try(fn func(Tx) error) (refused, err error) {
	u := &tx.pending.tried
	u.begin(tx.kv)
	own := tx
	own.kv, own.Reader.kv = u, u
	defer u.end()
	if refused = fn(own); refused == nil {
		return nil, nil
	}
	for _, c := range u.counted {
		tx.pending.add(c.scope, c.metric, -c.n)
	}
	for _, c := range u.numbered {
		tx.counting[c.key] -= c.n
	}
	tx.recent.forget()
	return refused, u.undo()
}

// undoable remembers what was there before each change.
type undoable struct {
	kv.Writer        // nil between two uses
	got       change // the last value that was asked for, unless something was written since
	before    []change
	counted   []counted
	numbered  []numbered
	room      []byte // of values that were written: many small ones are costly to get one by one
}

func (u *undoable) begin(w kv.Writer) {
	u.got = change{}
	u.Writer, u.before, u.counted, u.numbered = w, u.before[:0], u.counted[:0], u.numbered[:0]
}

func (u *undoable) end() { u.Writer = nil }

type change struct {
	table kv.Table
	key   []byte
	value []byte
	was   bool // there was one
}

type counted struct {
	scope  Scope
	metric Metric
	n      int64
}

type numbered struct {
	key counterKey
	n   int64
}

// Get remembers the value, for what is read is often written next.
func (u *undoable) Get(t kv.Table, key []byte) (value []byte, ok bool, err error) {
	value, ok, err = u.Writer.Get(t, key)
	if err == nil {
		u.got = change{t, key, value, ok}
	}
	return value, ok, err
}

func (u *undoable) Put(t kv.Table, key, value []byte) error {
	if err := u.note(t, key); err != nil {
		return err
	}
	return u.Writer.Put(t, key, value)
}

func (u *undoable) Delete(t kv.Table, key []byte) error {
	if err := u.note(t, key); err != nil {
		return err
	}
	return u.Writer.Delete(t, key)
}

// add puts what was not there before, which spares w from looking.
func add(w kv.Writer, t kv.Table, key, value []byte) error {
	if u, ok := w.(*undoable); ok {
		return u.add(t, key, value)
	}
	return w.Put(t, key, value)
}

func (u *undoable) add(t kv.Table, key, value []byte) error {
	u.got = change{}
	u.before = append(u.before, change{table: t, key: key})
	return u.Writer.Put(t, key, value)
}

// roomSize is what is got at a time, in bytes.
const roomSize = 16 << 10

// kept is a copy of a value that is written to w.
func kept(w kv.Writer, value []byte) []byte {
	u, ok := w.(*undoable)
	if !ok || len(value) > roomSize/4 {
		return bytes.Clone(value)
	}
	if cap(u.room)-len(u.room) < len(value) {
		u.room = make([]byte, 0, roomSize)
	}
	from := len(u.room)
	u.room = append(u.room, value...)
	return u.room[from:len(u.room):len(u.room)]
}

// note keeps a value without copying it: it is valid until the transaction ends.
func (u *undoable) note(t kv.Table, key []byte) error {
	now := u.got
	u.got = change{}
	if now.table != t || !bytes.Equal(now.key, key) {
		value, was, err := u.Writer.Get(t, key)
		if err != nil {
			return err
		}
		now = change{t, key, value, was}
	}
	u.before = append(u.before, now)
	return nil
}

func (u *undoable) undo() error {
	for n := len(u.before) - 1; n >= 0; n-- {
		c := u.before[n]
		err := error(nil)
		if c.was {
			err = u.Writer.Put(c.table, c.key, c.value)
		} else {
			err = u.Writer.Delete(c.table, c.key)
		}
		if err != nil {
			return fmt.Errorf("take back a change of %s: %w", c.table, err)
		}
	}
	return nil
}
