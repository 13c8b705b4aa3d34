package walletkit_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"pocketpass/server"
	"pocketpass/server/servertest"
)

// The tests here are named after the numbers that README.md gives to what clients need.

// TestQ22 names inner addresses, directly, by a name and by a redirect.
func TestQ22(t *testing.T) {
	var asked atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(inner.Close)
	_, port, err := net.SplitHostPort(inner.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b := newBrand(t, servertest.Config(func(c *server.Config) { c.Outbound.Allow = nil }))
	for _, address := range []string{inner.URL, "http://localhost:" + port, "http://127.0.0.1/", "http://169.254.169.254/", "http://[::1]/", "file:///etc/passwd",
		"http://10.0.0.1/x.png", "http://user:pass@example.org/", "http://0x7f.1/", "http://[::ffff:127.0.0.1]/", "http://1.1.1.1:25/", "http://1.1.1.1:8080/",
		"ftp://example.org/x.png", "nonsense"} {
		fails(t, b.send(t, "POST", templates, with(b.plain(), members{"icon": address})), 400, "image_url_refused", "icon")
	}
	near := newBrand(t)
	redirect := httptest.NewServer(http.RedirectHandler("http://[::1]:"+port, http.StatusFound))
	t.Cleanup(redirect.Close)
	fails(t, near.send(t, "POST", templates, with(near.plain(), members{"icon": redirect.URL})), 400, "image_url_refused", "icon")
	if asked.Load() != 0 {
		t.Error("an inner address was asked")
	}
	if n := len(listed(t, near)); n != 0 {
		t.Errorf("%d templates were made", n)
	}
}

func listed(t testing.TB, b *brand) (out []any) {
	t.Helper()
	b.send(t, "GET", templates, nil).Status(t, 200).JSON(t, &out)
	return out
}

// TestQ23 is cut off by size; that it would be by time shows in package issuer, which
// needs no waiting for it.
func TestQ23(t *testing.T) {
	b := newBrand(t)
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for chunk := make([]byte, 64<<10); r.Context().Err() == nil; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	t.Cleanup(endless.Close)
	fails(t, b.send(t, "POST", templates, with(b.plain(), members{"logo2x": endless.URL})), 400, "image_fetch_failed", "logo2x")
	tests := map[string]string{"image_invalid": "text", "image_fetch_failed": ""}
	for code, body := range tests {
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if body == "" {
				w.WriteHeader(http.StatusTeapot)
			}
			_, _ = io.WriteString(w, body)
		}))
		t.Cleanup(other.Close)
		a := b.send(t, "POST", templates, with(b.plain(), members{"strip": other.URL}))
		fails(t, a, 400, code, "strip")
		if strings.Contains(string(a.Body), "418") || strings.Contains(string(a.Body), "127.0.0.1") {
			t.Errorf("the answer tells about the other side: %s", a.Body)
		}
	}
	id := b.template(t, b.plain())
	fails(t, b.send(t, "POST", templates+"/"+id, members{"strip": endless.URL}), 400, "image_fetch_failed", "strip")
	if n := b.passes(t, id); n != 0 {
		t.Errorf("%d passes were made", n)
	}
}
