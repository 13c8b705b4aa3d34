package store

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"time"
)

// fields writes or reads a record by one list of its fields for both directions:
//
//	number  varint; negative ones take 10 bytes
//	time    number of milliseconds since 1970; 0 is the zero time
//	text    length as a number, bytes
//	list    length as a number, items; a map is a list of pairs, sorted by key
//
// Records that every request needs are kept like this, because decoding JSON took
// more time than everything else about them. A list may only grow at its end: a
// record that ends early was written before the last fields existed, and they
// are zero.
type fields struct {
	reading bool
	out     []byte // written so far
	in      string // still to be read
	damaged bool   // in contradicts itself
}

// number is a field of any kind of integer.
func number[T ~int | ~int64 | ~uint64](f *fields, v *T) {
	if f.reading {
		*v = T(f.readNumber())
	} else {
		f.out = binary.AppendUvarint(f.out, uint64(*v))
	}
}

func (f *fields) readNumber() (n uint64) {
	for i := range len(f.in) {
		b := f.in[i]
		if i == binary.MaxVarintLen64 {
			break
		}
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			f.in = f.in[i+1:]
			return n
		}
	}
	f.damaged = f.damaged || f.in != ""
	f.in = ""
	return 0
}

func text[T ~string](f *fields, v *T) {
	if f.reading {
		*v = T(f.readText())
	} else {
		f.out = append(binary.AppendUvarint(f.out, uint64(len(*v))), *v...)
	}
}

func (f *fields) readText() string {
	n := f.readNumber()
	if n > uint64(len(f.in)) {
		f.in, f.damaged = "", true
		return ""
	}
	s := f.in[:n]
	f.in = f.in[n:]
	return s
}

func (f *fields) time(v *time.Time) {
	var ms int64
	if !f.reading && !v.IsZero() {
		ms = v.UnixMilli()
	}
	number(f, &ms)
	if !f.reading {
		return
	}
	if *v = (time.Time{}); ms != 0 {
		*v = time.UnixMilli(ms).UTC()
	}
}

// flag is a number that is 0 or 1.
func (f *fields) flag(v *bool) {
	n := 0
	if *v {
		n = 1
	}
	if number(f, &n); f.reading {
		*v = n != 0
	}
}

// raw is JSON that belongs to whoever gave it; none is nil.
func (f *fields) raw(v *json.RawMessage) {
	s := string(*v)
	if text(f, &s); f.reading {
		*v = nil
		if s != "" {
			*v = json.RawMessage(s)
		}
	}
}

// count is the length of a list. One that cannot fit into the rest is damage.
func (f *fields) count(have int) int {
	n := uint64(have)
	number(f, &n)
	if f.reading && n > uint64(len(f.in)) {
		f.in, f.damaged = "", true
		return 0
	}
	return int(n)
}

func (f *fields) texts(v *[]string) {
	n := f.count(len(*v))
	if f.reading {
		*v = nil
		if n > 0 {
			*v = make([]string, n)
		}
	}
	for i := range *v {
		text(f, &(*v)[i])
	}
}

// pairs is a map; one says how its values are written.
func pairs[V any](f *fields, v *map[string]V, one func(*fields, *V)) {
	n := f.count(len(*v))
	if !f.reading && n > 0 {
		keys := make([]string, 0, 8) // most have fewer, and these need no memory
		for key := range *v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			value := (*v)[key]
			text(f, &key)
			one(f, &value)
		}
	}
	if !f.reading {
		return
	}
	*v = nil
	if n > 0 {
		*v = make(map[string]V, n)
	}
	for range n {
		var key string
		var value V
		text(f, &key)
		one(f, &value)
		(*v)[key] = value
	}
}

func (v *Version) fields(f *fields) {
	number(f, &v.Revision)
	number(f, &v.Modified)
	number(f, &v.At)
}
