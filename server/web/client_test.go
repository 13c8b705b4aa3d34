package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"pocketpass/server/web"
)

func proxies(networks ...string) (out web.Proxies) {
	for _, n := range networks {
		out = append(out, netip.MustParsePrefix(n))
	}
	return out
}

// through serves one request through a Front and hands the handler's view of it to look.
func through(p web.Proxies, r *http.Request, look func(*http.Request)) {
	f := web.Front{Proxies: p}
	f.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { look(r) })).ServeHTTP(httptest.NewRecorder(), r)
}

func TestClient(t *testing.T) {
	trusted := proxies("10.0.0.0/8", "fd00::/8")
	tests := []struct {
		name, peer string
		forwarded  []string // X-Forwarded-For, a line each
		want       string
	}{
		{"nobody between", "203.0.113.9:4711", nil, "203.0.113.9"},
		{"an untrusted peer is not believed", "203.0.113.9:4711", []string{"198.51.100.1"}, "203.0.113.9"},
		{"a trusted peer is believed", "10.0.0.2:4711", []string{"198.51.100.1"}, "198.51.100.1"},
		{"the right-most untrusted wins", "10.0.0.2:4711", []string{"1.1.1.1, 198.51.100.1, 10.0.0.3"}, "198.51.100.1"},
		{"over several lines", "10.0.0.2:4711", []string{"1.1.1.1", "198.51.100.1", "10.0.0.3,10.0.0.4"}, "198.51.100.1"},
		{"all trusted: the left-most", "10.0.0.2:4711", []string{"10.0.0.7, 10.0.0.3"}, "10.0.0.7"},
		{"no header: the proxy itself", "10.0.0.2:4711", nil, "10.0.0.2"},
		{"an empty header", "10.0.0.2:4711", []string{""}, "10.0.0.2"},
		{"nonsense at the right end", "10.0.0.2:4711", []string{"198.51.100.1, unknown"}, "10.0.0.2"},
		{"nonsense stops the walk", "10.0.0.2:4711", []string{"1.1.1.1, x, 10.0.0.3"}, "10.0.0.3"},
		{"with a port", "10.0.0.2:4711", []string{"198.51.100.1:80"}, "198.51.100.1"},
		{"IPv6", "10.0.0.2:4711", []string{"2001:db8::1"}, "2001:db8::1"},
		{"IPv6 in brackets", "10.0.0.2:4711", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"IPv6 with a port", "10.0.0.2:4711", []string{"[2001:db8::1]:443"}, "2001:db8::1"},
		{"IPv6 with a zone", "10.0.0.2:4711", []string{"fe80::1%eth0"}, "fe80::1"},
		{"mapped IPv4 is IPv4", "10.0.0.2:4711", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"mapped peer is trusted as IPv4", "[::ffff:10.0.0.2]:4711", []string{"198.51.100.1"}, "198.51.100.1"},
		{"mapped hop is trusted as IPv4", "10.0.0.2:4711", []string{"198.51.100.1, ::ffff:10.9.9.9"}, "198.51.100.1"},
		{"IPv6 proxy", "[fd00::2]:4711", []string{"2001:db8::1"}, "2001:db8::1"},
		{"IPv6 peer", "[2001:db8::7]:4711", []string{"198.51.100.1"}, "2001:db8::7"},
		{"a network is no address", "10.0.0.2:4711", []string{"198.51.100.0/24"}, "10.0.0.2"},
		{"a Unix socket", "@", []string{"198.51.100.1"}, "invalid IP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr, r.Header["X-Forwarded-For"] = tt.peer, tt.forwarded
			r.Header.Set("Forwarded", "for=192.0.2.66") // RFC 7239 is never read
			r.Header.Set("X-Real-Ip", "192.0.2.66")
			through(trusted, r, func(r *http.Request) {
				if got := web.Client(r).String(); got != tt.want {
					t.Errorf("client %s, want %s", got, tt.want)
				}
			})
		})
	}
}

func TestDirect(t *testing.T) {
	for _, header := range []string{"", "X-Forwarded-For", "Forwarded", "Via", "X-Real-Ip", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		r := httptest.NewRequest("GET", "/", nil)
		if header != "" {
			r.Header.Set(header, "x")
		}
		through(nil, r, func(r *http.Request) {
			if web.Direct(r) != (header == "") {
				t.Errorf("header %q: direct is %t", header, web.Direct(r))
			}
		})
	}
}

func FuzzForwardedFor(f *testing.F) {
	for _, seed := range []string{"198.51.100.1", "[2001:db8::1]:443, 10.0.0.1", ",,,", "::ffff:1.2.3.4%a", "[", "]:", "1.1.1.1:99999"} {
		f.Add(seed)
	}
	trusted := proxies("10.0.0.0/8")
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = "10.0.0.2:1", []string{header}
		through(trusted, r, func(r *http.Request) {
			got := web.Client(r)
			if !got.IsValid() || got.Zone() != "" || got.Is4In6() {
				t.Errorf("client %v of %q", got, header)
			}
		})
		r.Header["X-Forwarded-For"] = []string{header + ",198.51.100.1"}
		through(trusted, r, func(r *http.Request) {
			if got := web.Client(r).String(); got != "198.51.100.1" {
				t.Errorf("client %s: what stands left of an untrusted address counted", got)
			}
		})
	})
}
