package web_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"pocketpass/server/web"
)

// old is a dialect that answers errors with one word.
func old(t *testing.T) http.Handler {
	t.Helper()
	fail := func(w http.ResponseWriter, _ *http.Request, err error) {
		p := web.ProblemOf(err)
		w.WriteHeader(p.Status)
		_, _ = io.WriteString(w, "old "+p.Code)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /old/things/{name}", web.HandleWith(func(w http.ResponseWriter, r *http.Request) error {
		switch r.PathValue("name") {
		case "panic":
			panic("bug")
		case "error":
			return errors.New("broken")
		}
		_, err := io.WriteString(w, r.PathValue("name"))
		return err
	}, fail))
	mux.Handle("GET /old/rest/{rest...}", http.NotFoundHandler())
	d, err := web.NewDialects(map[string]string{"old.example.com": "old"},
		web.Dialect{Name: "old", Prefix: "/old", Handler: web.NoTrailingSlash(web.Strict(mux, fail)), Fail: fail})
	if err != nil {
		t.Fatal(err)
	}
	others := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.WriteError(w, r, &web.Problem{Status: 418, Code: "other"})
	})
	limited := web.LimitBody(1<<10, d.Serve(others))
	return (&web.Front{Log: slog.New(slog.DiscardHandler)}).Wrap(web.SingleSlashes(d.Recognise(limited, others)))
}

func TestDialects(t *testing.T) {
	h := old(t)
	tests := []struct {
		method, host, path string
		status             int
		body               string
	}{
		{"GET", "x", "/old/things/a", 200, "a"},
		{"GET", "x", "/old//things/a//", 200, "a"},
		{"GET", "x", "/old/things/a%2Fb", 200, "a/b"},
		{"GET", "x", "/old/things/a%2F", 200, "a/"},
		{"GET", "x", "/old/things/a%2f", 200, "a/"},
		{"GET", "old.example.com", "/things/a%2Fb/", 200, "a/b"},
		{"GET", "OLD.example.com.:8080", "/old/things/a", 200, "a"},
		{"GET", "x", "/old/things", 404, "old no_route"},
		{"GET", "x", "/old/things/../things/a", 404, "old no_route"},
		{"GET", "x", "/old/rest", 404, "old no_route"},
		{"GET", "x", "/old/rest/", 404, "old no_route"},
		{"GET", "old.example.com", "/", 404, "old no_route"},
		{"POST", "x", "/old/things/a", 405, "old method_not_allowed"},
		{"GET", "x", "/old/things/error", 500, "old internal"},
		{"GET", "x", "/old/things/panic", 500, "old internal"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(tt.method, "http://x"+tt.path, nil)
		r.Host = tt.host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.status || w.Body.String() != tt.body {
			t.Errorf("%s %s at %s: %d %q, want %d %q", tt.method, tt.path, tt.host, w.Code, w.Body, tt.status, tt.body)
		}
		if got := w.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("caches may keep the answer to %s %s: %q", tt.method, tt.path, got)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/older", nil))
	if w.Code != 418 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("what is no dialect's: %d %s", w.Code, w.Body)
	}
	if _, err := web.NewDialects(map[string]string{"a.example.com": "none"}); err == nil {
		t.Error("a host of no dialect was taken")
	}
}
