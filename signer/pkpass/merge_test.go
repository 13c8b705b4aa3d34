package pkpass_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"pocketpass/signer/pkpass"
)

func TestMerge(t *testing.T) {
	tests := []struct{ name, base, patch, want string }{
		{"set members replace, others stay", `{"description":"a","logoText":"x","voided":true}`, `{"description":"b","voided":false}`, `{"description":"b","voided":false,"logoText":"x"}`},
		{"lists are replaced", `{"locations":[{"latitude":1},{"latitude":2}]}`, `{"locations":[{"longitude":3}]}`, `{"locations":[{"longitude":3}]}`},
		{"an empty list empties", `{"locations":[{"latitude":1}]}`, `{"locations":[]}`, `{"locations":[]}`},
		{"objects merge", `{"nfc":{"message":"a","encryptionPublicKey":"k"}}`, `{"nfc":{"message":"b"}}`, `{"nfc":{"message":"b","encryptionPublicKey":"k"}}`},
		{"new objects are taken", `{}`, `{"nfc":{"message":"b"}}`, `{"nfc":{"message":"b"}}`},
		{"tags merge", `{"semantics":{"eventName":"a","venueName":"v"}}`, `{"semantics":{"eventName":"b"}}`, `{"semantics":{"eventName":"b","venueName":"v"}}`},
		{"unknown keys merge", `{"x":1,"y":1}`, `{"y":2,"z":3}`, `{"x":1,"y":2,"z":3}`},
		{"a field's members merge", `{"generic":{"headerFields":[{"key":"a","label":"L","value":1}]}}`, `{"generic":{"headerFields":[{"key":"a","value":"2"}]}}`, `{"generic":{"headerFields":[{"key":"a","label":"L","value":"2"}]}}`},
		{"a field is changed where it is", `{"generic":{"headerFields":[{"key":"a","value":1}],"backFields":[]}}`, `{"generic":{"backFields":[{"key":"a","value":2}]}}`, `{"generic":{"headerFields":[{"key":"a","value":2}],"backFields":[]}}`},
		{"an unknown field is appended", `{"generic":{"backFields":[{"key":"a","value":1}]}}`, `{"generic":{"backFields":[{"key":"b","value":2},{"key":"a","value":3}]}}`, `{"generic":{"backFields":[{"key":"a","value":3},{"key":"b","value":2}]}}`},
		{"a field without a key is appended", `{"generic":{"backFields":[{"value":1}]}}`, `{"generic":{"backFields":[{"value":2}]}}`, `{"generic":{"backFields":[{"value":1},{"value":2}]}}`},
		{"styles are scopes of their own", `{"generic":{"backFields":[{"key":"a","value":1}]},"posterGeneric":{"backFields":[{"key":"a","value":1}]}}`, `{"posterGeneric":{"backFields":[{"key":"a","value":2}]}}`, `{"generic":{"backFields":[{"key":"a","value":1}]},"posterGeneric":{"backFields":[{"key":"a","value":2}]}}`},
		{"the rest of a style merges", `{"boardingPass":{"transitType":"PKTransitTypeAir","x":1}}`, `{"boardingPass":{"transitType":"PKTransitTypeBus"}}`, `{"boardingPass":{"transitType":"PKTransitTypeBus","x":1}}`},
		{"links merge", `{"sellURL":"a:b","transferURL":"a:c"}`, `{"sellURL":"a:d"}`, `{"transferURL":"a:c","sellURL":"a:d"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base, patch := mustParse(t, tt.base), mustParse(t, tt.patch)
			if got := encode(t, base.Merge(patch)); string(got) != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
			if got := encode(t, base); !sameJSON(t, got, []byte(tt.base)) {
				t.Errorf("the base changed to %s", got)
			}
			if got := encode(t, patch); !sameJSON(t, got, []byte(tt.patch)) {
				t.Errorf("the patch changed to %s", got)
			}
		})
	}
}

// TestNothingIsShared writes over everything that a copy holds and looks at
// the originals.
func TestNothingIsShared(t *testing.T) {
	tests := []struct {
		name string
		copy func(base, patch *pkpass.Document) *pkpass.Document
	}{
		{"clone", func(base, _ *pkpass.Document) *pkpass.Document { return base.Clone() }},
		{"merge onto nothing", func(_, patch *pkpass.Document) *pkpass.Document { return new(pkpass.Document).Merge(patch) }},
		{"merge", func(base, patch *pkpass.Document) *pkpass.Document { return base.Merge(patch) }},
		{"merge of nothing", func(base, _ *pkpass.Document) *pkpass.Document { return base.Merge(new(pkpass.Document)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base, patch := everything(), everything()
			before := string(encode(t, base))
			scribble(reflect.ValueOf(tt.copy(base, patch)).Elem())
			if string(encode(t, base)) != before || string(encode(t, patch)) != before {
				t.Error("a change of the copy is seen in an original")
			}
		})
	}
}

// scribble changes v and all that it leads to, in place.
func scribble(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("scribble")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(99)
	case reflect.Float64:
		v.SetFloat(99)
	case reflect.Uint8:
		v.SetUint('9')
	case reflect.Pointer:
		scribble(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			scribble(v.Index(i))
		}
	case reflect.Map:
		extra := v.Interface().(map[string]json.RawMessage)
		for _, raw := range extra {
			scribble(reflect.ValueOf(raw))
		}
		extra["scribble"] = json.RawMessage("9")
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[pkpass.Value]() {
			v.Set(reflect.ValueOf(pkpass.Text("scribble")))
			return
		}
		for i := range v.NumField() {
			scribble(v.Field(i))
		}
	}
}

func BenchmarkClone(b *testing.B) {
	d := mustParse(b, readClean(b, "storeCard"))
	b.ReportAllocs()
	for b.Loop() {
		d.Clone()
	}
}

func BenchmarkMerge(b *testing.B) {
	d := mustParse(b, readClean(b, "storeCard"))
	patch := mustParse(b, `{"serialNumber":"c-1","storeCard":{"headerFields":[{"key":"stamps","value":4}]}}`)
	b.ReportAllocs()
	for b.Loop() {
		d.Merge(patch)
	}
}
