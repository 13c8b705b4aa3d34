package store

import (
	"bytes"
	"fmt"
	"slices"

	"pocketpass/store/kv"
)

// index maps keys computed from a record to the record's primary key.
type index[T any] struct {
	name   kv.Table
	unique bool // the key alone names the record; otherwise it must contain the primary key
	bare   bool // the key ends with the primary key, an id, and there is no value
	keys   func(*T) [][]byte
}

// entry is what the entries of an index are like, whatever they stand for.
type entry struct {
	name         kv.Table
	unique, bare bool
}

func (ix index[T]) entry() entry { return entry{ix.name, ix.unique, ix.bare} }

// shift is what changes in an index: keys that go, and keys that come.
type shift struct {
	entry
	gone, come [][]byte
}

// shift compares the keys of a record before and after a change; either may be nil.
func (ix index[T]) shift(from, to *T) shift {
	var before, after [][]byte
	if from != nil {
		before = ix.keys(from)
	}
	if to != nil {
		after = ix.keys(to)
	}
	return shift{ix.entry(), beside(before, after), beside(after, before)}
}

// beside are the keys that are not among others.
func beside(keys, others [][]byte) (out [][]byte) {
	if len(others) == 0 {
		return keys
	}
	for _, k := range keys {
		if !contains(others, k) {
			out = append(out, k)
		}
	}
	return out
}

// move makes the changes. Keys that come were not there: free has seen to those of a
// unique index, and all others contain the primary key.
func (s shift) move(w kv.Writer, primary []byte) error {
	for _, k := range s.gone {
		if err := w.Delete(s.name, k); err != nil {
			return err
		}
	}
	for _, k := range s.come {
		if err := add(w, s.name, k, s.value(primary)); err != nil {
			return err
		}
	}
	return nil
}

// value is what an entry for a record holds.
func (e entry) value(primary []byte) []byte {
	if e.bare {
		return nil
	}
	return primary
}

// named is the primary key of the record that an entry of an index stands for.
func named(key, value []byte) []byte {
	if len(value) == 0 {
		return key[max(0, len(key)-8):]
	}
	return value
}

// free says with ErrExists that another record holds a unique key that is new to this one.
func (s shift) free(r kv.Reader, primary []byte) error {
	if !s.unique {
		return nil
	}
	for _, k := range s.come {
		held, ok, err := r.Get(s.name, k)
		if err != nil {
			return err
		}
		if ok && !bytes.Equal(held, primary) {
			return fmt.Errorf("%s: %w", s.name, ErrExists)
		}
	}
	return nil
}

func contains(keys [][]byte, k []byte) bool {
	return slices.ContainsFunc(keys, func(x []byte) bool { return bytes.Equal(x, k) })
}
