package move_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/server/move"
)

// TestBusyService is asked again, later each time or when it says, but not for ever, and
// never after a refusal.
func TestBusyService(t *testing.T) {
	const list = "[]"
	for name, test := range map[string]struct {
		statuses []int // one after the other; the last for good
		after    string
		waits    []time.Duration
		err      string
	}{
		"at once":       {[]int{200}, "", nil, ""},
		"busy":          {[]int{429, 503, 200}, "", []time.Duration{time.Second, 2 * time.Second}, ""},
		"says when":     {[]int{503, 200}, "7", []time.Duration{7 * time.Second}, ""},
		"much too late": {[]int{420, 200}, "86400", []time.Duration{time.Minute}, ""},
		"never":         {[]int{500}, "", []time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second}, "out of order"},
		"refused":       {[]int{401}, "", nil, "out of order"},
		"elsewhere":     {[]int{302}, "", nil, "302"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				status := test.statuses[min(asked, len(test.statuses)-1)]
				asked++
				w.Header().Set("Retry-After", test.after)
				w.Header().Set("Location", "/")
				w.WriteHeader(status)
				body := list
				if status != 200 && status != 302 {
					body = `{"error": "out of order"}`
				}
				if _, err := w.Write([]byte(body)); err != nil {
					t.Error(err)
				}
			}))
			defer old.Close()
			var waits, told []time.Duration
			m := newMover(t, "walletkit", &move.Old{URL: old.URL, HTTP: old.Client(), Wait: func(_ context.Context, d time.Duration) error {
				waits = append(waits, d)
				return nil
			}, Waits: func(_ error, d time.Duration) { told = append(told, d) }}, t.TempDir(), nil)
			err := m.Read(t.Context())
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("read with %v", err)
			}
			if !slices.Equal(waits, told) {
				t.Errorf("waited %v, and told of %v", waits, told)
			}
			if len(waits) != len(test.waits) || asked != len(waits)+1 {
				t.Fatalf("asked %d times and waited %v", asked, waits)
			}
			for n, d := range waits {
				if d != test.waits[n] {
					t.Errorf("waited %v", waits)
				}
			}
		})
	}
}

// TestLongAnswer is not read to its end.
func TestLongAnswer(t *testing.T) {
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 17 << 4 {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	}))
	defer old.Close()
	m := newMover(t, "walletkit", &move.Old{URL: old.URL, HTTP: old.Client()}, t.TempDir(), nil)
	if err := m.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "16 MiB") || errors.Is(err, context.Canceled) {
		t.Errorf("read with %v", err)
	}
}

// TestNobodyThere names the host, and not the address, which may have a key in it.
func TestNobodyThere(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	m := newMover(t, "passtools", &move.Old{URL: gone.URL, Key: "k3y", HTTP: gone.Client(), Wait: func(context.Context, time.Duration) error { return nil }}, t.TempDir(), nil)
	err := m.Read(t.Context())
	if err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(gone.URL, "http://")+" does not answer") || strings.Contains(err.Error(), "k3y") {
		t.Errorf("read with %v", err)
	}
}

// TestBase takes addresses as the clients of each service have them.
func TestBase(t *testing.T) {
	for _, test := range []struct{ service, address, want string }{
		{"walletkit", "https://api.walletkit.com/v1/passes", "https://api.walletkit.com"},
		{"walletkit", "https://passes.example.com/walletkit/v1/passes/", "https://passes.example.com/walletkit"},
		{"walletkit", "https://passes.example.com/walletkit", "https://passes.example.com/walletkit"},
		{"passkit", "https://api-pass.passkit.net/v2", "https://api-pass.passkit.net"},
		{"passtools", "https://api.passtools.com/v1", "https://api.passtools.com"},
		{"passtools", "https://api.passtools.com", "https://api.passtools.com"},
		{"passworks", "https://api.passworks.io", "https://api.passworks.io"},
		{"passworks", "https://api.passworks.io/v1/", "https://api.passworks.io"},
	} {
		if got := move.Base(test.service, test.address); got != test.want {
			t.Errorf("%s, %s: %s", test.service, test.address, got)
		}
	}
}
