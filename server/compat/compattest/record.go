package compattest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/servertest"
)

// Recorder makes requests and compares each, with its answer, with the file
// testdata/compat/<service>/<name>.txtar of the project, which -update rewrites. The
// files are the documentation of what the wire looks like.
type Recorder struct {
	Service string
	Caller  servertest.Caller // without a key
	Secrets []string          // values that are not written down
	Headers []string          // that every request has
	Masks   []Mask            // what differs between runs, besides UUIDs and addresses of pictures
}

// Mask replaces what a pattern finds; With may name groups of it.
type Mask struct {
	Pattern *regexp.Regexp
	With    string
}

var masks = []Mask{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`), "<uuid>"},
	{regexp.MustCompile(`127\.0\.0\.1:[0-9]+`), "pictures.example.org"},
}

// Folder is where the records of a service are, seen from the folder of its package.
func Folder(service string) string {
	return filepath.Join("..", "..", "..", "testdata", "compat", service)
}

// Send makes a request and keeps it under name. A body is sent as Caller.Send does; further
// headers, "Name: value", come after those of the Recorder.
func (r *Recorder) Send(t testing.TB, name, method, path string, body any, headers ...string) *servertest.Answer {
	t.Helper()
	all := slices.Concat(r.Headers, headers)
	a := r.Caller.Send(t, method, path, body, all...)
	r.compare(t, name, r.written(t, method, path, body, all, a))
	return a
}

// Received keeps a request that the service made itself, as a callback, under name. Its
// method, its body and the headers that are named are compared.
func (r *Recorder) Received(t testing.TB, name string, req *http.Request, body []byte, headers ...string) {
	t.Helper()
	var out bytes.Buffer
	fmt.Fprintf(&out, "-- request --\n%s %s\n", req.Method, req.URL.Path)
	for _, h := range headers {
		fmt.Fprintf(&out, "%s: %s\n", h, req.Header.Get(h))
	}
	fmt.Fprintf(&out, "\n%s", readable(t, req.Header.Get("Content-Type"), body))
	r.compare(t, name, r.masked(out.Bytes()))
}

// written is the record: two sections in the format of txtar.
func (r *Recorder) written(t testing.TB, method, path string, body any, headers []string, a *servertest.Answer) []byte {
	t.Helper()
	var out bytes.Buffer
	fmt.Fprintf(&out, "-- request --\n%s %s\n", method, path)
	for _, h := range headers {
		fmt.Fprintln(&out, h)
	}
	fmt.Fprintf(&out, "\n%s", readable(t, typeOf(headers), encoded(t, body)))
	fmt.Fprintf(&out, "-- answer --\n%d\n", a.Code)
	for _, name := range []string{"Allow", "Content-Disposition", "Content-Type", "Link", "Location", "Retry-After", "X-Next-Page"} {
		for _, value := range a.Header.Values(name) {
			fmt.Fprintf(&out, "%s: %s\n", name, value)
		}
	}
	fmt.Fprintf(&out, "\n%s", readable(t, a.Header.Get("Content-Type"), a.Body))
	return r.masked(out.Bytes())
}

func encoded(t testing.TB, body any) []byte {
	t.Helper()
	switch b := body.(type) {
	case nil:
		return nil
	case []byte:
		return b
	case string:
		return []byte(b)
	}
	out, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// typeOf is what the headers of a request say of its body; JSON if they say nothing.
func typeOf(headers []string) string {
	for _, h := range headers {
		if name, value, _ := strings.Cut(h, ":"); strings.EqualFold(name, "Content-Type") {
			return strings.TrimSpace(value)
		}
	}
	return "application/json"
}

// readable is a body with JSON indented; of files it says only what they are.
func readable(t testing.TB, contentType string, body []byte) []byte {
	t.Helper()
	media, _, _ := mime.ParseMediaType(contentType)
	var out bytes.Buffer
	switch {
	case len(body) == 0:
		return nil
	case json.Valid(body):
		if err := json.Indent(&out, bytes.TrimSpace(body), "", "  "); err != nil {
			t.Fatal(err)
		}
	case strings.HasPrefix(media, "text/") || media == "application/json" || media == "application/x-www-form-urlencoded":
		out.Write(bytes.TrimSpace(body))
	default:
		fmt.Fprintf(&out, "(a file of %s)", media)
	}
	out.WriteByte('\n')
	return out.Bytes()
}

func (r *Recorder) masked(text []byte) []byte {
	for _, secret := range r.Secrets {
		text = bytes.ReplaceAll(text, []byte(secret), []byte("<secret>"))
	}
	for _, m := range slices.Concat(r.Masks, masks) {
		text = m.Pattern.ReplaceAll(text, []byte(m.With))
	}
	return text
}

func (r *Recorder) compare(t testing.TB, name string, got []byte) {
	t.Helper()
	path := filepath.Join(Folder(r.Service), name+".txtar")
	if *servertest.Update {
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
		t.Errorf("%s differs:\n%s", path, got)
	}
}
