package servertest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"pocketpass/server/access"
	"pocketpass/store"
)

// Caller makes requests with one API key, or without any.
type Caller struct {
	http *http.Client
	url  string
	Key  string // "<id>.<secret>"; empty sends no Authorization
}

// As calls with a key of another role, which is made at the first call.
func (s *Server) As(t testing.TB, role store.Role) Caller {
	t.Helper()
	if c, ok := s.keys[role]; ok {
		return c
	}
	key, secret, err := s.Access.Create(t.Context(), access.NewKey{Name: string(role), Role: role})
	if err != nil {
		t.Fatal(err)
	}
	c := s.Caller
	c.Key = key.ID.Short() + "." + secret
	s.keys[role] = c
	return c
}

// Anonymous calls without a key, as visitors and phones do.
func (s *Server) Anonymous() Caller {
	c := s.Caller
	c.Key = ""
	return c
}

// At calls at another address of the same server, as "https://forms.example.org".
func (c Caller) At(url string) Caller {
	c.url = url
	return c
}

// Get, Post, Patch, Put, Delete and Head make a request. A body is sent as JSON unless it
// is nil, bytes or a string. Headers are written as "Name: value".
func (c Caller) Get(t testing.TB, path string, headers ...string) *Answer {
	t.Helper()
	return c.Send(t, http.MethodGet, path, nil, headers...)
}

func (c Caller) Head(t testing.TB, path string, headers ...string) *Answer {
	t.Helper()
	return c.Send(t, http.MethodHead, path, nil, headers...)
}

func (c Caller) Post(t testing.TB, path string, body any, headers ...string) *Answer {
	t.Helper()
	return c.Send(t, http.MethodPost, path, body, headers...)
}

func (c Caller) Patch(t testing.TB, path string, body any, headers ...string) *Answer {
	t.Helper()
	return c.Send(t, http.MethodPatch, path, body, headers...)
}

func (c Caller) Put(t testing.TB, path string, body any, headers ...string) *Answer {
	t.Helper()
	return c.Send(t, http.MethodPut, path, body, headers...)
}

func (c Caller) Delete(t testing.TB, path string, headers ...string) *Answer {
	t.Helper()
	return c.Send(t, http.MethodDelete, path, nil, headers...)
}

// Send makes a request with any method.
func (c Caller) Send(t testing.TB, method, path string, body any, headers ...string) *Answer {
	t.Helper()
	content, isJSON := encode(t, body)
	r, err := http.NewRequestWithContext(t.Context(), method, c.url+path, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if isJSON {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.Key != "" {
		r.Header.Set("Authorization", "Bearer "+c.Key)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		r.Header.Set(name, strings.TrimSpace(value))
	}
	resp, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return &Answer{Code: resp.StatusCode, Header: resp.Header, Body: got, what: method + " " + path}
}

func encode(t testing.TB, body any) (content []byte, isJSON bool) {
	t.Helper()
	switch b := body.(type) {
	case nil:
		return nil, false
	case []byte:
		return b, true
	case string:
		return []byte(b), true
	}
	content, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return content, true
}

// newClient returns a client whose requests all go to one address, whatever host
// they name. It follows no redirect.
func newClient(addr string) *http.Client {
	return &http.Client{
		Transport:     toServer{addr, &http.Transport{MaxIdleConnsPerHost: 64}},
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// toServer is the proxy in front of the server that ends TLS.
type toServer struct {
	addr string
	*http.Transport
}

func (p toServer) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.Host = r.URL.Host
	out.URL.Scheme, out.URL.Host = "http", p.addr
	return p.Transport.RoundTrip(out)
}
