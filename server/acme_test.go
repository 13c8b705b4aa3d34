package server_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"pocketpass/server"
)

// acmeStub is a certificate authority that speaks as much of RFC 8555 as autocert
// asks for. It really validates: by connecting to the server under test.
type acmeStub struct {
	*httptest.Server
	ca       *authority
	offers   []string // kinds of challenges
	lifetime time.Duration

	away              bool // the world reaches another machine
	mu                sync.Mutex
	tlsAt, httpAt     string // where the server under test listens
	thumbprint        string
	orders, validated int
	status            map[string]string // of each order: pending, ready, valid, invalid
	names             map[string]string
	certs             map[string][]byte
}

func newACMEStub(t *testing.T, offers ...string) *acmeStub {
	t.Helper()
	s := &acmeStub{ca: newAuthority(t), offers: offers, lifetime: 90 * 24 * time.Hour,
		status: map[string]string{}, names: map[string]string{}, certs: map[string][]byte{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /directory", func(w http.ResponseWriter, _ *http.Request) {
		s.answer(w, 200, map[string]any{"newNonce": s.URL + "/nonce", "newAccount": s.URL + "/account", "newOrder": s.URL + "/order",
			"revokeCert": s.URL + "/revoke", "keyChange": s.URL + "/key"})
	})
	mux.HandleFunc("HEAD /nonce", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Replay-Nonce", "n") })
	mux.HandleFunc("POST /account", s.account)
	mux.HandleFunc("POST /order", s.newOrder)
	mux.HandleFunc("POST /order/{id}", s.order)
	mux.HandleFunc("POST /authz/{id}", s.authz)
	mux.HandleFunc("POST /challenge/{id}/{kind}", s.challenge)
	mux.HandleFunc("POST /finalize/{id}", s.finalize)
	mux.HandleFunc("POST /cert/{id}", s.cert)
	s.Server = httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	return s
}

// caFile writes the root that vouches for the directory itself.
func (s *acmeStub) caFile(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "acme-ca.pem")
	writePEM(t, path, "CERTIFICATE", s.Certificate().Raw)
	return path
}

func (s *acmeStub) answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Replay-Nonce", "n")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// payload reads a JWS and returns its header and payload. Signatures are autocert's own affair.
func payload(r *http.Request) (header, body []byte) {
	var jws struct{ Protected, Payload string }
	json.NewDecoder(r.Body).Decode(&jws)
	header, _ = base64.RawURLEncoding.DecodeString(jws.Protected)
	body, _ = base64.RawURLEncoding.DecodeString(jws.Payload)
	return header, body
}

func (s *acmeStub) account(w http.ResponseWriter, r *http.Request) {
	header, _ := payload(r)
	var h struct{ JWK struct{ X, Y string } }
	json.Unmarshal(header, &h)
	point := []byte{4} // uncompressed
	for _, text := range []string{h.JWK.X, h.JWK.Y} {
		raw, _ := base64.RawURLEncoding.DecodeString(text)
		point = append(point, raw...)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		s.answer(w, 400, map[string]string{"detail": err.Error()})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.thumbprint, _ = acme.JWKThumbprint(key)
	w.Header().Set("Location", s.URL+"/account/1")
	s.answer(w, 201, map[string]string{"status": "valid"})
}

func (s *acmeStub) newOrder(w http.ResponseWriter, r *http.Request) {
	_, body := payload(r)
	var in struct{ Identifiers []struct{ Value string } }
	json.Unmarshal(body, &in)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders++
	id := fmt.Sprint(s.orders)
	s.status[id], s.names[id] = "pending", in.Identifiers[0].Value
	w.Header().Set("Location", s.URL+"/order/"+id)
	s.answer(w, 201, s.orderView(id))
}

func (s *acmeStub) orderView(id string) map[string]any {
	view := map[string]any{"status": s.status[id], "authorizations": []string{s.URL + "/authz/" + id}, "finalize": s.URL + "/finalize/" + id,
		"identifiers": []map[string]string{{"type": "dns", "value": s.names[id]}}}
	if s.status[id] == "valid" {
		view["certificate"] = s.URL + "/cert/" + id
	}
	return view
}

func (s *acmeStub) order(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Location", s.URL+"/order/"+r.PathValue("id"))
	s.answer(w, 200, s.orderView(r.PathValue("id")))
}

func (s *acmeStub) authz(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.PathValue("id")
	status := s.status[id]
	if status == "ready" {
		status = "valid"
	}
	var challenges []map[string]string
	for _, kind := range s.offers {
		challenges = append(challenges, map[string]string{"type": kind, "url": s.URL + "/challenge/" + id + "/" + kind, "token": "token" + id, "status": status})
	}
	s.answer(w, 200, map[string]any{"status": status, "identifier": map[string]string{"type": "dns", "value": s.names[id]}, "challenges": challenges})
}

func (s *acmeStub) challenge(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, kind := r.PathValue("id"), r.PathValue("kind")
	validate := map[string]func(name, token string) bool{"tls-alpn-01": s.overTLS, "http-01": s.overHTTP}[kind]
	s.status[id] = "invalid"
	if validate(s.names[id], "token"+id) {
		s.status[id] = "ready"
		s.validated++
	}
	s.answer(w, 200, map[string]string{"type": kind, "url": s.URL + r.URL.Path, "token": "token" + id, "status": "processing"})
}

// overTLS is RFC 8737: the certificate shown for the name holds a digest.
func (s *acmeStub) overTLS(name, token string) bool {
	conn, err := tls.Dial("tcp", s.tlsAt, &tls.Config{ServerName: name, NextProtos: []string{"acme-tls/1"}, InsecureSkipVerify: true})
	if err != nil {
		return false
	}
	defer conn.Close()
	digest := sha256.Sum256([]byte(token + "." + s.thumbprint))
	want, _ := asn1.Marshal(digest[:])
	for _, ext := range conn.ConnectionState().PeerCertificates[0].Extensions {
		if ext.Id.String() == "1.3.6.1.5.5.7.1.31" {
			return bytes.Equal(ext.Value, want)
		}
	}
	return false
}

// overHTTP is RFC 8555, section 8.3: a file on port 80 holds the key authorization.
func (s *acmeStub) overHTTP(name, token string) bool {
	req, err := http.NewRequest("GET", "http://"+s.httpAt+"/.well-known/acme-challenge/"+token, nil)
	if err != nil {
		return false
	}
	req.Host = name
	resp, err := client().Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return err == nil && string(body) == token+"."+s.thumbprint
}

func (s *acmeStub) finalize(w http.ResponseWriter, r *http.Request) {
	_, body := payload(r)
	var in struct{ CSR string }
	json.Unmarshal(body, &in)
	raw, _ := base64.RawURLEncoding.DecodeString(in.CSR)
	csr, err := x509.ParseCertificateRequest(raw)
	if err != nil {
		s.answer(w, 400, map[string]string{"type": "urn:ietf:params:acme:error:badCSR"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.PathValue("id")
	der, err := s.ca.issue(csr.PublicKey, csr.DNSNames, s.lifetime)
	if err != nil {
		s.answer(w, 500, map[string]string{"detail": err.Error()})
		return
	}
	s.certs[id] = append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.ca.cert.Raw})...)
	s.status[id] = "valid"
	w.Header().Set("Location", s.URL+"/order/"+id)
	s.answer(w, 200, s.orderView(id))
}

func (s *acmeStub) cert(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Replay-Nonce", "n")
	w.Header().Set("Content-Type", "application/pem-certificate-chain")
	w.Write(s.certs[r.PathValue("id")])
}

func (s *acmeStub) counts() (orders, validated int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.orders, s.validated
}

// memoryCache keeps what is stored when the test is over, and disturbs nobody.
type memoryCache struct {
	kept   sync.Map
	stored chan string // told of names; may be nil
}

func (c *memoryCache) Get(_ context.Context, name string) ([]byte, error) {
	if data, ok := c.kept.Load(name); ok {
		return data.([]byte), nil
	}
	return nil, autocert.ErrCacheMiss
}

func (c *memoryCache) Put(_ context.Context, name string, data []byte) error {
	c.kept.Store(name, data)
	select {
	case c.stored <- name:
	default:
	}
	return nil
}

func (c *memoryCache) Delete(_ context.Context, name string) error {
	c.kept.Delete(name)
	return nil
}

// serving starts a server that gets its certificates from s.
func (s *acmeStub) serving(t *testing.T, httpListen string, cache autocert.Cache, now func() time.Time) *running {
	t.Helper()
	cfg := config(t)
	cfg.TLS = server.TLSConfig{Mode: server.TLSACME, Hosts: []string{"passes.example"},
		ACMEDirectory: s.URL + "/directory", ACMECAFile: s.caFile(t), HTTPListen: httpListen, Email: "me@passes.example"}
	s.mu.Lock() // the server asks as soon as it runs
	defer s.mu.Unlock()
	r := start(t, cfg, server.Deps{CertCache: cache, Now: now})
	s.tlsAt, s.httpAt = r.Addr("listen"), r.Addr("tls.http_listen")
	if s.away {
		s.tlsAt = "127.0.0.1:1"
	}
	return r
}

// verified makes a handshake as a phone would and returns its error.
func (s *acmeStub) verified(r *running, name string) error {
	_, _, err := shown(r.Addr("listen"), name, func(c *tls.Config) { c.InsecureSkipVerify, c.RootCAs = false, s.ca.pool() })
	return err
}

func TestAutomaticCertificate(t *testing.T) {
	for _, tt := range []struct{ kind, httpListen string }{{"tls-alpn-01", ""}, {"http-01", "127.0.0.1:0"}} {
		t.Run(tt.kind, func(t *testing.T) {
			ca, cache := newACMEStub(t, tt.kind), &memoryCache{}
			r := ca.serving(t, tt.httpListen, cache, nil)
			for _, name := range []string{"passes.example", "PASSES.example", "passes.example"} {
				if err := ca.verified(r, name); err != nil {
					t.Fatalf("%s: %v\n%s", name, err, r.log)
				}
			}
			if orders, validated := ca.counts(); orders != 1 || validated != 1 {
				t.Errorf("%d orders, %d validated, want one of each", orders, validated)
			}
			if !strings.Contains(r.log.String(), `"certificate issued","host":"passes.example"`) {
				t.Errorf("issuing was not logged:\n%s", r.log)
			}
			ca.Close() // the authority is gone; a restart takes the certificate from the cache
			if err := ca.verified(ca.serving(t, "", cache, nil), "passes.example"); err != nil {
				t.Errorf("after a restart: %v", err)
			}
		})
	}
}

// TestCertificateBeforeAnybodyAsks: the first visitor does not wait.
func TestCertificateBeforeAnybodyAsks(t *testing.T) {
	ca, cache := newACMEStub(t, "tls-alpn-01"), &memoryCache{stored: make(chan string, 10)}
	r := ca.serving(t, "", cache, nil)
	for deadline := time.After(20 * time.Second); ; {
		select {
		case name := <-cache.stored:
			if name == "passes.example" {
				return
			}
		case <-deadline:
			t.Fatalf("no certificate:\n%s", r.log)
		}
	}
}

func TestNoOrdersForForeignNames(t *testing.T) {
	ca := newACMEStub(t, "tls-alpn-01")
	r := ca.serving(t, "127.0.0.1:0", &memoryCache{}, nil)
	if err := ca.verified(r, "passes.example"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"evil.example", "a.passes.example", "passes.example.evil.example", "localhost", "", "xn--pases-6ta.example"} {
		if _, _, err := shown(r.Addr("listen"), name, nil); err == nil {
			t.Errorf("%q got a certificate", name)
		}
	}
	req, _ := http.NewRequest("GET", "http://"+r.Addr("tls.http_listen")+"/.well-known/acme-challenge/x", nil)
	req.Host = "evil.example"
	resp, err := client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if orders, _ := ca.counts(); orders != 1 || resp.StatusCode != http.StatusForbidden {
		t.Errorf("%d orders, challenge for a foreign name: %d", orders, resp.StatusCode)
	}
}

// TestRefusedValidationIsNotRepeated keeps within what the authority allows.
func TestRefusedValidationIsNotRepeated(t *testing.T) {
	ca, clock := newACMEStub(t, "tls-alpn-01"), &clock{}
	ca.away = true
	r := ca.serving(t, "", &memoryCache{}, clock.now)
	var crowd sync.WaitGroup
	for range 10 {
		crowd.Go(func() { ca.verified(r, "passes.example") })
	}
	crowd.Wait()
	if strings.Contains(r.log.String(), "missing certificate") {
		t.Errorf("those who waited for the order hide why it failed:\n%s", r.log)
	}
	for range 5 {
		if err := ca.verified(r, "passes.example"); err == nil {
			t.Fatal("a certificate without a validation")
		}
		clock.advance(11 * time.Minute)
	}
	orders, validated := ca.counts()
	if orders == 0 || orders > 5 || validated != 0 {
		t.Errorf("%d orders within the hour, %d validated", orders, validated)
	}
	if n := strings.Count(r.log.String(), "port 443 or 80 is open"); n < 1 || n > 3 {
		t.Errorf("the reason was logged %d times, want once at the start and once an hour\n%s", n, r.log)
	}
}

func TestExpiryAlarm(t *testing.T) {
	ca, clock := newACMEStub(t, "tls-alpn-01"), &clock{}
	r := ca.serving(t, "", &memoryCache{}, clock.now)
	warnings := func() int { return strings.Count(r.log.String(), "about to expire") }
	if err := ca.verified(r, "passes.example"); err != nil || warnings() != 0 {
		t.Fatalf("%v, %d warnings", err, warnings())
	}
	clock.advance(80 * 24 * time.Hour) // of 90
	for range 3 {
		if err := ca.verified(r, "passes.example"); err != nil {
			t.Error(err)
		}
	}
	if warnings() != 1 {
		t.Errorf("%d warnings, want one a day", warnings())
	}
}

func TestBaseURLOfAutomaticTLS(t *testing.T) {
	ca := newACMEStub(t, "tls-alpn-01")
	r := ca.serving(t, "", &memoryCache{}, nil)
	if !strings.HasPrefix(r.BaseURL(), "https://passes.example:") {
		t.Errorf("base URL %s", r.BaseURL())
	}
}
