package pkpass_test

import (
	"strconv"
	"testing"

	"pocketpass/signer/pkpass"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestParseDate(t *testing.T) {
	for _, s := range []string{"2026-05-01T18:30Z", "2026-05-01T18:30:00Z", "2026-05-01T18:30+02:00", "2026-05-01T18:30:00.5-04:30"} {
		if _, err := pkpass.ParseDate(s); err != nil {
			t.Error(err)
		}
	}
	for _, s := range []string{"", "2026-05-01", "2026-05-01T18:30", "2026-05-01T18:30:00+0200", "2026-05-01 18:30Z", "2026-13-01T18:30Z", "2026-05-01T18:30:00,5Z"} {
		if _, err := pkpass.ParseDate(s); err == nil {
			t.Errorf("%q was accepted", s)
		}
	}
}

func TestColors(t *testing.T) {
	for in, want := range map[string][3]uint8{
		"rgb(1,2,3)": {1, 2, 3}, "rgb( 255 , 0, 7 )": {255, 0, 7}, "#0a0b0C": {10, 11, 12}, "#fff": {255, 255, 255},
	} {
		if got, ok := pkpass.Channels(in); !ok || got != want {
			t.Errorf("%q: got %v, %t", in, got, ok)
		}
	}
	for _, in := range []string{"rgb(256, 0, 0)", "rgb(-1, 0, 0)", "rgb(1, 2)", "rgba(1, 2, 3, 4)", "#ffff", "red", ""} {
		if got, ok := pkpass.Channels(in); ok {
			t.Errorf("%q was read as %v", in, got)
		}
	}
}
