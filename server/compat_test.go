package server_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"pocketpass/server"
	"pocketpass/server/servertest"
)

func TestCompatHosts(t *testing.T) {
	tests := []struct{ name, text, wantErr string }{
		{"a known service", `hosts = { "api.walletkit.com" = "walletkit" }`, ""},
		{"an unknown one", `hosts = { "api.example.com" = "walletkid" }`, "compat.hosts: \"walletkid\" is no old service: write"},
		{"no host name", `hosts = { "https://api.example.com" = "walletkit" }`, "is not a host name"},
		{"the server's own name", `hosts = { "passes.example.com" = "walletkit" }`, "is the host of base_url"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg, err := load(t, "base_url = \"https://passes.example.com\"\n[compat]\n"+tt.text)
			switch {
			case tt.wantErr == "" && (err != nil || cfg.Compat.Hosts["api.walletkit.com"] != "walletkit"):
				t.Errorf("got %v, %v", cfg.Compat.Hosts, err)
			case tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)):
				t.Errorf("got the error %v, want %s", err, tt.wantErr)
			}
		})
	}
	cfg, err := load(t, "", "POCKETPASS_COMPAT_HOSTS=api.walletkit.com=walletkit, b.example.com = walletkit")
	if err != nil || len(cfg.Compat.Hosts) != 2 || cfg.Compat.Hosts["b.example.com"] != "walletkit" {
		t.Errorf("from the environment: %v, %v", cfg.Compat.Hosts, err)
	}
	if _, err := load(t, "", "POCKETPASS_COMPAT_HOSTS=api.walletkit.com"); err == nil {
		t.Error("half a pair was taken")
	}
}

// TestCompatMounts asks each service by path and by host. What is beneath its prefix is
// answered in its own JSON, however odd the path, and never by a redirect.
func TestCompatMounts(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) {
		c.Compat.Hosts = map[string]string{"api.walletkit.com": "walletkit"}
	}))
	tests := []struct {
		method, host, path string
		want               int
		body               string
	}{
		{"GET", "", "/walletkit/v1/passes", 401, `"error_code":"unauthorized"`},
		{"GET", "", "//walletkit//v1/passes/", 401, `"error_code":"unauthorized"`},
		{"GET", "api.walletkit.com", "/v1/passes", 401, `"error_code":"unauthorized"`},
		{"GET", "API.WalletKit.com:443", "//v1/passes", 401, `"error_code":"unauthorized"`},
		{"GET", "api.walletkit.com", "/walletkit/v1/passes", 401, `"error_code":"unauthorized"`},
		{"GET", "api.walletkit.com", "/api/v1/campaigns", 404, `"error_code":"not_found"`},
		{"GET", "", "/walletkit", 404, `"error_code":"not_found"`},
		{"GET", "", "/walletkit/v1/none", 404, `"error_code":"not_found"`},
		{"GET", "", "/walletkit/v1/../v1/passes", 404, `"error_code":"not_found"`},
		{"PATCH", "", "/walletkit/v1/passes", 405, `"error_code":"method_not_allowed"`},
		{"OPTIONS", "", "/walletkit/v1/passes", 405, `"error_code":"method_not_allowed"`},
		{"GET", "", "/walletkitten", 404, `"code":"no_route"`},
		{"GET", "", "/api/v1/none", 404, `"code":"no_route"`},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.host+tt.path, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), tt.method, "http://"+s.Server.Addr("listen")+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = tt.host
			got := dispatch(t, r)
			if got.code != tt.want || !strings.Contains(got.body, tt.body) {
				t.Errorf("got %d %s, want %d with %s", got.code, got.body, tt.want, tt.body)
			}
		})
	}
}

// TestCompatLimits wants what stands before the dialects to speak their words, too.
func TestCompatLimits(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Limits.Rate, c.Limits.RateBurst = 0.001, 1 }))
	s.Anonymous().Get(t, "/walletkit/v1/passes").Status(t, 401)
	a := s.Anonymous().Get(t, "/walletkit/v1/passes").Status(t, 429)
	if got := a.Header.Get("Content-Type"); got != "application/json" || !strings.Contains(string(a.Body), `"error_code":"rate_limited"`) {
		t.Errorf("a limit is answered with %s: %s", got, a.Body)
	}
	if a.Header.Get("Retry-After") == "" {
		t.Error("Retry-After is missing")
	}
}

type reply struct {
	code int
	body string
}

func dispatch(t *testing.T, r *http.Request) reply {
	t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, b.String()}
}
