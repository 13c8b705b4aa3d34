package pkpass_test

import (
	"testing"

	"pocketpass/signer/pkpass"
)

func TestMergeJSON(t *testing.T) {
	const template = `{"logoText":"Cafe","labelColor":"rgb(1,2,3)","coupon":{"primaryFields":[{"key":"a","label":"A","value":1,"numberStyle":"PKNumberStyleDecimal"},{"key":"b","label":"B","value":"x"}]}}`
	tests := []struct{ name, patch, want string }{
		{"a member", `{"logoText":null}`,
			`{"labelColor":"rgb(1,2,3)","coupon":{"primaryFields":[{"key":"a","label":"A","value":1,"numberStyle":"PKNumberStyleDecimal"},{"key":"b","label":"B","value":"x"}]}}`},
		{"members of a field", `{"labelColor":null,"coupon":{"primaryFields":[{"key":"a","label":null,"value":"none","numberStyle":null}]}}`,
			`{"logoText":"Cafe","coupon":{"primaryFields":[{"key":"a","value":"none"},{"key":"b","label":"B","value":"x"}]}}`},
		{"a style of another kind", `{"generic":null,"logoText":"null"}`,
			`{"labelColor":"rgb(1,2,3)","logoText":"null","coupon":{"primaryFields":[{"key":"a","label":"A","value":1,"numberStyle":"PKNumberStyleDecimal"},{"key":"b","label":"B","value":"x"}]}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := pkpass.ParseDocument([]byte(template))
			if err != nil {
				t.Fatal(err)
			}
			got, own, err := d.MergeJSON([]byte(tt.patch))
			if err != nil || own == nil {
				t.Fatal(own, err)
			}
			raw, err := got.Encode()
			if err != nil || string(raw) != tt.want {
				t.Errorf("got %s, %v, want %s", raw, err, tt.want)
			}
		})
	}
}
