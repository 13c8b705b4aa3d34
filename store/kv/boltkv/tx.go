package boltkv

import (
	"context"
	"errors"
	"slices"

	"go.etcd.io/bbolt"

	"pocketpass/store/kv"
)

var errEnded = errors.New("transaction has ended")

// tables finds buckets and remembers them: a transaction asks for the same few
// again and again.
type tables struct {
	tx    *bbolt.Tx
	known []table
	room  [8]table // what known begins with, for most need no more

	ascending []kv.Table
}

// fullPage leaves room for records to grow a little.
const fullPage = 0.9

func (d *DB) tables(tx *bbolt.Tx) *tables {
	t := &tables{tx: tx, ascending: d.ascending}
	t.known = t.room[:0]
	return t
}

type table struct {
	name   kv.Table
	bucket *bbolt.Bucket
}

// find returns nil for a table that nobody has written to.
func (t *tables) find(name kv.Table) *bbolt.Bucket {
	for _, k := range t.known {
		if k.name == name {
			return k.bucket
		}
	}
	b := t.tx.Bucket([]byte(name))
	if b == nil {
		return nil
	}
	if slices.Contains(t.ascending, name) {
		b.FillPercent = fullPage
	}
	t.known = append(t.known, table{name, b})
	return b
}

func (t *tables) findOrCreate(name kv.Table) (*bbolt.Bucket, error) {
	if b := t.find(name); b != nil {
		return b, nil
	}
	return t.tx.CreateBucket([]byte(name))
}

// reader is the kv.Reader of one call.
type reader struct {
	ctx    context.Context // ends a long Scan
	tables *tables         // nil once the call has ended
}

func (r *reader) end() { r.tables = nil }

func (r *reader) Get(t kv.Table, key []byte) (value []byte, ok bool, err error) {
	if r.tables == nil {
		return nil, false, errEnded
	}
	defer guard(&err)
	b := r.tables.find(t)
	if b == nil {
		return nil, false, nil
	}
	value = b.Get(key)
	return value, value != nil, nil
}

// writer is the kv.Writer of one call.
type writer struct {
	reader
	wrote bool  // also when a change broke off half way
	line  *line // of those who want to write
}

// Awaited says whether another call of Update waits for this one.
func (w *writer) Awaited() bool { return w.line.len() > 0 }

func (w *writer) Put(t kv.Table, key, value []byte) (err error) {
	if w.tables == nil {
		return errEnded
	}
	defer guard(&err)
	if value == nil {
		value = []byte{} // nil is how bbolt says that there is no such key
	}
	w.wrote = true
	b, err := w.tables.findOrCreate(t)
	if err != nil {
		return err
	}
	return b.Put(key, value)
}

func (w *writer) Delete(t kv.Table, key []byte) (err error) {
	if w.tables == nil {
		return errEnded
	}
	defer guard(&err)
	b := w.tables.find(t)
	if b == nil {
		return nil
	}
	w.wrote = true
	return b.Delete(key)
}
