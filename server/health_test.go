package server_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"pocketpass/server"
)

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
