package store_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pocketpass/store"
)

// TestRecordsComeBack writes records in which every field has a value, and empty ones.
func TestRecordsComeBack(t *testing.T) {
	f := newFixture(t)
	var p store.Pass
	var d store.Device
	var g store.Registration
	var parcel store.Parcel
	var link store.Link
	var consent store.Consent
	for _, v := range []any{&p, &d, &g, &parcel, &link, &consent} {
		fillIn(reflect.ValueOf(v).Elem(), new(int))
	}
	p.Org, p.Deleted = f.org, time.Time{}
	bare := store.Pass{ID: p.ID + 1, Org: f.org, SerialNumber: "bare", Created: time.UnixMilli(-5).UTC(), Version: store.Version{Modified: -1}}
	f.update(t, func(tx store.Tx) error {
		for _, err := range []error{tx.PutPass(p), tx.PutPass(bare), tx.PutDevice(d), tx.PutRegistration(g), tx.PutParcel(parcel), tx.PutLink(link), tx.PutConsent(consent),
			tx.AddEvent(&store.Event{Subject: p.ID, Type: "kind", By: "by", Detail: map[string]string{"a": "1", "b": ""}})} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	f.view(t, func(r store.Reader) error {
		got, err := r.Pass(f.org, p.ID)
		same(t, got, p, err)
		got, err = r.Pass(f.org, bare.ID)
		same(t, got, bare, err)
		device, err := r.Device(d.PassTypeIdentifier, d.Library)
		same(t, device, d, err)
		registration, err := r.Registration(g.Pass, g.Library)
		same(t, registration, g, err)
		queued, err := r.Parcel(parcel.Org, parcel.ID)
		same(t, queued, parcel, err)
		way, err := r.LinkBySlug(link.Slug)
		same(t, way, link, err)
		agreed, _, err := r.Consents(consent.Pass, store.Page{})
		same(t, agreed, []store.Consent{consent}, err)
		events, _, err := r.Events(p.ID, store.Page{})
		same(t, events[0].Detail, map[string]string{"a": "1", "b": ""}, err)
		return nil
	})
}

func same[T any](t *testing.T, got, want T, err error) {
	t.Helper()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

// fillIn gives every field within v another value.
func fillIn(v reflect.Value, n *int) {
	*n++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(start.Add(time.Duration(*n) * time.Millisecond)))
		return
	case json.RawMessage:
		v.SetBytes([]byte(`"` + string(rune('a'+*n)) + `"`))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fillIn(v.Field(i), n)
		}
	case reflect.String:
		v.SetString(string(rune('a' + *n)))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fillIn(v.Index(0), n)
		fillIn(v.Index(1), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fillIn(key, n)
		fillIn(value, n)
		v.SetMapIndex(key, value)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint64:
		v.SetUint(1<<40 + uint64(*n))
	default:
		v.SetInt(int64(*n))
	}
}

// FuzzRecord reads bytes of anybody's making as a pass: no panic, no huge memory,
// and what can be read is written back as something that reads the same.
func FuzzRecord(f *testing.F) {
	p := store.Pass{ID: 7, SerialNumber: "a", Values: map[string]json.RawMessage{"k": json.RawMessage("1")}, Tags: []string{"x"}, Created: start}
	whole := store.EncodePass(p)
	f.Add(whole)
	f.Add(whole[:20]) // as before the last fields existed
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		p, err := store.DecodePass(payload)
		if err != nil {
			t.Skip()
		}
		again, err := store.DecodePass(store.EncodePass(p))
		same(t, again, p, err)
	})
}

// TestShortRecord reads every beginning of a record: it is damage if it ends
// within a field, else the fields that are missing are zero.
func TestShortRecord(t *testing.T) {
	p := store.Pass{ID: 7, SerialNumber: "serial", Tags: []string{"x", "y"}, Person: map[string]string{"name": "Ada"}, Created: start, Personalized: start,
		Devices: store.Installations{LastRemoved: start}, Spent: start, Sent: 3, Placed: true, File: "sum", Retired: []string{"sum"},
		Former: store.Former{Service: "passtools", ID: "90412"}, Hidden: []string{"key"}, LocalID: "M-1", Lasting: true}
	whole := store.EncodePass(p)
	read := 0
	for n := range whole {
		got, err := store.DecodePass(whole[:n])
		if err == nil && reflect.DeepEqual(got, p) {
			t.Fatalf("%d of %d bytes are read as the whole", n, len(whole))
		}
		if err == nil {
			read++
		}
	}
	if read == 0 || read > 60 { // the fields of a pass
		t.Errorf("%d beginnings could be read", read)
	}
	if _, err := store.DecodePass(append(whole, 0)); err == nil {
		t.Error("a byte more was read")
	}
}
