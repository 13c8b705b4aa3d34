package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"

	"pocketpass/store/kv"
)

// table is one kind of record: its fields or, of records that are few, JSON in an
// envelope under its primary key, and the indexes that put and remove keep in step.
type table[T any] struct {
	name    kv.Table
	fields  func(*T, *fields) // nil means JSON
	key     func(*T) []byte
	indexes []index[T]
	unmoved func(from, to *T) bool // nothing differs that an index key is made of; nil means look at the keys
}

func (t table[T]) get(r kv.Reader, key []byte) (T, error) {
	var v T
	raw, ok, err := r.Get(t.name, key)
	if err != nil {
		return v, fmt.Errorf("read %s: %w", t.name, err)
	}
	if !ok {
		return v, ErrNotFound
	}
	return v, t.decode(raw, &v)
}

// getImage is get with the bytes of the record, which what it returns refers to.
func (t table[T]) getImage(r kv.Reader, key []byte) (*T, Image, error) {
	raw, ok, err := r.Get(t.name, key)
	if err == nil && !ok {
		return nil, "", ErrNotFound
	}
	if err == nil {
		_, err = unwrap(raw)
	}
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", t.name, err)
	}
	v, image := new(T), Image(raw)
	if err := t.read(string(image[envelopeHead:]), v); err != nil {
		return nil, "", fmt.Errorf("read %s: %w", t.name, err)
	}
	return v, image, nil
}

func (t table[T]) decode(raw []byte, v *T) error {
	payload, err := unwrap(raw)
	if err == nil {
		err = t.unmarshal(payload, v)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", t.name, err)
	}
	return nil
}

func (t table[T]) unmarshal(payload []byte, v *T) error {
	if t.fields == nil {
		return json.Unmarshal(payload, v)
	}
	return t.read(string(payload), v)
}

// read decodes a record that has fields.
func (t table[T]) read(payload string, v *T) error {
	f := fields{reading: true, in: payload}
	if t.fields(v, &f); f.damaged || f.in != "" {
		return ErrDamaged
	}
	return nil
}

// encode makes the record with its envelope, for w.
func (t table[T]) encode(w kv.Writer, v *T) ([]byte, error) {
	if t.fields == nil {
		return encodeJSON(t.name, v)
	}
	return take(w, t.lay(v)), nil
}

func encodeJSON(name kv.Table, v any) ([]byte, error) {
	payload, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", name, err)
	}
	return wrap(payload), nil
}

// take copies what was laid out for w, and puts back what it was laid out in.
func take(w kv.Writer, scratch *fields) []byte {
	raw := kept(w, scratch.out)
	scratches.Put(scratch)
	return raw
}

// scratches are where records are laid out before it is known how long they are.
var scratches = sync.Pool{New: func() any { return &fields{out: make([]byte, 0, 1024)} }}

// lay lays v out with its envelope. The caller puts the result back.
func (t table[T]) lay(v *T) *fields {
	f := scratches.Get().(*fields)
	f.out = f.out[:envelopeHead]
	t.fields(v, f)
	seal(f.out)
	return f
}

// find follows a unique index.
func (t table[T]) find(r kv.Reader, ix kv.Table, key []byte) (T, error) {
	primary, err := t.lookUp(r, ix, key)
	if err != nil {
		var zero T
		return zero, err
	}
	return t.get(r, primary)
}

// lookUp returns the primary key that a unique index has.
func (t table[T]) lookUp(r kv.Reader, ix kv.Table, key []byte) ([]byte, error) {
	primary, ok, err := r.Get(ix, key)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ix, err)
	}
	if !ok {
		return nil, ErrNotFound
	}
	return primary, nil
}

// follow reads the record that an entry of an index, or of the table itself, stands for.
func (t table[T]) follow(r kv.Reader, ix kv.Table, key, value []byte) (T, error) {
	if ix != t.name {
		v, err := t.get(r, named(key, value))
		if err != nil {
			return v, fmt.Errorf("follow %s: %w", ix, err)
		}
		return v, nil
	}
	var v T
	return v, t.decode(value, &v)
}

// put writes v and moves its index entries. A unique key that another record
// holds is ErrExists.
func (t table[T]) put(w kv.Writer, v *T) error {
	old, err := t.previous(w, t.key(v))
	if err != nil {
		return err
	}
	return t.replace(w, old, v)
}

// replace writes v where old is, which may be nil, and moves its index entries.
func (t table[T]) replace(w kv.Writer, old, v *T) error {
	primary := t.key(v)
	if err := t.moveAll(w, primary, old, v); err != nil {
		return err
	}
	raw, err := t.encode(w, v)
	if err != nil {
		return err
	}
	if old == nil {
		return add(w, t.name, primary, raw)
	}
	return w.Put(t.name, primary, raw)
}

// holds says whether the database has v as it is. What an older program wrote ends
// earlier and may mean the same.
func (t table[T]) holds(r kv.Reader, v *T) (bool, error) {
	raw, ok, err := r.Get(t.name, t.key(v))
	if err != nil || !ok {
		return false, err
	}
	want := t.lay(v)
	defer scratches.Put(want)
	if bytes.Equal(want.out, raw) {
		return true, nil
	}
	var now T
	if err := t.decode(raw, &now); err != nil {
		return false, err
	}
	have := t.lay(&now)
	defer scratches.Put(have)
	return bytes.Equal(want.out, have.out), nil
}

// moveAll moves the index entries of old to where those of v belong.
func (t table[T]) moveAll(w kv.Writer, primary []byte, old, v *T) error {
	if old != nil && t.unmoved != nil && t.unmoved(old, v) {
		return nil
	}
	all := make([]shift, len(t.indexes))
	for n, ix := range t.indexes {
		all[n] = ix.shift(old, v)
	}
	return moveEach(w, primary, all)
}

// moveEach moves entries of all indexes of a record, or none.
func moveEach(w kv.Writer, primary []byte, all []shift) error {
	for _, s := range all { // before anything is written: those who share the commit have nothing to undo then
		if err := s.free(w, primary); err != nil {
			return err
		}
	}
	for _, s := range all {
		if err := s.move(w, primary); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes a record with its index entries; a missing one is no error.
func (t table[T]) remove(w kv.Writer, primary []byte) error {
	old, err := t.previous(w, primary)
	if err != nil || old == nil {
		return err
	}
	for _, ix := range t.indexes {
		if err := ix.shift(old, nil).move(w, primary); err != nil {
			return err
		}
	}
	return w.Delete(t.name, primary)
}

func (t table[T]) previous(r kv.Reader, primary []byte) (*T, error) {
	raw, ok, err := r.Get(t.name, primary)
	if err != nil || !ok {
		return nil, err
	}
	var v T
	return &v, t.decode(raw, &v)
}
