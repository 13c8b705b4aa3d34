package server_test

import (
	"strings"
	"testing"
	"time"

	"pocketpass/server"
)

func TestValidate(t *testing.T) {
	tests := []struct {
		name string
		edit func(*server.Config)
		want string // "" means accepted
	}{
		{"defaults", func(c *server.Config) {}, ""},
		{"base_url with a slash", func(c *server.Config) { c.BaseURL = "https://a.example/" }, ""},
		{"base_url without a scheme", func(c *server.Config) { c.BaseURL = "a.example" }, "base_url"},
		{"base_url of another scheme", func(c *server.Config) { c.BaseURL = "ftp://a.example" }, "base_url"},
		{"base_url with a path", func(c *server.Config) { c.BaseURL = "https://a.example/x" }, "base_url"},
		{"base_url with port 99999", func(c *server.Config) { c.BaseURL = "https://a.example:99999" }, "base_url"},
		{"base_url with port 0", func(c *server.Config) { c.BaseURL = "https://a.example:0" }, "base_url"},
		{"base_url with no port after the colon", func(c *server.Config) { c.BaseURL = "https://a.example:" }, "base_url"},
		{"base_url with a port", func(c *server.Config) { c.BaseURL = "https://[2001:db8::1]:8443" }, ""},
		{"base_url in other letters", func(c *server.Config) { c.BaseURL = "https://café.example" }, "xn--"},
		{"organisation of two lines", func(c *server.Config) { c.Organisation = "Harbour\nCoffee" }, "organisation"},
		{"organisation in any letters", func(c *server.Config) { c.Organisation = "Hafencafé 港" }, ""},
		{"certificate files without their mode", func(c *server.Config) { c.TLS.CertFile = "a.pem" }, "tls.mode"},
		{"base_url with a user", func(c *server.Config) { c.BaseURL = "https://u:p@a.example" }, "base_url"},
		{"listen on everything", func(c *server.Config) { c.Listen = ":0" }, ""},
		{"listen on IPv6", func(c *server.Config) { c.Listen = "[::1]:80" }, ""},
		{"listen without a port", func(c *server.Config) { c.Listen = "127.0.0.1" }, "listen"},
		{"listen on port 65536", func(c *server.Config) { c.Listen = ":65536" }, "listen"},
		{"listen on a name", func(c *server.Config) { c.Listen = "a.example:80" }, "listen"},
		{"no data folder", func(c *server.Config) { c.Data = "" }, "data"},
		{"everybody a proxy", func(c *server.Config) { c.TrustedProxies = []server.Network{network(t, "0.0.0.0/0")} }, "trusted_proxies"},
		{"every IPv6 address a proxy", func(c *server.Config) { c.TrustedProxies = []server.Network{network(t, "::/0")} }, "trusted_proxies"},
		{"admin key without an id", func(c *server.Config) { c.AdminKey = ".x" }, "admin_key"},
		{"a timeout of nanoseconds", func(c *server.Config) { c.HTTP.ReadTimeout = 30 }, "http.read_timeout"},
		{"no write timeout", func(c *server.Config) { c.HTTP.WriteTimeout = 0 }, "http.write_timeout"},
		{"negative drain delay", func(c *server.Config) { c.HTTP.DrainDelay = -time.Second }, "http.drain_delay"},
		{"huge header", func(c *server.Config) { c.HTTP.MaxHeader = 1 << 30 }, "http.max_header"},
		{"unknown TLS mode", func(c *server.Config) { c.TLS.Mode = "on" }, "tls.mode"},
		{"files without a key", func(c *server.Config) { c.TLS.Mode, c.TLS.CertFile = "files", "x" }, "tls.key_file"},
		{"files with http", func(c *server.Config) {
			c.BaseURL, c.TLS = "http://a.example", server.TLSConfig{Mode: "files", CertFile: "x", KeyFile: "y"}
		}, "base_url"},
		{"acme without hosts", func(c *server.Config) { c.TLS.Mode = "acme" }, "tls.hosts"},
		{"acme with an address", acmeFor("203.0.113.1"), "tls.hosts"},
		{"acme with a star", acmeFor("*.a.example"), "tls.hosts"},
		{"acme with upper case", acmeFor("A.example"), "tls.hosts"},
		{"acme with one label", acmeFor("localhost"), "tls.hosts"},
		{"acme in order", acmeFor("a.example"), ""},
		{"acme for another host", func(c *server.Config) { acmeFor("a.example")(c); c.BaseURL = "https://b.example" }, `"b.example", is not among them`},
		{"acme directory over http", func(c *server.Config) { acmeFor("a.example")(c); c.TLS.ACMEDirectory = "http://a" }, "tls.acme_directory"},
		{"acme e-mail", func(c *server.Config) { acmeFor("a.example")(c); c.TLS.Email = "x" }, "tls.email"},
		{"port 80 misspelt", func(c *server.Config) { acmeFor("a.example")(c); c.TLS.HTTPListen = "80" }, "tls.http_listen"},
		{"log level", func(c *server.Config) { c.Log.Level = "loud" }, "log.level"},
		{"log format", func(c *server.Config) { c.Log.Format = "xml" }, "log.format"},
		{"metrics listener", func(c *server.Config) { c.Metrics.Listen = "9464" }, "metrics.listen"},
		{"tiny body", func(c *server.Config) { c.Limits.Body = 10 }, "limits.body"},
		{"upload below body", func(c *server.Config) { c.Limits.Upload = 2000 }, "limits.upload"},
		{"nothing in flight", func(c *server.Config) { c.Limits.InFlight = 0 }, "limits.in_flight"},
		{"negative children", func(c *server.Config) { c.Limits.ChildOrganisations = -1 }, "limits.child_organisations"},
		{"negative rate", func(c *server.Config) { c.Limits.Rate = -1 }, "limits.rate"},
		{"no burst", func(c *server.Config) { c.Limits.RateBurst = 0 }, "limits.rate_burst"},
		{"no clients", func(c *server.Config) { c.Limits.RateClients = 0 }, "limits.rate_clients"},
		{"push over http", func(c *server.Config) { c.Push.Host = "http://127.0.0.1:1" }, "push.host"},
		{"push below a path", func(c *server.Config) { c.Push.Host = "https://127.0.0.1:1/3" }, "push.host"},
		{"PassKit's tokens of no time", func(c *server.Config) { c.Compat.PassKitAhead = 6 }, "compat.passkit_ahead"},
		{"negative rate of PassKit", func(c *server.Config) { c.Compat.PassKitRate = -1 }, "compat.passkit_rate"},
		{"a negative burst of PassKit", func(c *server.Config) { c.Compat.PassKitBurst = -1 }, "compat.passkit_burst"},
		{"push stand-in", func(c *server.Config) { c.Push.Host = "https://127.0.0.1:2197" }, ""},
		{"push without a type", func(c *server.Config) { c.Push.PushType = "absent" }, ""},
		{"push as an alert", func(c *server.Config) { c.Push.PushType = "alert" }, `push.push_type: "alert" is unknown: write background or absent`},
		{"push at once", func(c *server.Config) { c.Push.Priority = 10 }, ""},
		{"push of no priority", func(c *server.Config) { c.Push.Priority = 0 }, "push.priority: 0 is not allowed: write 5 or 10"},
		{"tiny cache", func(c *server.Config) { c.Cache.Sealed = 1 }, "cache.sealed"},
		{"no outbound time", func(c *server.Config) { c.Outbound.Timeout = 0 }, "outbound.timeout"},
		{"no outbound body", func(c *server.Config) { c.Outbound.MaxBody = 0 }, "outbound.max_body"},
		{"scripts on their own host", func(c *server.Config) { c.BaseURL, c.Enrol.ScriptsHost = "https://a.example", "forms.a.example" }, ""},
		{"scripts on the server's host", func(c *server.Config) { c.BaseURL, c.Enrol.ScriptsHost = "https://a.example", "a.example" }, "enrol.scripts_host"},
		{"scripts at an address", func(c *server.Config) { c.Enrol.ScriptsHost = "https://forms.example" }, "enrol.scripts_host"},
		{"scripts without a certificate", func(c *server.Config) { acmeFor("a.example")(c); c.Enrol.ScriptsHost = "forms.example" }, "add it there"},
		{"negative redirects", func(c *server.Config) { c.Outbound.MaxRedirects = -1 }, "outbound.max_redirects"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := server.DefaultConfig()
			tt.edit(&cfg)
			err := cfg.Validate()
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func acmeFor(host string) func(*server.Config) {
	return func(c *server.Config) { c.TLS.Mode, c.TLS.Hosts = server.TLSACME, []string{host} }
}

func network(t *testing.T, text string) (n server.Network) {
	t.Helper()
	if err := n.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAllFaultsAreTold(t *testing.T) {
	_, err := load(t, `
listen = "x"
[log]
level = "loud"
[outbound]
max_redirects = -1
`)
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("want three lines, got: %v", err)
	}
}
