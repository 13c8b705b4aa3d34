package spelling_test

import (
	"strings"
	"testing"

	"pocketpass/signer/spelling"
)

func TestNearest(t *testing.T) {
	known := []string{"listen", "data", "base_url", "push.host", "tls.cert_file"}
	tests := []struct{ name, got, want string }{
		{"a letter left out", "lisen", "listen"},
		{"two letters swapped", "lsiten", "listen"},
		{"a letter too many", "dataa", "data"},
		{"another separator", "base-url", "base_url"},
		{"a dotted key", "push.hots", "push.host"},
		{"the same word", "data", "data"},
		{"nothing alike", "colour", ""},
		{"the empty word", "", ""},
		{"a very long word costs nothing", strings.Repeat("x", 1<<16), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := spelling.Nearest(tt.got, known); got != tt.want {
				t.Errorf("Nearest(%.20q) = %q, want %q", tt.got, got, tt.want)
			}
		})
	}
}

func TestNearestWithin(t *testing.T) {
	known := []string{"changeMessage", "value"}
	for got, want := range map[string]string{"chnageMessage": "changeMessage", "changmesage": "", "vaule": "value", "vales": ""} {
		if word := spelling.NearestWithin(1, got, known); word != want {
			t.Errorf("NearestWithin(1, %q) = %q, want %q", got, word, want)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	if got := spelling.DidYouMean("serv", []string{"serve"}); got != `; did you mean "serve"?` {
		t.Errorf("got %q", got)
	}
	if got := spelling.DidYouMean("zebra", []string{"serve"}); got != "" {
		t.Errorf("got %q, want silence", got)
	}
}
