package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pocketpass/server"
	"pocketpass/server/servertest"
)

var update = servertest.Update

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// safeBuffer is a log that several goroutines write to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// running is a server under test.
type running struct {
	*server.Server
	log  *safeBuffer
	stop context.CancelFunc
	done chan error // what Run returned
}

// config listens on free ports and keeps its data in a folder of the test.
func config(t *testing.T) server.Config {
	t.Helper()
	cfg := server.DefaultConfig()
	cfg.Listen, cfg.Data, cfg.TLS.HTTPListen = "127.0.0.1:0", filepath.Join(t.TempDir(), "data"), ""
	return cfg
}

// start runs a server until the test ends and expects it to stop without an error.
func start(t *testing.T, cfg server.Config, deps server.Deps) *running {
	t.Helper()
	r := launch(t, cfg, deps)
	t.Cleanup(func() {
		r.stop()
		if err := <-r.done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return r
}

// launch runs a server whose end the test looks after.
func launch(t *testing.T, cfg server.Config, deps server.Deps) *running {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	r := &running{log: &safeBuffer{}, done: make(chan error, 1)}
	deps.Log = slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s, err := server.New(cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	r.Server = s
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() { r.done <- s.Run(ctx) }()
	return r
}

// client makes a connection for each request, so that none is left over.
func client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func get(t *testing.T, address string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest("GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestHealth(t *testing.T) {
	var broken error
	r := start(t, config(t), server.Deps{Checks: []server.Check{
		{Name: "store", Probe: func() error { return broken }},
		{Name: "clock", Probe: func() error { return nil }},
	}})
	for _, path := range []string{"/healthz", "/readyz"} {
		if resp, body := get(t, r.BaseURL()+path); resp.StatusCode != 200 || body != "{\"status\":\"ok\"}\n" || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
	broken = errors.New("disk full at /secret/path")
	for range 2 {
		if resp, body := get(t, r.BaseURL()+"/readyz"); resp.StatusCode != 503 || body != "{\"status\":\"unavailable\",\"failing\":[\"store\"]}\n" {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	}
	if resp, _ := get(t, r.BaseURL()+"/healthz"); resp.StatusCode != 200 {
		t.Errorf("a check made /healthz red: %d", resp.StatusCode)
	}
	if n := strings.Count(r.log.String(), "disk full"); n != 1 {
		t.Errorf("the reason was logged %d times, want once", n)
	}
	broken = nil
	get(t, r.BaseURL()+"/readyz")
	if !strings.Contains(r.log.String(), "ready again") {
		t.Error("recovery was not logged")
	}
}

func TestMetrics(t *testing.T) {
	cfg := config(t)
	mount := func(mux *http.ServeMux, _ string) error {
		mux.HandleFunc("GET /passes/{serial}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
		return nil
	}
	r := start(t, cfg, server.Deps{Mount: mount})
	get(t, r.BaseURL()+"/passes/planted-serial")
	get(t, r.BaseURL()+"/planted-path")
	_, body := get(t, r.BaseURL()+"/metrics")
	for _, want := range []string{
		`pocketpass_http_request_duration_seconds_count{route="GET /passes/{serial}",status="2xx"} 1`,
		`pocketpass_http_request_duration_seconds_count{route="none",status="4xx"} 1`,
		`pocketpass_http_request_duration_seconds_bucket{route="none",status="4xx",le="+Inf"} 1`,
		"# HELP pocketpass_http_request_duration_seconds Time from the head of a request to the end of its answer.\n# TYPE pocketpass_http_request_duration_seconds histogram\n",
		"# TYPE go_goroutines gauge\ngo_goroutines ", "process_open_fds ",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in /metrics", want)
		}
	}
	if strings.Contains(body, "planted") {
		t.Error("a path that a client chose became a label")
	}
	for _, header := range []string{"X-Forwarded-For", "Forwarded", "Via", "X-Real-Ip"} {
		if resp, body := get(t, r.BaseURL()+"/metrics", header, "203.0.113.9"); resp.StatusCode != 404 || strings.Contains(body, "go_goroutines") {
			t.Errorf("with %s: %d", header, resp.StatusCode)
		}
	}
}

func TestMetricsForEverybody(t *testing.T) {
	cfg := config(t)
	cfg.Metrics.Public = true
	r := start(t, cfg, server.Deps{})
	if resp, _ := get(t, r.BaseURL()+"/metrics", "X-Forwarded-For", "203.0.113.9"); resp.StatusCode != 200 {
		t.Errorf("%d", resp.StatusCode)
	}
}

func TestMetricsOnTheirOwnListener(t *testing.T) {
	cfg := config(t)
	cfg.Metrics.Listen = "127.0.0.1:0"
	r := start(t, cfg, server.Deps{})
	if resp, _ := get(t, r.BaseURL()+"/metrics"); resp.StatusCode != 404 {
		t.Errorf("on the main listener: %d", resp.StatusCode)
	}
	for path, want := range map[string]int{"/metrics": 200, "/readyz": 200, "/healthz": 200, "/other": 404} {
		if resp, _ := get(t, "http://"+r.Addr("metrics.listen")+path); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
}

func TestUnknownRoute(t *testing.T) {
	r := start(t, config(t), server.Deps{})
	for _, path := range []string{"/", "/nothing", "//nothing", "/healthz/"} {
		resp, body := get(t, r.BaseURL()+path)
		var p struct{ Code, RequestID string }
		if err := json.Unmarshal([]byte(body), &p); err != nil || resp.StatusCode != 404 || p.Code != "no_route" || p.RequestID == "" {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
		if resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: without security headers", path)
		}
	}
}

func TestMountedRoutes(t *testing.T) {
	cfg := config(t)
	cfg.Limits.Body = 1 << 10
	var base string
	r := start(t, cfg, server.Deps{Mount: func(mux *http.ServeMux, baseURL string) error {
		base = baseURL
		mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				w.WriteHeader(413)
			}
		})
		mux.HandleFunc("GET old.example/", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "old service") })
		return nil
	}})
	if base != r.BaseURL() || !strings.HasPrefix(base, "http://127.0.0.1:") || strings.HasSuffix(base, ":0") {
		t.Errorf("base URL %q, mounted with %q", r.BaseURL(), base)
	}
	for size, want := range map[int]int{1 << 10: 200, 1<<10 + 1: 413} {
		resp, err := client().Post(base+"/echo", "text/plain", strings.NewReader(strings.Repeat("x", size)))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%d bytes: %d, want %d", size, resp.StatusCode, want)
		}
	}
	req, _ := http.NewRequest("GET", base+"/x", nil)
	req.Host = "old.example"
	resp, err := client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); string(body) != "old service" {
		t.Errorf("by host: %s", body)
	}
}

func TestRateLimitSparesHealth(t *testing.T) {
	cfg := config(t)
	cfg.Limits.Rate, cfg.Limits.RateBurst = 0.001, 1
	r := start(t, cfg, server.Deps{})
	get(t, r.BaseURL()+"/x")
	if resp, _ := get(t, r.BaseURL()+"/x"); resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("beyond the rate: %d", resp.StatusCode)
	}
	if resp, _ := get(t, r.BaseURL()+"/healthz"); resp.StatusCode != 200 {
		t.Errorf("/healthz: %d", resp.StatusCode)
	}
}

// TestDrain stops a server in the middle of a request: readiness turns red while
// it still listens, the request ends, and the worker outlives it.
func TestDrain(t *testing.T) {
	cfg := config(t)
	cfg.HTTP.DrainDelay = time.Second
	entered, release := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	var order []string
	note := func(what string) { mu.Lock(); order = append(order, what); mu.Unlock() }
	r := launch(t, cfg, server.Deps{
		Mount: func(mux *http.ServeMux, _ string) error {
			mux.HandleFunc("GET /slow", func(w http.ResponseWriter, _ *http.Request) {
				close(entered)
				<-release
				note("request")
				io.WriteString(w, "whole")
			})
			return nil
		},
		Workers: []func(context.Context) error{func(ctx context.Context) error {
			<-ctx.Done()
			note("worker")
			return nil
		}},
	})
	answer := make(chan string, 1)
	go func() {
		resp, err := client().Get(r.BaseURL() + "/slow")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		answer <- string(body)
	}()
	<-entered
	r.stop()
	waitFor(t, func() bool { return strings.Contains(r.log.String(), "stopping") })
	if resp, body := get(t, r.BaseURL()+"/readyz"); resp.StatusCode != 503 || !strings.Contains(body, "draining") {
		t.Errorf("while draining: %d %s", resp.StatusCode, body)
	}
	close(release)
	if got := <-answer; got != "whole" {
		t.Errorf("the request under way got %q", got)
	}
	if err := <-r.done; err != nil {
		t.Errorf("Run: %v", err)
	}
	if !slices.Equal(order, []string{"request", "worker"}) {
		t.Errorf("ended in the order %v", order)
	}
	if _, err := net.Dial("tcp", r.Addr("listen")); err == nil {
		t.Error("it still listens")
	}
}

// waitFor polls for what another goroutine is about to do.
func waitFor(t *testing.T, ready func() bool) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for !ready() {
		if time.Now().After(deadline) {
			t.Fatal("waited five seconds in vain")
		}
		<-time.After(time.Millisecond)
	}
}

func TestDrainCutsOffInTheEnd(t *testing.T) {
	cfg := config(t)
	cfg.HTTP.DrainTimeout = 20 * time.Millisecond
	entered := make(chan struct{})
	r := launch(t, cfg, server.Deps{Mount: func(mux *http.ServeMux, _ string) error {
		mux.HandleFunc("GET /stuck", func(_ http.ResponseWriter, r *http.Request) {
			close(entered)
			<-r.Context().Done()
		})
		return nil
	}})
	go func() {
		if resp, err := client().Get(r.BaseURL() + "/stuck"); err == nil {
			resp.Body.Close()
		}
	}()
	<-entered
	r.stop()
	if err := <-r.done; err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("Run: %v", err)
	}
}

func TestFailingWorkerStopsTheServer(t *testing.T) {
	want := errors.New("queue is broken")
	var stopped bool
	r := launch(t, config(t), server.Deps{Workers: []func(context.Context) error{
		func(context.Context) error { return want },
		func(ctx context.Context) error { <-ctx.Done(); stopped = true; return nil },
	}})
	if err := <-r.done; !errors.Is(err, want) || !stopped {
		t.Errorf("Run: %v; the other worker stopped: %t", err, stopped)
	}
	r.stop()
}

func TestPortInUse(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	cfg := config(t)
	cfg.Metrics.Listen = ln.Addr().String()
	if _, err := server.New(cfg, server.Deps{}); err == nil || !strings.Contains(err.Error(), "metrics.listen") || !strings.Contains(err.Error(), "choose another") {
		t.Errorf("%v", err)
	}
}

func TestDataFolder(t *testing.T) {
	cfg := config(t)
	start(t, cfg, server.Deps{})
	if info, err := os.Stat(cfg.Data); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	cfg.Data = filepath.Join(write(t, "file", ""), "sub")
	if _, err := server.New(cfg, server.Deps{}); err == nil || !strings.Contains(err.Error(), "data: ") {
		t.Errorf("%v", err)
	}
}

func TestMountError(t *testing.T) {
	want := errors.New("no templates")
	if _, err := server.New(config(t), server.Deps{Mount: func(*http.ServeMux, string) error { return want }}); !errors.Is(err, want) {
		t.Errorf("%v", err)
	}
}

func TestWelcome(t *testing.T) {
	var out bytes.Buffer
	for _, s := range []server.Screen{
		{Version: "v1.2.3", Address: "http://127.0.0.1:8080", Data: "/srv/pocketpass/data",
			KeyCommand: "/usr/bin/pocketpass key create --role admin --name me --data /srv/pocketpass/data"},
		{Version: "v1.2.3", Address: "https://passes.example.com", Data: "/data"},
		{Version: "v1.2.3", Address: "http://localhost:8080", Data: "/data", Warning: "base_url is not set"},
	} {
		if err := server.Welcome(&out, s); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "welcome.txt", out.Bytes())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	log, err := server.NewLogger(&out, server.LogConfig{Level: "warn", Format: "auto"})
	if err != nil {
		t.Fatal(err)
	}
	log.Info("quiet")
	log.Warn("loud", "token", "planted", "Authorization", "planted", "group", slog.GroupValue(slog.String("password", "planted")), "name", "kept\x1b[31m\n")
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line["msg"] != "loud" {
		t.Errorf("a buffer is no terminal, so JSON: %s", out.String())
	}
	if strings.Contains(out.String(), "planted") || !strings.Contains(out.String(), "kept") {
		t.Errorf("redacted wrongly: %s", out.String())
	}
	out.Reset()
	log, err = server.NewLogger(&out, server.LogConfig{Level: "debug", Format: "text"})
	if err != nil {
		t.Fatal(err)
	}
	log.Debug("m", "name", "a\x1b[31m\r\nlevel=ERROR \u202e\u009b")
	if text := out.String(); strings.Count(text, "\n") != 1 || strings.ContainsAny(text, "\x1b\r\u202e\u009b") {
		t.Errorf("control characters reach the terminal: %q", text)
	}
	if _, err := server.NewLogger(&out, server.LogConfig{Level: "x"}); err == nil {
		t.Error("an unknown level was accepted")
	}
}
