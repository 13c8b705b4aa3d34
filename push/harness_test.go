package push_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pocketpass/push"
	"pocketpass/server/simulator/apns"
)

const (
	topic = "pass.com.example.coffee"
	token = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// authority is a throw-away issuer of pass certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	a.cert = a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, a.key)
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *authority) sign(t testing.TB, c *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	parent := a.cert
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// issue makes a pass certificate: the topic is the subject's UID.
func (a *authority) issue(t testing.TB, topic string, expires time.Time) tls.Certificate {
	t.Helper()
	key := newKey(t)
	leaf := a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject: pkix.Name{CommonName: "Pass Type ID: " + topic, ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}, Value: topic},
		}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: expires,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, key)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// clock is a time that only moves when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// pair is a client and the stand-in service that it talks to.
type pair struct {
	*push.Client
	apple     *apns.Service
	authority *authority
	clock     *clock
	options   push.Options
}

func newPair(t testing.TB, o push.Options) *pair {
	t.Helper()
	p := &pair{authority: newAuthority(t), clock: newClock()}
	var err error
	if p.apple, err = apns.New(apns.Options{ClientCAs: p.authority.pool()}); err != nil {
		t.Fatal(err)
	}
	if err = p.apple.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.apple.Close() })
	o.Host, o.Roots, o.Now = p.apple.URL(), p.apple.Roots(), p.clock.Now
	p.options = o
	p.Client = p.client(t, p.authority.issue(t, topic, time.Now().Add(time.Hour)))
	return p
}

func (p *pair) client(t testing.TB, cert tls.Certificate) *push.Client {
	t.Helper()
	c := push.New(cert, p.options)
	t.Cleanup(func() { c.Close() })
	return c
}

func (p *pair) send(t testing.TB) push.Result {
	t.Helper()
	return p.Send(t.Context(), push.Notification{Token: token, Topic: topic})
}

// arrival returns a channel that gets a value when the next push for token
// reaches the service, before it is answered.
func (p *pair) arrival(token string) <-chan string {
	arrived := make(chan string, 1)
	p.apple.Subscribe(token, func(topic string) {
		select {
		case arrived <- topic:
		default:
		}
	})
	return arrived
}

func (p *pair) wantAccepted(t testing.TB) {
	t.Helper()
	if r := p.send(t); r.Outcome != push.Accepted {
		t.Fatalf("send: %+v, want it accepted", r)
	}
}

// tokenOf is the n-th of many tokens.
func tokenOf(n int) string { return fmt.Sprintf("%064x", n) }

// sendMany sends to n tokens, 64 at a time, each until it is accepted, and
// moves the clock on when the client rests.
func (p *pair) sendMany(t testing.TB, n int) {
	t.Helper()
	jobs := make(chan int)
	var workers sync.WaitGroup
	for range 64 {
		workers.Go(func() {
			for i := range jobs {
				p.sendUntilAccepted(t, tokenOf(i))
			}
		})
	}
	for i := range n {
		jobs <- i
	}
	close(jobs)
	workers.Wait()
}

func (p *pair) sendUntilAccepted(t testing.TB, token string) {
	for range 50 {
		r := p.Send(t.Context(), push.Notification{Token: token, Topic: topic})
		if r.Outcome == push.Accepted {
			return
		}
		if r.Outcome != push.Retry {
			t.Errorf("send: %+v, want Retry at worst", r)
			return
		}
		p.clock.advance(r.RetryAfter)
	}
	t.Errorf("push was not accepted in 50 tries")
}

// wantEach demands that each of n tokens was accepted at least once.
func (p *pair) wantEach(t testing.TB, n int) {
	t.Helper()
	for i := range n {
		accepted := 0
		for _, push := range p.apple.Log(tokenOf(i)) {
			if push.Status == 200 {
				accepted++
			}
		}
		if accepted == 0 {
			t.Errorf("token %d: the service never accepted a push", i)
		}
	}
}
