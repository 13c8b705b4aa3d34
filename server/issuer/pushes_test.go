package issuer_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"pocketpass/push"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

// pushes is a push service whose answers are scripted.
type pushes struct {
	mu      sync.Mutex
	sent    []push.Notification
	clients []tls.Certificate
	closed  int
	now     func() time.Time
	answer  func(push.Notification) push.Result
}

func newPushes() *pushes {
	return &pushes{answer: func(push.Notification) push.Result { return push.Result{Outcome: push.Accepted, Status: 200} }}
}

func (p *pushes) client(id tls.Certificate) issuer.Sender {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clients = append(p.clients, id)
	return &client{p}
}

type client struct{ *pushes }

func (c *client) Send(_ context.Context, n push.Notification) push.Result {
	c.mu.Lock()
	c.sent = append(c.sent, n)
	answer := c.answer
	c.mu.Unlock()
	r := answer(n)
	r.At = c.now()
	return r
}

func (c *client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed++
	return nil
}

func (p *pushes) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sent)
}

func (p *pushes) script(answer func(push.Notification) push.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

var allEvents = store.Page{}

// home is the address of phones that are not said to be elsewhere.
var home = netip.MustParseAddr("192.0.2.1")

// phone is a device that registers for passes.
type phone struct{ library, token string }

func (w *world) registering(p store.Pass, d phone) issuer.Registering {
	return issuer.Registering{Library: d.library, PassTypeIdentifier: p.PassTypeIdentifier, SerialNumber: p.SerialNumber,
		Token: w.token(p), PushToken: d.token}
}

// token is the authentication token that stands in the pass.
func (w *world) token(p store.Pass) string {
	doc, _, err := w.Document(context.Background(), w.me, p.ID)
	if err != nil {
		return w.config.Master.Derive("pass", p.ID.Short()) // a deleted pass has no document to look at
	}
	return doc.AuthenticationToken
}

func (w *world) register(t testing.TB, p store.Pass, d phone) (created bool) {
	t.Helper()
	created, err := w.Register(t.Context(), w.registering(p, d))
	must(t, err)
	return created
}

func phoneNumber(n int) phone { return phone{fmt.Sprintf("lib%03d", n), fmt.Sprintf("%08x", n)} }
