package charset_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/encoding/ianaindex"

	"pocketpass/signer/pkpass/charset"
)

// TestEveryName: each listed name means what it means in x/text's index, which
// has tables for all sets and is too large for the program.
func TestEveryName(t *testing.T) {
	data, err := os.ReadFile("names.txt")
	if err != nil {
		t.Fatal(err)
	}
	names, unsupported := strings.Fields(string(data)), 0
	for _, name := range names {
		enc, err := ianaindex.IANA.Encoding(name)
		if err != nil {
			t.Errorf("%s is not registered", name)
			continue
		}
		for _, text := range []string{"Gate 7", "Müßig €", "Пропуск", "שלום", "カフェ 珈琲", "\xff"} {
			got, err := charset.Encode(text, strings.ToUpper(name))
			if errors.Is(err, charset.ErrUnsupported) {
				unsupported++
				break
			}
			if enc == nil {
				t.Errorf("%s: %v, and the index cannot convert to it", name, err)
				break
			}
			want, wantErr := enc.NewEncoder().String(text)
			if (err == nil) != (wantErr == nil) || err == nil && got != want {
				t.Errorf("%q in %s is %q, %v; the index has %q, %v", text, name, got, err, want, wantErr)
			}
		}
	}
	if converted := len(names) - unsupported; converted < 200 {
		t.Errorf("only %d of %d names convert", converted, len(names))
	}
}

func TestEncode(t *testing.T) {
	tests := []struct {
		name, set, text, want string
		err                   error
	}{
		{"surrounding spaces", " Latin1 ", "é", "\xe9", nil},
		{"Japanese", "Shift_JIS", "券", "\x8c\x94", nil},
		{"plain", "us-ascii", "A1", "A1", nil},
		{"beyond plain", "us-ascii", "é", "", charset.ErrUnencodable},
		{"lacking", "iso-8859-1", "€", "", charset.ErrUnencodable},
		{"listed only", "big5", "A", "", charset.ErrUnsupported},
		{"unknown", "klingon", "A", "", charset.ErrUnknown},
		{"none", "", "A", "", charset.ErrUnknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := charset.Encode(test.text, test.set)
			if got != test.want || !errors.Is(err, test.err) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
