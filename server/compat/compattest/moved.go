package compattest

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pocketpass/server"
	"pocketpass/server/compat/moved"
	"pocketpass/server/servertest"
)

// Control is a client of the control socket of s.
func Control(t testing.TB, s *servertest.Server) *http.Client {
	t.Helper()
	s.Until(t, "the control socket is there", func() bool {
		_, err := os.Stat(filepath.Join(s.Data, "control.sock"))
		return err == nil
	})
	c, done, err := server.Connect(t.Context(), server.Config{Data: s.Data}, server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := done(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// Again makes a request of a dialect as for a record that moves here, and returns the
// status and body of the answer. Headers are written as "Name: value".
func Again(t testing.TB, s *servertest.Server, path string, r moved.Record, body []byte, headers ...string) (int, []byte) {
	t.Helper()
	var wrapped bytes.Buffer
	media, err := moved.Wrap(&wrapped, r, typeOf(headers), body)
	if err != nil {
		t.Fatal(err)
	}
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.ControlURL+path, &wrapped)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		q.Header.Set(name, strings.TrimSpace(value))
	}
	q.Header.Set("Content-Type", media)
	a, err := Control(t, s).Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	got, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, got
}
