package outbound_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"

	"pocketpass/server/outbound"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// target is an inner server that counts the connections which reach it.
type target struct {
	*httptest.Server
	connections atomic.Int64
	port        string
}

func newTarget(t *testing.T, h http.HandlerFunc) *target {
	t.Helper()
	g := &target{Server: httptest.NewUnstartedServer(h)}
	g.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			g.connections.Add(1)
		}
	}
	g.Start()
	t.Cleanup(g.Close)
	_, g.port, _ = net.SplitHostPort(g.Listener.Addr().String())
	return g
}

func newClient(t *testing.T, o outbound.Options) *outbound.Client {
	t.Helper()
	c := outbound.New(o)
	t.Cleanup(c.Client().CloseIdleConnections)
	return c
}

func allow(networks ...string) (out []netip.Prefix) {
	for _, n := range networks {
		out = append(out, netip.MustParsePrefix(n))
	}
	return out
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, body)
	}
}

// resolver answers every question with what answer returns for the name, over a
// pipe instead of a network.
func resolver(answer func(name string) []netip.Addr) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go serveDNS(server, answer)
		return client, nil
	}}
}

func serveDNS(conn net.Conn, answer func(string) []netip.Addr) {
	defer conn.Close()
	for {
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		raw := make([]byte, binary.BigEndian.Uint16(length[:]))
		var m dnsmessage.Message
		if _, err := io.ReadFull(conn, raw); err != nil || m.Unpack(raw) != nil {
			return
		}
		m.Response, m.Authoritative, m.Additionals = true, true, nil
		q := m.Questions[0]
		for _, addr := range answer(strings.TrimSuffix(q.Name.String(), ".")) {
			header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
			switch {
			case q.Type == dnsmessage.TypeA && addr.Is4():
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}})
			case q.Type == dnsmessage.TypeAAAA && addr.Is6():
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
			}
		}
		packed, err := m.Pack()
		if err != nil {
			return
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)); err != nil {
			return
		}
	}
}

// spellings are hosts that must not be reached: each range at its edges, and
// loopback in every way in which some program reads it.
var spellings = strings.Fields(`
127.0.0.1 127.0.0.2 127.1.2.3 127.255.255.255 0.0.0.0 0.0.0.1 0.255.255.255
10.0.0.0 10.0.0.1 10.255.255.255 100.64.0.0 100.64.0.1 100.127.255.255 100.100.100.200
169.254.0.1 169.254.169.254 169.254.170.2 169.254.255.255 168.63.129.16
172.16.0.0 172.16.0.1 172.31.255.255 192.0.0.0 192.0.0.8 192.0.0.170 192.0.0.192 192.0.0.255
192.0.2.1 192.88.99.1 192.168.0.0 192.168.1.1 192.168.255.255
198.18.0.0 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1
224.0.0.1 224.0.0.251 239.255.255.250 239.255.255.255 240.0.0.0 240.0.0.1 254.1.1.1 255.255.255.254 255.255.255.255
[::] [::1] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::2] [::127.0.0.1] [::7f00:1]
[::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:7f00:0001] [0:0:0:0:0:ffff:127.0.0.1] [::FFFF:127.0.0.1]
[::ffff:10.0.0.1] [::ffff:169.254.169.254] [::ffff:192.168.1.1] [::ffff:0.0.0.0] [::ffff:8.8.8.8] [::ffff:0:127.0.0.1]
[64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::10.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b::8.8.8.8] [64:ff9b:1::1] [64:ff9b:1:ffff::1]
[100::1] [2001::1] [2001:0:7f00:1::] [2001:0:4136:e378:8000:63bf:3fff:fdd2] [2001:2::1] [2001:10::1] [2001:20::1] [2001:1ff:ffff::1]
[2001:db8::1] [2002::1] [2002:7f00:1::] [2002:7f00:0001::1] [2002:a00:1::1] [2002:c0a8:101::1] [3fff::1] [3fff:fff::1]
[fc00::1] [fd00::1] [fd00:ec2::254] [fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff] [fe80::1] [fe80::1%25lo] [fe80::1%25eth0] [febf::1] [fec0::1]
[ff01::1] [ff02::1] [ff02::fb] [ff05::1:3] [ff0e::1] [4000::1] [5f00::1] [8000::1] [::1%25lo]
2130706433 017700000001 0x7f000001 0x7F000001 0x7f.0.0.1 0x7f.1 0177.0.0.1 0177.1 00177.0.0.1 127.1 127.0.1 127.0.0.01
127.0.0.1. 2130706433. 3232235777 0xc0a80101 0xA9FEA9FE 2852039166 0251.0376.0251.0376 169.254.43518 0 0x0 0x 1
127.0.0.0x1 0x7f.0x0.0x0.0x1 0177.0.0.0x1 127.000.000.001 4294967297 127.0.0.256
１２７.０.０.１ 127。0。0。1 ①②⑦.⓪.⓪.① 127.0.0.1%00.example.com
localhost LOCALHOST localhost. localhost.localdomain a.localhost ip6-localhost inner.example 127.0.0.1.inner.example
`)

func TestInnerAddressesAreNotReached(t *testing.T) {
	if len(spellings) < 120 {
		t.Fatalf("only %d spellings", len(spellings))
	}
	g := newTarget(t, text("secret"))
	c := newClient(t, outbound.Options{MaxRedirects: 3, Timeout: 5 * time.Second, Resolver: resolver(func(string) []netip.Addr {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6LinkLocalAllNodes(), netip.IPv6Loopback()}
	})})
	for _, host := range spellings {
		for _, address := range []string{"http://" + host + ":" + g.port + "/", "https://" + host + ":" + g.port + "/"} {
			body, _, err := c.Get(t.Context(), address, 100)
			refused, ok := errors.AsType[*outbound.Refused](err)
			if !ok {
				t.Errorf("%s: read %q, error %v", address, body, err)
				continue
			}
			if refused.Reason == "" || refused.Remedy == "" {
				t.Errorf("%s: %v does not say why or what to do", address, err)
			}
			if resp, err := c.Client().Get(address); err == nil {
				resp.Body.Close()
				t.Errorf("%s: the http.Client reached it", address)
			}
		}
	}
	if n := g.connections.Load(); n != 0 {
		t.Errorf("%d connections reached the inner server", n)
	}
}

func TestAddressesThatAreNotCalled(t *testing.T) {
	c := newClient(t, outbound.Options{})
	for _, address := range []string{
		"", "example.com", "//example.com", "/path", "ftp://example.com", "file:///etc/passwd", "gopher://example.com", "javascript:alert(1)",
		"data:text/plain,x", "unix:///run/x.sock", "http:", "http://", "http:///path", "http:example.com", "https://:443/",
		"http://user@example.com", "http://user:pass@example.com", "http://example.com@127.0.0.1/", "http://[::1", "http://exa mple.com",
		"http://example.com:0", "http://example.com:65536", "http://example.com:", "http://example.com:x", "http://1.1.1.1:25", "http://1.1.1.1:22",
		"http://%31%32%37.0.0.1/", "http://127.0.0.1\\@example.com/", "http://example.com\r\nHost: x/", "\x00",
	} {
		_, err := c.Check(address)
		if _, ok := errors.AsType[*outbound.Refused](err); !ok {
			t.Errorf("%q: %v", address, err)
		}
		if _, _, err := c.Get(t.Context(), address, 1); err == nil {
			t.Errorf("%q was called", address)
		}
	}
}

func TestPublicAddressesPass(t *testing.T) {
	c := newClient(t, outbound.Options{})
	for _, address := range []string{
		"https://example.com/a?b=c", "http://example.com:8080", " https://example.com ", "https://1.1.1.1", "http://8.8.8.8:80/", "http://9.255.255.255",
		"http://11.0.0.0", "http://100.63.255.255", "http://100.128.0.0", "http://126.255.255.255", "http://128.0.0.0", "http://172.15.255.255",
		"http://172.32.0.0", "http://192.0.1.0", "http://192.167.255.255", "http://198.17.255.255", "http://198.20.0.0", "http://223.255.255.255",
		"https://[2606:4700:4700::1111]/", "https://[2001:4860:4860::8888]:8443", "https://[2a00::1]", "https://xn--bcher-kva.example", "https://bücher.example",
		"https://a-1.example", "https://3com.example", "https://0x.example",
	} {
		if _, err := c.Check(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestNamesOfThisMachine are refused before they are looked up, unless it may be called.
func TestNamesOfThisMachine(t *testing.T) {
	for _, address := range []string{"http://localhost:8080/hook", "https://LOCALHOST.", "http://hooks.localhost"} {
		_, err := newClient(t, outbound.Options{Allow: allow("10.0.0.0/8")}).Check(address)
		if refused, ok := errors.AsType[*outbound.Refused](err); !ok || !strings.Contains(refused.Remedy, "add 127.0.0.1") {
			t.Errorf("%s: %v", address, err)
		}
		for _, network := range []string{"127.0.0.1/32", "::1/128", "0.0.0.0/0"} {
			if _, err := newClient(t, outbound.Options{Allow: allow(network)}).Check(address); err != nil {
				t.Errorf("%s with %s: %v", address, network, err)
			}
		}
	}
	for _, address := range []string{"http://localhost.example", "http://notlocalhost"} {
		if _, err := newClient(t, outbound.Options{}).Check(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAllowedNetwork(t *testing.T) {
	g := newTarget(t, text("hello"))
	c := newClient(t, outbound.Options{Allow: allow("127.0.0.1/32")})
	body, kind, err := c.Get(t.Context(), g.URL, 100)
	if err != nil || string(body) != "hello" || kind != "text/plain" {
		t.Errorf("%q, %q, %v", body, kind, err)
	}
	if _, _, err := c.Get(t.Context(), "http://127.0.0.2:"+g.port, 100); err == nil {
		t.Error("a neighbour of the allowed address was called")
	}
}

// TestRebinding gives a name an allowed address first and an inner one after.
func TestRebinding(t *testing.T) {
	g := newTarget(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close") // so that the next call resolves again
		io.WriteString(w, "inner")
	})
	l, err := net.Listen("tcp", "127.0.0.2:"+g.port)
	if err != nil {
		t.Skipf("this system has no 127.0.0.2: %v", err)
	}
	outer := httptest.NewUnstartedServer(g.Config.Handler)
	outer.Listener.Close()
	outer.Listener = l
	outer.Start()
	defer outer.Close()
	var rebound atomic.Bool
	c := newClient(t, outbound.Options{Allow: allow("127.0.0.2/32"), Resolver: resolver(func(string) []netip.Addr {
		if rebound.Load() {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.2")}
	})})
	address := "http://rebind.example:" + g.port
	if _, _, err := c.Get(t.Context(), address, 100); err != nil {
		t.Fatalf("before: %v", err)
	}
	rebound.Store(true)
	_, _, err = c.Get(t.Context(), address, 100)
	if refused, ok := errors.AsType[*outbound.Refused](err); !ok || refused.Address != "127.0.0.1:"+g.port {
		t.Errorf("after: %v", err)
	}
	if n := g.connections.Load(); n != 0 {
		t.Errorf("%d connections reached the inner server", n)
	}
}

// TestNameWithSeveralAddresses takes the one that may be called and leaves the others.
func TestNameWithSeveralAddresses(t *testing.T) {
	g := newTarget(t, text("hello"))
	c := newClient(t, outbound.Options{Allow: allow("127.0.0.1/32"), Resolver: resolver(func(string) []netip.Addr {
		return []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("127.0.0.1")}
	})})
	if body, _, err := c.Get(t.Context(), "http://two.example:"+g.port, 100); err != nil || string(body) != "hello" {
		t.Errorf("%q, %v", body, err)
	}
}

func TestRedirects(t *testing.T) {
	inner := newTarget(t, text("secret"))
	var next atomic.Value
	outer := newTarget(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, next.Load().(string), http.StatusFound)
	})
	c := newClient(t, outbound.Options{MaxRedirects: 3, Allow: allow("127.0.0.1/32"), Resolver: resolver(func(string) []netip.Addr {
		return []netip.Addr{netip.MustParseAddr("127.0.0.3")}
	})})
	for _, to := range []string{
		"http://127.0.0.2:" + inner.port, "http://[::1]:" + inner.port, "http://0.0.0.0:" + inner.port, "//127.0.0.9:" + inner.port,
		"http://inner.example:" + inner.port, "http://2130706433:" + inner.port, "file:///etc/passwd", "ftp://127.0.0.1/", "http://u:p@127.0.0.1:" + inner.port,
		outer.URL, // for ever
	} {
		next.Store(to)
		body, _, err := c.Get(t.Context(), outer.URL, 100)
		if _, ok := errors.AsType[*outbound.Refused](err); !ok {
			t.Errorf("redirect to %s: %q, %v", to, body, err)
		}
	}
	if n := inner.connections.Load(); n != 0 {
		t.Errorf("%d connections reached the inner server", n)
	}
	next.Store(inner.URL)
	if body, _, err := c.Get(t.Context(), outer.URL, 100); err != nil || string(body) != "secret" {
		t.Errorf("an allowed redirect: %q, %v", body, err)
	}
	none := newClient(t, outbound.Options{Allow: allow("127.0.0.1/32")})
	if _, _, err := none.Get(t.Context(), outer.URL, 100); err == nil {
		t.Error("a redirect was followed although none is allowed")
	}
}

func TestProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	proxy := newTarget(t, text("through the proxy"))
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	t.Setenv("ALL_PROXY", proxy.URL)
	c := newClient(t, outbound.Options{Allow: allow("127.0.0.1/32"), Resolver: resolver(func(string) []netip.Addr {
		return []netip.Addr{netip.MustParseAddr("10.0.0.1")}
	})})
	if _, _, err := c.Get(t.Context(), "http://name.example/", 100); err == nil || proxy.connections.Load() != 0 {
		t.Errorf("error %v, %d connections", err, proxy.connections.Load())
	}
}

func TestSizeLimits(t *testing.T) {
	length := newTarget(t, text(strings.Repeat("x", 1000)))
	chunked := newTarget(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("x", 1000)); err != nil {
				return
			}
		}
	})
	c := newClient(t, outbound.Options{Allow: allow("127.0.0.1/32"), MaxBody: 5000})
	if body, _, err := c.Get(t.Context(), length.URL, 1000); err != nil || len(body) != 1000 {
		t.Errorf("at the limit: %d bytes, %v", len(body), err)
	}
	for _, address := range []string{length.URL, chunked.URL} {
		if _, _, err := c.Get(t.Context(), address, 999); !errors.Is(err, outbound.ErrTooLarge) {
			t.Errorf("beyond the limit: %v", err)
		}
	}
	if _, _, err := c.Get(t.Context(), chunked.URL, 1<<30); !errors.Is(err, outbound.ErrTooLarge) {
		t.Errorf("beyond MaxBody: %v", err)
	}
	resp, err := c.Client().Get(chunked.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); n != 5000 || !errors.Is(err, outbound.ErrTooLarge) {
		t.Errorf("through the http.Client: %d bytes, %v", n, err)
	}
}

func TestTimeLimit(t *testing.T) {
	stop := make(chan struct{})
	g := newTarget(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	})
	defer close(stop)
	c := newClient(t, outbound.Options{Allow: allow("127.0.0.1/32"), Timeout: 20 * time.Millisecond})
	_, _, err := c.Get(t.Context(), g.URL+"/?token=planted", 10)
	if err == nil || strings.Contains(err.Error(), "planted") || !strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("error %v", err)
	}
}

func TestOtherStatus(t *testing.T) {
	g := newTarget(t, http.NotFound)
	c := newClient(t, outbound.Options{Allow: allow("127.0.0.1/32")})
	_, _, err := c.Get(t.Context(), g.URL, 10)
	if status, ok := errors.AsType[*outbound.StatusError](err); !ok || status.Status != 404 {
		t.Errorf("%v", err)
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	c := newClient(t, outbound.Options{})
	for address, want := range map[string]string{
		"http://192.168.1.5/hook?token=planted": `"192.168.1.5:80" is not called: it is a private address (RFC 1918): use a public address, or add 192.168.1.5 to [outbound] allow`,
		"http://1.1.1.1:25":                     `"1.1.1.1:25" is not called: port 25 belongs to another service: use 80, 443 or a port from 1024`,
		"ftp://example.com":                     `"ftp://example.com" is not called: only http and https are spoken: write it like https://example.com/path`,
	} {
		if _, err := c.Check(address); fmt.Sprint(err) != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
