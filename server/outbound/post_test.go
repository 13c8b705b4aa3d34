package outbound_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"pocketpass/server/outbound"
)

func TestPost(t *testing.T) {
	status := http.StatusTeapot
	g := newTarget(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if status/100 == 3 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		fmt.Fprint(w, r.Method, " ", r.Header.Get("X-Sign"), " ", string(body), strings.Repeat(".", 100))
	})
	c := newClient(t, outbound.Options{Allow: allow("127.0.0.1/32")})
	header := map[string][]string{"X-Sign": {"s"}}
	got, answer, err := c.Post(t.Context(), g.URL, header, []byte("body"), 16)
	if got != status || string(answer) != "POST s body....." || err != nil {
		t.Errorf("%d %q %v", got, answer, err)
	}
	if len(header) != 1 {
		t.Errorf("the caller's headers were changed: %v", header)
	}
	status = http.StatusTemporaryRedirect
	if got, _, err := c.Post(t.Context(), g.URL, nil, nil, 16); got != status || err == nil {
		t.Errorf("a redirect: %d %v", got, err)
	}
}

func TestPostToInnerAddress(t *testing.T) {
	g := newTarget(t, text("secret"))
	c := newClient(t, outbound.Options{Resolver: resolver(func(string) []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} })})
	for _, address := range []string{g.URL, "http://shop.example:" + g.port} {
		status, _, err := c.Post(t.Context(), address, nil, []byte("x"), 16)
		if _, ok := errors.AsType[*outbound.Refused](err); !ok || status != 0 {
			t.Errorf("%s: %d %v", address, status, err)
		}
	}
	if n := g.connections.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
}
