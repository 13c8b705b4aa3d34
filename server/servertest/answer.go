package servertest

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Update is the flag that rewrites golden files.
var Update = flag.Bool("update", false, "rewrite golden files")

// Answer is what came back. Its methods check it and return it.
type Answer struct {
	Code   int
	Header http.Header
	Body   []byte
	what   string // the request, for messages
}

// Status checks the status.
func (a *Answer) Status(t testing.TB, want int) *Answer {
	t.Helper()
	if a.Code != want {
		t.Fatalf("%s: status %d, want %d: %s", a.what, a.Code, want, a.Body)
	}
	return a
}

// JSON reads the body into v.
func (a *Answer) JSON(t testing.TB, v any) *Answer {
	t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		t.Fatalf("%s: %v: %s", a.what, err, a.Body)
	}
	return a
}

// Fails checks status and code of a problem document.
func (a *Answer) Fails(t testing.TB, status int, code string) *Answer {
	t.Helper()
	a.Status(t, status)
	var p struct {
		Code, Detail string
		Status       int
	}
	a.JSON(t, &p)
	if p.Code != code || p.Status != status || p.Detail == "" {
		t.Fatalf("%s: problem %s, want the code %s, the status %d and a sentence", a.what, a.Body, code, status)
	}
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s: a problem of type %q", a.what, got)
	}
	return a
}

// random are the parts of a body that differ between runs; ids do not, they come
// from the clock.
var random = []struct {
	re   *regexp.Regexp
	mask string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`), "<uuid>"},
	{regexp.MustCompile(`("publicId": ")[^"]+`), "$1<public>"},
	{regexp.MustCompile(`(/p/)[0-9A-Za-z]{14}`), "$1<public>"},
	{regexp.MustCompile(`("requestId": ")[^"]+`), "$1<request>"},
	{regexp.MustCompile(`("authenticationToken": ")[^"]+`), "$1<token>"},
}

// Golden compares a JSON body, indented and without what is random, with
// testdata/name.
func (a *Answer) Golden(t testing.TB, name string) *Answer {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, bytes.TrimSpace(a.Body), "", "  "); err != nil {
		t.Fatalf("%s: %v: %s", a.what, err, a.Body)
	}
	out.WriteByte('\n')
	got := out.Bytes()
	for _, r := range random {
		got = r.re.ReplaceAll(got, []byte(r.mask))
	}
	path := filepath.Join("testdata", name)
	if *Update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run the test with -update", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from %s:\n%s", a.what, path, got)
	}
	return a
}
