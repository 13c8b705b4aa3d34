package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/servertest"
)

// lan lets a server call receivers on this machine.
func lan() servertest.Option {
	return servertest.Config(func(c *server.Config) {
		c.Outbound.Allow = []server.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}, {Prefix: netip.MustParsePrefix("::1/128")}}
	})
}

// receiver is somebody's shop.
type receiver struct {
	*httptest.Server
	hang chan struct{} // if it is not nil, answers wait until it is closed

	mu     sync.Mutex
	status int
	got    []letter // what it answered with 2xx
	asked  int
}

type letter struct {
	header http.Header
	body   []byte
	Type   string
	Data   struct {
		Pass struct {
			ID, SerialNumber, Campaign string
			Tags                       []string
			Voided                     bool
		}
		Detail   map[string]string
		Address  string
		Times    int
		Endpoint struct{ ID string }
	}
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusNoContent}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	r.asked++
	hang, status := r.hang, r.status
	r.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-q.Context().Done():
			return
		}
	}
	if status/100 == 3 {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(status)
	fmt.Fprint(w, strings.Repeat("x", 5000)[:map[bool]int{true: 0, false: 5000}[status == http.StatusNoContent]])
	if status/100 != 2 {
		return
	}
	l := letter{header: q.Header, body: body}
	_ = json.Unmarshal(body, &l) // what is no event fails the test by its type
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, l)
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) letters() []letter {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func (r *receiver) requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

// wait returns the first n letters.
func (r *receiver) wait(t *testing.T, s *servertest.Server, n int) []letter {
	t.Helper()
	s.Until(t, fmt.Sprintf("%d events arrived", n), func() bool { return len(r.letters()) >= n })
	return r.letters()
}

// verify is the check of a receiver, by the specification alone.
func (l letter) verify(t *testing.T, secrets ...string) {
	t.Helper()
	signatures := strings.Fields(l.header.Get("webhook-signature"))
	if len(signatures) != len(secrets) {
		t.Errorf("%d signatures, want %d", len(signatures), len(secrets))
		return
	}
	for n, s := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
		if err != nil || len(key) < 24 || !strings.HasPrefix(s, "whsec_") {
			t.Fatalf("secret %q: %v", s, err)
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", l.header.Get("webhook-id"), l.header.Get("webhook-timestamp"), l.body)
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); signatures[n] != want {
			t.Errorf("signature %s, want %s", signatures[n], want)
		}
	}
}

type hook struct{ ID, Secret, State, Why, FailingSince string }

func listen(t *testing.T, s *servertest.Server, url string, more ...any) hook {
	t.Helper()
	body := map[string]any{"url": url}
	for n := 0; n < len(more); n += 2 {
		body[more[n].(string)] = more[n+1]
	}
	var h hook
	s.Post(t, "/api/v1/webhooks", body).Status(t, 201).JSON(t, &h)
	return h
}

func (h hook) path() string { return "/api/v1/webhooks/" + h.ID }

func (h hook) now(t *testing.T, s *servertest.Server) (out hook) {
	t.Helper()
	s.Get(t, h.path()).Status(t, 200).JSON(t, &out)
	return out
}

type delivered struct {
	ID, WebhookID, Type, State string
	Attempts                   int
	Next                       time.Time
	LastAttempt                struct {
		Taken         bool
		Status        int
		Answer, Error string
	}
}

// deliveries are oldest first.
func (h hook) deliveries(t *testing.T, s *servertest.Server) []delivered {
	t.Helper()
	var out struct{ Items []delivered }
	s.Get(t, h.path()+"/deliveries?order=oldest").Status(t, 200).JSON(t, &out)
	return out.Items
}

func (h hook) until(t *testing.T, s *servertest.Server, what string, ready func([]delivered) bool) []delivered {
	t.Helper()
	s.Until(t, what, func() bool { return ready(h.deliveries(t, s)) })
	return h.deliveries(t, s)
}

func tried(all []delivered) (n int) {
	for _, d := range all {
		n += d.Attempts
	}
	return n
}
