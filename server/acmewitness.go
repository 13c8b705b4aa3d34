package server

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
)

// maxACMEAnswer bounds what is read of an authority's answer, in bytes.
const maxACMEAnswer = 1 << 20

// acmeWitness tells in the log why the authority refuses something. autocert keeps the
// reasons to itself: of a challenge that failed it says that none was left, and of a
// renewal nothing.
type acmeWitness struct {
	next http.RoundTripper
	log  *slog.Logger

	mu   sync.Mutex
	told map[string]bool // addresses of authorizations that failed, which are asked for again
}

// acmeAnswer is what matters of an authorization or a problem of RFC 8555.
type acmeAnswer struct {
	Type, Detail string // of a problem
	Status       any    // of an authorization a word, of a problem a number
	Identifier   struct{ Value string }
	Challenges   []struct {
		Type  string
		Error struct{ Detail string }
	}
}

// RoundTrip implements http.RoundTripper.
func (w *acmeWitness) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(r)
	if err != nil || !strings.Contains(resp.Header.Get("Content-Type"), "json") {
		return resp, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxACMEAnswer))
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var a acmeAnswer
	if json.Unmarshal(body, &a) == nil {
		w.judge(r.URL.String(), resp.StatusCode, a)
	}
	return resp, nil
}

// judge leaves out what is tried again by itself.
func (w *acmeWitness) judge(address string, status int, a acmeAnswer) {
	again := status == http.StatusTooManyRequests || status >= http.StatusInternalServerError || strings.HasSuffix(a.Type, ":badNonce")
	if status >= http.StatusBadRequest && !again {
		w.log.Warn("the authority refuses a certificate", "type", a.Type, "reason", a.Detail)
	}
	if a.Status != "invalid" || !w.first(address) {
		return
	}
	for _, c := range a.Challenges {
		if c.Error.Detail != "" {
			w.log.Warn("the authority could not prove that the name leads here", "host", a.Identifier.Value, "challenge", c.Type, "reason", c.Error.Detail)
		}
	}
}

// first says whether an address was not told of; it forgets the older ones.
func (w *acmeWitness) first(address string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.told[address] {
		return false
	}
	if len(w.told) > 100 || w.told == nil {
		w.told = map[string]bool{}
	}
	w.told[address] = true
	return true
}
