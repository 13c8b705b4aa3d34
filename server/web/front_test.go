package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"pocketpass/server/web"
)

// logged serves one request through a Front and returns the answer and its line in the log.
func logged(t *testing.T, f web.Front, h http.Handler, r *http.Request) (*http.Response, map[string]any) {
	t.Helper()
	var log bytes.Buffer
	f.Log, f.LogAll = slog.New(slog.NewJSONHandler(&log, nil)), true
	w := httptest.NewRecorder()
	f.Wrap(h).ServeHTTP(w, r)
	if n := bytes.Count(log.Bytes(), []byte("\n")); n != 1 {
		t.Fatalf("%d lines in the log, want 1:\n%s", n, log.String())
	}
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	return w.Result(), line
}

func failing(err error) http.Handler {
	return web.Handle(func(http.ResponseWriter, *http.Request) error { return err })
}

func TestLogLine(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /passes/{serial}", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, "12345")
	})
	r := httptest.NewRequest("GET", "/passes/planted-serial?token=planted-token", nil)
	r.Header.Set("Authorization", "ApplePass planted-secret")
	f := web.Front{NewID: func() string { return "id-1" }}
	resp, line := logged(t, f, web.Problems(mux), r)
	for key, want := range map[string]any{
		"msg": "request", "level": "INFO", "id": "id-1", "route": "GET /passes/{serial}", "method": "GET",
		"status": 202.0, "bytes": 5.0, "client": "192.0.2.1",
	} {
		if line[key] != want {
			t.Errorf("%s = %v, want %v", key, line[key], want)
		}
	}
	text, _ := json.Marshal(line)
	if strings.Contains(string(text), "planted") {
		t.Errorf("the log has what came from the address or a header: %s", text)
	}
	if got := resp.Header.Get("X-Request-Id"); got != "id-1" {
		t.Errorf("X-Request-Id = %q", got)
	}
}

// The peer of a socket in the file system has no address.
func TestLocalClient(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "@"
	if _, line := logged(t, web.Front{}, http.NotFoundHandler(), r); line["client"] != "local" {
		t.Errorf("client = %v", line["client"])
	}
}

func TestErrorIsLoggedOnceAndNotShown(t *testing.T) {
	resp, line := logged(t, web.Front{}, failing(errors.New("disk on fire")), httptest.NewRequest("GET", "/", nil))
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 500 || strings.Contains(string(body), "fire") {
		t.Errorf("status %d, body %s", resp.StatusCode, body)
	}
	if line["level"] != "ERROR" || line["err"] != "disk on fire" {
		t.Errorf("log %v", line)
	}
	var p web.Problem
	if err := json.Unmarshal(body, &p); err != nil || p.RequestID != line["id"] || p.RequestID == "" {
		t.Errorf("problem %s does not carry the id %v", body, line["id"])
	}
}

func TestFailuresAreLoggedEvenWithoutAccessLog(t *testing.T) {
	var log bytes.Buffer
	f := web.Front{Log: slog.New(slog.NewJSONHandler(&log, nil))}
	serve := func(h http.Handler) int {
		log.Reset()
		f.Wrap(h).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		return bytes.Count(log.Bytes(), []byte("\n"))
	}
	if n := serve(failing(errors.New("x"))); n != 1 {
		t.Errorf("%d lines for a failure", n)
	}
	if n := serve(failing(&web.Problem{Status: 404, Code: "no_pass"})); n != 0 {
		t.Errorf("%d lines for a refusal", n)
	}
}

func TestPanicIsAnswered(t *testing.T) {
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("planted") })
	resp, line := logged(t, web.Front{}, h, httptest.NewRequest("GET", "/", nil))
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 500 || strings.Contains(string(body), "planted") {
		t.Errorf("status %d, body %s", resp.StatusCode, body)
	}
	if text, _ := line["err"].(string); line["level"] != "ERROR" || !strings.Contains(text, "planted") || !strings.Contains(text, "front_test.go") {
		t.Errorf("the log lacks the reason or the stack: %v", line)
	}
}

// TestBrokenAnswerIsCut sees to it that a client cannot take half an answer for the whole.
func TestBrokenAnswerIsCut(t *testing.T) {
	half := func(w http.ResponseWriter) {
		io.WriteString(w, "half")
		http.NewResponseController(w).Flush()
	}
	for name, h := range map[string]http.Handler{
		"panic": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { half(w); panic("late") }),
		"error": web.Handle(func(w http.ResponseWriter, _ *http.Request) error { half(w); return errors.New("late") }),
		"abort": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { half(w); panic(http.ErrAbortHandler) }),
	} {
		t.Run(name, func(t *testing.T) {
			f := web.Front{Log: slog.New(slog.DiscardHandler)}
			srv := httptest.NewServer(f.Wrap(h))
			defer srv.Close()
			resp, err := http.Get(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if body, err := io.ReadAll(resp.Body); err == nil {
				t.Errorf("read %q as if it were complete", body)
			}
		})
	}
}

func TestSecurityHeaders(t *testing.T) {
	w := httptest.NewRecorder()
	f := web.Front{}
	f.Wrap(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Content-Security-Policy": "frame-ancestors 'none'", "Cross-Origin-Opener-Policy": "same-origin",
	} {
		if got := w.Header().Get(name); !strings.Contains(got, want) {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestHeadersAreNotSharedBetweenAnswers(t *testing.T) {
	f := web.Front{Log: slog.New(slog.DiscardHandler)}
	h := f.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Content-Security-Policy", "added")
		w.Header().Set("Referrer-Policy", "set")
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	w := httptest.NewRecorder()
	f.Wrap(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Header(); len(got["Content-Security-Policy"]) != 1 || got.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("another answer's headers came through: %v", got)
	}
}

func TestRequestID(t *testing.T) {
	trusted := web.Proxies{netip.MustParsePrefix("192.0.2.0/24")}
	tests := []struct {
		name    string
		proxies web.Proxies
		given   []string
		taken   bool
	}{
		{"of a trusted proxy", trusted, []string{"0af7651916cd43dd"}, true},
		{"of anybody else", nil, []string{"0af7651916cd43dd"}, false},
		{"too short", trusted, []string{"1"}, false},
		{"too long", trusted, []string{strings.Repeat("a", 65)}, false},
		{"with a line break", trusted, []string{"abcdefgh\nlevel=ERROR"}, false},
		{"with markup", trusted, []string{"<script>alert(1)"}, false},
		{"twice", trusted, []string{"0af7651916cd43dd", "0af7651916cd43de"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header["X-Request-Id"] = tt.given
			var seen string
			h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = web.RequestID(r.Context()) })
			resp, _ := logged(t, web.Front{Proxies: tt.proxies}, h, r)
			if taken := seen == tt.given[0]; taken != tt.taken || seen != resp.Header.Get("X-Request-Id") {
				t.Errorf("id %q in the handler, %q in the answer; taken over: %t", seen, resp.Header.Get("X-Request-Id"), taken)
			}
			if !tt.taken && len(seen) != 16 {
				t.Errorf("own id %q", seen)
			}
		})
	}
}

// TestLogInjection plants what breaks logs into all that a client writes.
func TestLogInjection(t *testing.T) {
	evil := "x\r\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\x1b[31m\u202e"
	mux := http.NewServeMux()
	mux.HandleFunc("GET /p/{id}", func(http.ResponseWriter, *http.Request) {})
	r := httptest.NewRequest("GET", "/p/1", nil)
	r.Method = evil
	r.URL.Path, r.URL.RawQuery, r.Host, r.RemoteAddr = "/p/"+evil, evil, evil, evil
	for _, name := range []string{"X-Forwarded-For", "X-Request-Id", "User-Agent", "X-Forwarded-Host"} {
		r.Header[name] = []string{evil}
	}
	_, line := logged(t, web.Front{Proxies: web.Proxies{netip.MustParsePrefix("0.0.0.0/0")}}, web.Problems(mux), r)
	if text, _ := json.Marshal(line); strings.Contains(string(text), "forged") {
		t.Errorf("log %s", text)
	}
	for name, handler := range map[string]func(io.Writer) slog.Handler{
		"text": func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
		"json": func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
	} {
		var log bytes.Buffer
		f := web.Front{Log: slog.New(handler(&log))}
		f.Wrap(failing(errors.New(evil))).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		if bytes.Count(log.Bytes(), []byte("\n")) != 1 || bytes.ContainsAny(log.Bytes(), "\r\x1b") {
			t.Errorf("%s: %q", name, log.String())
		}
	}
}

func TestObserve(t *testing.T) {
	var seen []web.Observation
	f := web.Front{Log: slog.New(slog.DiscardHandler), Observe: func(o web.Observation) { seen = append(seen, o) }}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /a/{b}", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "abc") })
	h := f.Wrap(web.Problems(mux))
	for _, path := range []string{"/a/1", "/none"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
	}
	if len(seen) != 2 || seen[0].Pattern != "GET /a/{b}" || seen[0].Status != 200 || seen[0].Bytes != 3 || seen[1].Pattern != "" || seen[1].Status != 404 {
		t.Errorf("observed %+v", seen)
	}
}

func TestDraining(t *testing.T) {
	stop := make(chan struct{})
	f := web.Front{Log: slog.New(slog.DiscardHandler), Draining: stop}
	srv := httptest.NewServer(f.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-web.Draining(r.Context())
		io.WriteString(w, "bye")
	})))
	defer srv.Close()
	resp, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	close(stop)
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "bye" {
		t.Errorf("%q, %v", body, err)
	}
}

func TestWithoutAFront(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	if web.RequestID(r.Context()) != "" || web.Draining(context.Background()) != nil || web.Client(r).String() != "192.0.2.1" {
		t.Error("something was made up")
	}
	w := httptest.NewRecorder()
	failing(&web.Problem{Status: 409, Code: "x"}).ServeHTTP(w, r)
	if w.Code != 409 {
		t.Errorf("status %d", w.Code)
	}
}
