package store_test

import (
	"encoding/binary"
	"reflect"
	"slices"
	"testing"
	"time"

	"pocketpass/store"
	"pocketpass/store/kv"
)

// TestUnmovedPasses changes one field of a pass after the other: whenever that moves
// an index entry, the shortcut around the indexes must not be taken.
func TestUnmovedPasses(t *testing.T) {
	base := store.Pass{ID: 1, Org: 2, Campaign: 3, Template: 4, Holder: 5, PassTypeIdentifier: "t", SerialNumber: "s", PublicID: "p", ExternalID: "e",
		Code: "c", Tags: []string{"a"}, Scans: []string{"x"}, Expires: start}
	moved := 0
	for n := range reflect.TypeFor[store.Pass]().NumField() {
		p := base
		field := reflect.TypeFor[store.Pass]().Field(n)
		if !alter(reflect.ValueOf(&p).Elem().Field(n)) || field.Name == "ID" {
			continue
		}
		same := slices.Equal(store.PassKeys(base), store.PassKeys(p))
		if !same {
			moved++
		}
		if store.PassUnmoved(base, p) && !same {
			t.Errorf("%s moves index entries and is not compared", field.Name)
		}
	}
	if moved < 17 {
		t.Errorf("only %d fields move index entries", moved)
	}
}

// alter gives a field another value and says whether it knows how.
func alter(v reflect.Value) bool {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = x.Add(time.Hour)
	case *[]string:
		*x = append(slices.Clone(*x), "other")
	default:
		switch v.Kind() {
		case reflect.String:
			v.SetString(v.String() + "other")
		case reflect.Uint64:
			v.SetUint(v.Uint() + 1)
		case reflect.Int, reflect.Int64:
			v.SetInt(v.Int() + 1)
		case reflect.Struct:
			for n := range v.NumField() {
				alter(v.Field(n))
			}
		default:
			return false
		}
	}
	return true
}

// TestHasPass finds a pass as it is, also where an older program wrote it, whose
// records end earlier.
func TestHasPass(t *testing.T) {
	f := newFixture(t)
	p := f.pass(1, "a")
	f.update(t, func(tx store.Tx) error { return tx.PutPass(p) })
	payload := store.EncodePass(p)
	f.raw(t, func(w kv.Writer) error {
		return w.Put("pass", binary.BigEndian.AppendUint64(nil, 1), store.Wrap(payload[:len(payload)-4])) // Devices
	})
	f.view(t, func(r store.Reader) error {
		other := p
		other.Edited++
		missing := p
		missing.ID = 2
		for n, q := range []store.Pass{p, other, missing} {
			if has, err := r.HasPass(&q); err != nil || has != (n == 0) {
				t.Errorf("pass %d: %v, %v", n, has, err)
			}
		}
		return nil
	})
}

// TestLaidPasses changes one field of a pass after the other, lays the pass out, and
// stamps it: the database has what it would have if the pass had been put.
func TestLaidPasses(t *testing.T) {
	f := newFixture(t)
	base := f.pass(1, "a")
	base.Tags = []string{"a"}
	f.update(t, func(tx store.Tx) error { return tx.PutPass(base) })
	for n := range reflect.TypeFor[store.Pass]().NumField() {
		p := base
		field := reflect.TypeFor[store.Pass]().Field(n)
		if field.Name == "ID" || field.Name == "Deleted" || !alter(reflect.ValueOf(&p).Elem().Field(n)) {
			continue
		}
		laid := store.LayPass(&base, &p)
		p.Version.Revision, p.Version.At, p.Edited, p.Updated = 1<<40, 7, 3, f.now.Add(time.Minute)
		records := make([]string, 0, 2)
		for _, replace := range []func(store.Tx) error{
			func(tx store.Tx) error { return tx.ReplaceLaid(&base, &p, laid) },
			func(tx store.Tx) error { return tx.ReplacePass(&base, &p) },
		} {
			f.update(t, replace)
			f.view(t, func(r store.Reader) error {
				_, image, err := r.PassImage(p.Org, p.ID)
				records = append(records, string(image))
				return err
			})
			f.update(t, func(tx store.Tx) error { return tx.ReplacePass(&p, &base) })
		}
		if records[0] != records[1] {
			t.Errorf("%s: laid out it is\n%q, put\n%q", field.Name, records[0], records[1])
		}
	}
}
