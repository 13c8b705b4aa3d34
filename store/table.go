package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
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

// index maps keys computed from a record to the record's primary key.
type index[T any] struct {
	name   kv.Table
	unique bool // the key alone names the record; otherwise it must contain the primary key
	bare   bool // the key ends with the primary key, an id, and there is no value
	keys   func(*T) [][]byte
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

// Page asks for one page of a list: the records after the one named by After,
// in the order of ids (newest first with Reverse), at most Limit.
type Page struct {
	After   ID
	Limit   int // 0 means no limit
	Reverse bool
	From    ID // first record that may be on it
	Before  ID // first one that may not, 0 means no end
}

// EachPage reads page after page of a list until there is none after it.
func EachPage(read func(Page) (next ID, err error)) error {
	for p := (Page{Limit: 500}); ; {
		next, err := read(p)
		if err != nil || next == 0 {
			return err
		}
		p.After = next
	}
}

// scanBudget bounds the records looked at for one page, whatever the filter, so
// that a filter that matches nothing costs no more than one that matches all.
const scanBudget = 5000

// prefixed is the range of all keys that begin with prefix, cut at the page's
// start. Keys in the range end with the id that pages count by.
func (p Page) prefixed(prefix []byte) kv.Range {
	r := kv.Range{From: prefix, To: successor(prefix), Reverse: p.Reverse}
	if p.From != 0 {
		r.From = append(bytes.Clone(prefix), p.From.key()...)
	}
	if p.Before != 0 {
		r.To = append(bytes.Clone(prefix), p.Before.key()...)
	}
	if p.After == 0 {
		return r
	}
	at := append(bytes.Clone(prefix), p.After.key()...)
	if p.Reverse {
		r.To = at
	} else {
		r.From = append(at, 0)
	}
	return r
}

// successor is the first key after all keys that begin with prefix; nil means
// there is no end.
func successor(prefix []byte) []byte {
	b := bytes.Clone(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xff {
			b[i]++
			return b[:i+1]
		}
	}
	return nil
}

// list reads the records that an index names under prefix. keep may refuse a
// record; a nil keep takes all. When there may be more, next is the After of the
// following page, else 0; with a filter a page may be shorter than its limit
// and still have a next one.
func (t table[T]) list(r kv.Reader, ix kv.Table, prefix []byte, p Page, keep func(*T) bool) (out []T, next ID, err error) {
	next, err = p.scan(r, ix, prefix, func(key, value []byte) (int, error) {
		v, err := t.follow(r, ix, key, value)
		if err == nil && (keep == nil || keep(&v)) {
			out = append(out, v)
		}
		return len(out), err
	})
	return out, next, err
}

// scan hands the entries of a page to take, which says how many it has. next is the
// After of the following page, 0 if there is none.
func (p Page) scan(r kv.Reader, ix kv.Table, prefix []byte, take func(key, value []byte) (int, error)) (next ID, err error) {
	seen, taken, last := 0, 0, ID(0)
	err = r.Scan(ix, p.prefixed(prefix), func(key, value []byte) (err error) {
		if seen++; p.Limit > 0 && (taken == p.Limit || seen > scanBudget) {
			next = last
			return kv.ErrStop
		}
		if last, err = idFromKey(key[max(0, len(key)-8):]); err == nil {
			taken, err = take(key, value)
		}
		return err
	})
	return next, err
}

// at reads at most limit of the records that an index names under prefix, after as many as
// skip says, and counts them all. Of others it reads the keys alone.
func (t table[T]) at(r kv.Reader, ix kv.Table, prefix []byte, skip, limit int, reverse bool) (out []T, total int64, err error) {
	err = r.Scan(ix, Page{Reverse: reverse}.prefixed(prefix), func(key, value []byte) error {
		if total++; total <= int64(skip) || len(out) == limit {
			return nil
		}
		v, err := t.follow(r, ix, key, value)
		out = append(out, v)
		return err
	})
	return out, total, err
}
