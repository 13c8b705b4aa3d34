package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pocketpass/server"
)

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
