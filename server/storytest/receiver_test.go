package storytest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// receiver is a shop that listens to webhooks. While it is closed it hangs up on
// whoever calls.
type receiver struct {
	*httptest.Server

	mu     sync.Mutex
	closed bool
	secret []byte
	forged int      // requests with a wrong signature
	ids    []string // of the events that it took, in their order
	types  []string
}

const receiverSteps = "say receiver NAME opens, closes, trusts SECRET, or took EVENT EVENT …"

// receiver opens and closes a receiver, whose address is $NAME, or waits for what it took.
func (p *player) receiver(s *step, said []string) error {
	p.Helper()
	if len(said) < 2 {
		return faultf(s.number, receiverSteps)
	}
	r, ok := p.receivers[said[0]]
	if !ok && said[1] != "opens" {
		return faultf(s.number, "receiver %s never opened", said[0])
	}
	if !ok {
		r = &receiver{}
		r.Server = httptest.NewServer(r)
		p.Cleanup(r.Server.Close)
		p.receivers[said[0]], p.names[said[0]] = r, r.URL
	}
	switch said[1] {
	case "opens", "closes":
		r.close(said[1] == "closes")
	case "trusts":
		return inLine(s, r.trust(said[2:]))
	case "took":
		return r.took(p, s, said[2:])
	default:
		return faultf(s.number, receiverSteps)
	}
	return nil
}

func (r *receiver) close(closed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = closed
}

func (r *receiver) trust(said []string) (err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.Join(said, ""), "whsec_"))
	return err
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	var event struct{ Type string }
	if r.closed || err != nil || json.Unmarshal(body, &event) != nil {
		panic(http.ErrAbortHandler)
	}
	if !r.signed(q.Header, body) {
		r.forged++
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if id := q.Header.Get("Webhook-Id"); !slices.Contains(r.ids, id) {
		r.ids, r.types = append(r.ids, id), append(r.types, event.Type)
	}
	w.WriteHeader(http.StatusNoContent)
}

// signed verifies a request by the specification of Standard Webhooks.
func (r *receiver) signed(h http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, r.secret)
	fmt.Fprintf(mac, "%s.%s.%s", h.Get("Webhook-Id"), h.Get("Webhook-Timestamp"), body)
	return h.Get("Webhook-Signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (r *receiver) has() (types []string, forged int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.types), r.forged
}

// took waits until the receiver took just these events, each once and in this order.
func (r *receiver) took(p *player, s *step, want []string) error {
	p.Helper()
	p.Until(p, fmt.Sprintf("line %d: %d events", s.number, len(want)), func() bool {
		types, forged := r.has()
		return len(types) >= len(want) || forged > 0
	})
	if types, forged := r.has(); !slices.Equal(types, want) || forged > 0 {
		return faultf(s.number, "the receiver took %v, and %d requests with a wrong signature; want %v", types, forged, want)
	}
	return nil
}
