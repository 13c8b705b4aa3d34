package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pocketpass/server"
)

// authority issues certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	next atomic.Int64 // serial number
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(365 * 24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue returns a certificate for names in DER.
func (a *authority) issue(public any, names []string, lifetime time.Duration) ([]byte, error) {
	return x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1 + a.next.Add(1)), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(lifetime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.cert, public, a.key)
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// files writes a new certificate and key for name into folder, as an operator would.
func (a *authority) files(t *testing.T, folder, name string) (certFile, keyFile string) {
	t.Helper()
	key := newKey(t)
	der, err := a.issue(key.Public(), []string{name}, 90*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	writePEM(t, certFile, "CERTIFICATE", der)
	writePEM(t, keyFile, "PRIVATE KEY", keyDER)
	return certFile, keyFile
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// shown returns the name on the certificate that the server at address shows for sni.
func shown(address, sni string, edit func(*tls.Config)) (name string, version uint16, err error) {
	config := &tls.Config{ServerName: sni, InsecureSkipVerify: true}
	if edit != nil {
		edit(config)
	}
	conn, err := tls.Dial("tcp", address, config)
	if err != nil {
		return "", 0, err
	}
	defer conn.Close()
	state := conn.ConnectionState()
	return state.PeerCertificates[0].Subject.CommonName, state.Version, nil
}

// clock is a time that tests move.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

func TestOwnCertificate(t *testing.T) {
	a, folder, clock := newAuthority(t), t.TempDir(), &clock{}
	cfg := config(t)
	cfg.TLS.Mode = server.TLSFiles
	cfg.TLS.CertFile, cfg.TLS.KeyFile = a.files(t, folder, "one.example")
	r := start(t, cfg, server.Deps{Now: clock.now})
	if !strings.HasPrefix(r.BaseURL(), "https://127.0.0.1:") {
		t.Errorf("base URL %s", r.BaseURL())
	}
	expect := func(when, want string) {
		t.Helper()
		if got, _, err := shown(r.Addr("listen"), "one.example", nil); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", when, got, err, want)
		}
	}
	expect("at first", "one.example")
	a.files(t, folder, "two.example")
	expect("within the interval", "one.example")
	clock.advance(6 * time.Second)
	expect("after the interval", "two.example")

	good, err := os.ReadFile(cfg.TLS.CertFile)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, cfg.TLS.CertFile, "CERTIFICATE", []byte("broken"))
	for range 3 {
		clock.advance(6 * time.Second)
		expect("with a broken file", "two.example")
	}
	if n := strings.Count(r.log.String(), "the old certificate stays"); n != 1 {
		t.Errorf("the broken file was logged %d times, want once", n)
	}
	if err := os.Remove(cfg.TLS.CertFile); err != nil {
		t.Fatal(err)
	}
	clock.advance(6 * time.Second)
	expect("without the file", "two.example")
	if err := os.WriteFile(cfg.TLS.CertFile, good, 0o600); err != nil {
		t.Fatal(err)
	}
	a.files(t, folder, "three.example")
	clock.advance(6 * time.Second)
	expect("with a good file again", "three.example")
}

func TestTLSVersions(t *testing.T) {
	a := newAuthority(t)
	cfg := config(t)
	cfg.TLS.Mode = server.TLSFiles
	cfg.TLS.CertFile, cfg.TLS.KeyFile = a.files(t, t.TempDir(), "one.example")
	r := start(t, cfg, server.Deps{})
	for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		_, got, err := shown(r.Addr("listen"), "one.example", func(c *tls.Config) { c.MinVersion, c.MaxVersion = version, version })
		if (err == nil) != want || err == nil && got != version {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
	a.wantHTTP(t, r.BaseURL(), 2)
	if !strings.Contains(r.log.String(), `"level":"DEBUG","msg":"connection","err":"http: TLS handshake error`) {
		t.Error("failed handshakes are not in the debug log")
	}
}

// TestHTTP1Only offers no HTTP/2.
func TestHTTP1Only(t *testing.T) {
	a := newAuthority(t)
	cfg := config(t)
	cfg.TLS.Mode, cfg.TLS.HTTP1Only = server.TLSFiles, true
	cfg.TLS.CertFile, cfg.TLS.KeyFile = a.files(t, t.TempDir(), "one.example")
	r := start(t, cfg, server.Deps{})
	a.wantHTTP(t, r.BaseURL(), 1)
}

// wantHTTP asks a server for a page in the newest version that it offers.
func (a *authority) wantHTTP(t *testing.T, base string, major int) {
	t.Helper()
	c := client()
	c.Transport = &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: a.pool(), ServerName: "one.example"}}
	defer c.CloseIdleConnections()
	resp, err := c.Get(base + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.ProtoMajor != major || resp.StatusCode != 200 {
		t.Errorf("%s %d, want version %d", resp.Proto, resp.StatusCode, major)
	}
}

func TestUnusableCertificate(t *testing.T) {
	cfg := config(t)
	cfg.TLS = server.TLSConfig{Mode: server.TLSFiles, CertFile: "missing.pem", KeyFile: "missing.pem"}
	if _, err := server.New(cfg, server.Deps{}); err == nil || !strings.Contains(err.Error(), "tls.cert_file") {
		t.Errorf("%v", err)
	}
	cfg.TLS = server.TLSConfig{Mode: server.TLSACME, Hosts: []string{"a.example"}, ACMECAFile: write(t, "ca.pem", "nothing")}
	if _, err := server.New(cfg, server.Deps{}); err == nil || !strings.Contains(err.Error(), "tls.acme_ca_file") {
		t.Errorf("%v", err)
	}
}

func TestRedirectToHTTPS(t *testing.T) {
	cfg := config(t)
	cfg.TLS.Mode, cfg.TLS.HTTPListen, cfg.BaseURL = server.TLSFiles, "127.0.0.1:0", "https://passes.example/"
	cfg.TLS.CertFile, cfg.TLS.KeyFile = newAuthority(t).files(t, t.TempDir(), "passes.example")
	r := start(t, cfg, server.Deps{})
	at := "http://" + r.Addr("tls.http_listen")
	for path, want := range map[string]string{
		"/p/abc?x=1&y=%2F": "https://passes.example/p/abc?x=1&y=%2F",
		"/a%2Fb":           "https://passes.example/a%2Fb",
		"/":                "https://passes.example/",
		"//evil.example/x": "https://passes.example//evil.example/x",
		"/%5Cevil.example": "https://passes.example/%5Cevil.example",
		"/@evil.example":   "https://passes.example/@evil.example",
	} {
		for _, method := range []string{"GET", "POST"} {
			req, err := http.NewRequest(method, at+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = "evil.example"
			resp, err := client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if got := resp.Header.Get("Location"); resp.StatusCode != 308 || got != want {
				t.Errorf("%s %s: %d %s, want %s", method, path, resp.StatusCode, got, want)
			}
		}
	}
	if resp, _ := get(t, at+"/.well-known/acme-challenge/x"); resp.StatusCode != 308 {
		t.Errorf("a challenge without ACME: %d", resp.StatusCode)
	}
}

// TestHostsWithoutCertificates: a server that was told names and speaks plain HTTP says so.
func TestHostsWithoutCertificates(t *testing.T) {
	cfg := config(t)
	cfg.TLS.Hosts = []string{"passes.example"}
	if r := start(t, cfg, server.Deps{}); !strings.Contains(r.log.String(), "tls.hosts does nothing while tls.mode is off") {
		t.Errorf("nothing is told:\n%s", r.log)
	}
}
