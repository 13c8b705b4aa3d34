package web_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"pocketpass/server/web"
)

func TestInFlight(t *testing.T) {
	inside, release := make(chan struct{}), make(chan struct{})
	h := web.InFlight(1, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		inside <- struct{}{}
		<-release
	}))
	done := make(chan int)
	go func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		done <- w.Code
	}()
	<-inside
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 503 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("second: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	close(release)
	if code := <-done; code != 200 {
		t.Errorf("first: %d", code)
	}
	go func() { <-inside }()
	w = httptest.NewRecorder()
	if h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil)); w.Code != 200 {
		t.Errorf("third: %d, the place was not given back", w.Code)
	}
}

func TestRateLimit(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	l, err := web.NewLimiter(2, 3, 10, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	h := web.RateLimit(l, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	get := func(peer string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = peer
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for i := range 3 {
		if w := get("192.0.2.1:1"); w.Code != 200 {
			t.Errorf("request %d of the burst: %d", i, w.Code)
		}
	}
	if w := get("192.0.2.1:2"); w.Code != 429 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("beyond the burst: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if w := get("192.0.2.2:1"); w.Code != 200 {
		t.Errorf("another client: %d", w.Code)
	}
	now = now.Add(500 * time.Millisecond)
	if a, b := get("192.0.2.1:1").Code, get("192.0.2.1:1").Code; a != 200 || b != 429 {
		t.Errorf("half a second later: %d and %d, want one to pass", a, b)
	}
}

func TestLimiterCountsIPv6ByNetwork(t *testing.T) {
	l, err := web.NewLimiter(1, 1, 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	if l.Take(netip.MustParseAddr("2001:db8:0:1::1")) != 0 {
		t.Error("the first was refused")
	}
	if l.Take(netip.MustParseAddr("2001:db8:0:1:ffff::2")) == 0 {
		t.Error("another address of the same /64 is another client")
	}
	if l.Take(netip.MustParseAddr("2001:db8:0:2::1")) != 0 {
		t.Error("another /64 is the same client")
	}
	if l.Take(netip.Addr{}) != 0 || l.Take(netip.Addr{}) == 0 {
		t.Error("requests without an address do not share a bucket")
	}
}

func TestLimiterForgetsTheOldest(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	l, err := web.NewLimiter(0.001, 1, 100, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	address := func(i uint32) netip.Addr {
		return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 0x0a000000+i)))
	}
	for i := range uint32(100) {
		l.Take(address(i))
	}
	if l.Take(address(0)) == 0 { // seen again, so address(1) is the oldest now
		t.Error("the first client was forgotten although there was room")
	}
	l.Take(address(100))
	if l.Take(address(0)) == 0 {
		t.Error("a client just seen was forgotten")
	}
	if l.Take(address(1)) != 0 {
		t.Error("the oldest client was not forgotten: memory is not bounded")
	}
}

func TestLimiterThatLimitsNothing(t *testing.T) {
	for _, tt := range []struct {
		rate           float64
		burst, clients int
	}{{0, 1, 1}, {-1, 1, 1}, {1, 0, 1}, {1, 1, 0}} {
		if _, err := web.NewLimiter(tt.rate, tt.burst, tt.clients, nil); err == nil {
			t.Errorf("%+v was accepted", tt)
		}
	}
}

func TestSingleSlashes(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /wallet/v1/passes/{type}/{serial}", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(r.PathValue("type") + " " + r.PathValue("serial")))
	})
	for _, path := range []string{"/wallet//v1/passes/a/b%2F%2Fc", "//wallet/v1///passes/a/b%2F%2Fc", "/wallet/v1/passes/a/b%2F%2Fc"} {
		w := httptest.NewRecorder()
		web.SingleSlashes(mux).ServeHTTP(w, httptest.NewRequest("GET", "http://host"+path, nil))
		if w.Code != 200 || w.Body.String() != "a b//c" {
			t.Errorf("%s: %d %q", path, w.Code, w.Body)
		}
	}
}

// TestBodyThatBreaks sends bodies that net/http gives up on. The answer is the client's
// fault, in the words of whoever answers.
func TestBodyThatBreaks(t *testing.T) {
	read := func(_ http.ResponseWriter, r *http.Request) error {
		_, err := io.Copy(io.Discard, r.Body)
		return err
	}
	s := httptest.NewServer(web.LimitBody(10, web.Handle(read)))
	defer s.Close()
	for body, want := range map[string]string{
		"zz\r\n":                              "400 Bad Request",
		"2\r\n{}xx":                           "400 Bad Request",
		"2\r\n{}\r\n0\r\nbad trailer\r\n\r\n": "400 Bad Request",
		"b\r\n01234567890\r\n0\r\n\r\n":       "413 Request Entity Too Large",
		"2\r\n{}\r\n0\r\n\r\n":                "200 OK",
	} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n%s", body)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || answer.Status != want {
			t.Errorf("%q: %v, %v, want %s", body, answer, err, want)
		}
		conn.Close()
	}
}
