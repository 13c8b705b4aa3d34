package store

import (
	"bytes"

	"pocketpass/store/kv"
)

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
