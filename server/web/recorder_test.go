package web_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pocketpass/server/web"
)

// capable is a writer that notes which of its abilities were used.
type capable struct {
	*httptest.ResponseRecorder
	readFrom, flushed int
	deadline          time.Time
}

func (c *capable) ReadFrom(r io.Reader) (int64, error) {
	c.readFrom++
	return io.Copy(struct{ io.Writer }{c.ResponseRecorder}, r)
}
func (c *capable) Flush()                             { c.flushed++ }
func (c *capable) SetWriteDeadline(t time.Time) error { c.deadline = t; return nil }

func TestWriterKeepsItsAbilities(t *testing.T) {
	w := &capable{ResponseRecorder: httptest.NewRecorder()}
	var bytesSeen int64
	f := web.Front{Log: slog.New(slog.DiscardHandler), Observe: func(o web.Observation) { bytesSeen = o.Bytes }}
	f.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, io.LimitReader(strings.NewReader("from a reader"), 4))
		io.WriteString(w, " and a string")
		w.Write([]byte(" and bytes"))
		w.(http.Flusher).Flush()
		rc := http.NewResponseController(w)
		if err := rc.Flush(); err != nil {
			t.Error(err)
		}
		if err := rc.SetWriteDeadline(time.Unix(9, 0)); err != nil {
			t.Error(err)
		}
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Body.String(); got != "from and a string and bytes" || bytesSeen != int64(len(got)) {
		t.Errorf("wrote %q, counted %d", got, bytesSeen)
	}
	if w.readFrom != 1 || w.flushed != 2 || w.deadline.Unix() != 9 {
		t.Errorf("ReadFrom %d, Flush %d, deadline %v", w.readFrom, w.flushed, w.deadline)
	}
}

func TestServeContentIsNotSlowed(t *testing.T) {
	w := &capable{ResponseRecorder: httptest.NewRecorder()}
	f := web.Front{Log: slog.New(slog.DiscardHandler)}
	body := bytes.Repeat([]byte("x"), 1<<16)
	f.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.bin", time.Unix(1, 0), bytes.NewReader(body))
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.readFrom != 1 || w.Body.Len() != len(body) {
		t.Errorf("ReadFrom used %d times, %d bytes", w.readFrom, w.Body.Len())
	}
}

func TestStatusOfInterimAnswers(t *testing.T) {
	var seen web.Observation
	f := web.Front{Log: slog.New(slog.DiscardHandler), Observe: func(o web.Observation) { seen = o }}
	for name, tt := range map[string]struct {
		write func(http.ResponseWriter)
		want  int
	}{
		"nothing":          {func(http.ResponseWriter) {}, 200},
		"bytes only":       {func(w http.ResponseWriter) { w.Write([]byte("x")) }, 200},
		"early hints":      {func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(404) }, 404},
		"the first counts": {func(w http.ResponseWriter) { w.WriteHeader(204); w.WriteHeader(500) }, 204},
	} {
		f.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { tt.write(w) })).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		if seen.Status != tt.want {
			t.Errorf("%s: status %d, want %d", name, seen.Status, tt.want)
		}
	}
}

// BenchmarkFront measures what the front adds to a request that costs nothing.
// Compare it with "bare".
func BenchmarkFront(b *testing.B) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /wallet/v1/passes/{type}/{serial}", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotModified)
	})
	f := web.Front{Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), LogAll: true, MaxBody: 1 << 20}
	limiter, err := web.NewLimiter(1e9, 1e9, 1000, nil)
	if err != nil {
		b.Fatal(err)
	}
	inner := web.InFlight(100, web.Problems(mux))
	for _, bench := range []struct {
		name string
		h    http.Handler
	}{
		{"bare", mux},
		{"wrapped", f.Wrap(inner)},
		{"limited", f.Wrap(web.RateLimit(limiter, inner))},
	} {
		b.Run(bench.name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/wallet/v1/passes/pass.example/123", nil)
			w := &discard{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				bench.h.ServeHTTP(w, r)
			}
		})
	}
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}
