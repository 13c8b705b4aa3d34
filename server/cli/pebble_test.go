package cli_test

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// pebble is a certificate authority: the one that Let's Encrypt tests ACME clients with.
// It finds every name on this machine.
type pebble struct {
	http              *http.Client
	api, management   string // addresses
	caFile            string // vouches for api; the certificates that it issues have a root of their own
	tlsPort, httpPort int    // that it asks challenges of
	host              string // that a server is for; empty means passes.example
	log               *output
}

// pebbleOptions differ from test to test. The zero value works.
type pebbleOptions struct {
	lifetime int // of certificates, in seconds; 0 means 90 days
	nonces   int // percentage that is refused
}

// startPebble runs Pebble until the test ends and skips the test where there is none.
func startPebble(t *testing.T, o pebbleOptions) *pebble {
	t.Helper()
	program, err := exec.LookPath("pebble")
	if err != nil {
		t.Skip("no pebble: go install github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1")
	}
	p := &pebble{tlsPort: freePort(t), httpPort: freePort(t), log: &output{},
		api: fmt.Sprintf("127.0.0.1:%d", freePort(t)), management: fmt.Sprintf("127.0.0.1:%d", freePort(t))}
	dir := t.TempDir()
	p.identify(t, dir)
	cmd := exec.Command(program, "-strict", "-config", p.configure(t, dir, o), "-dnsserver", nameServer(t))
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_AUTHZREUSE=0", fmt.Sprintf("PEBBLE_WFE_NONCEREJECT=%d", o.nonces))
	cmd.Stdout, cmd.Stderr = p.log, p.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("pebble:\n%s", p.log)
		}
	})
	eventually(t, "pebble answers", func() error {
		resp, err := p.http.Get(p.directory())
		if err == nil {
			resp.Body.Close()
		}
		return err
	})
	return p
}

func (p *pebble) name() string { return cmp.Or(p.host, "passes.example") }

func (p *pebble) directory() string { return "https://" + p.api + "/dir" }

// identify makes the certificate that Pebble's own addresses are served with.
func (p *pebble) identify(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	p.caFile = filepath.Join(dir, "api.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	if err := os.WriteFile(p.caFile, certPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "api.key"), keyPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certPEM)
	p.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}, Timeout: 10 * time.Second}
}

func (p *pebble) configure(t *testing.T, dir string, o pebbleOptions) (path string) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": p.api, "managementListenAddress": p.management,
		"certificate": p.caFile, "privateKey": filepath.Join(dir, "api.key"),
		"tlsPort": p.tlsPort, "httpPort": p.httpPort, "keyAlgorithm": "ecdsa",
		"domainBlocklist": []string{"blocked.example"},
		"retryAfter":      map[string]int{"authz": 1, "order": 1},
		"profiles":        map[string]any{"default": map[string]any{"validityPeriod": o.lifetime}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "pebble.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// roots are what a phone would have to trust to trust what Pebble issues.
func (p *pebble) roots(t *testing.T) *x509.CertPool {
	t.Helper()
	resp, err := p.http.Get("https://" + p.management + "/roots/0")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(text) {
		t.Fatalf("%v, %s", err, text)
	}
	return pool
}

// nameServer answers over TCP, as Pebble asks, that every name is 127.0.0.1.
func nameServer(t *testing.T) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go answerName(conn)
		}
	}()
	return ln.Addr().String()
}

// answerName answers one question; a message comes after its length in two bytes.
func answerName(conn net.Conn) {
	defer conn.Close()
	var length uint16
	if binary.Read(conn, binary.BigEndian, &length) != nil {
		return
	}
	question := make([]byte, length)
	if _, err := io.ReadFull(conn, question); err != nil {
		return
	}
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) != 1 {
		return
	}
	m.Response, m.Additionals = true, nil
	if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1},
			Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	if answer, err := m.AppendPack(make([]byte, 2)); err == nil {
		binary.BigEndian.PutUint16(answer, uint16(len(answer)-2))
		conn.Write(answer)
	}
}

// freePort is one below those that port 0 takes, so that nobody gets it in between.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 10000 + mathrand.IntN(20000)
		if ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			ln.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// eventually asks again until there is no error, for a minute and a half.
func eventually(t *testing.T, what string, ask func() error) {
	t.Helper()
	deadline := time.Now().Add(90 * time.Second)
	for {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within a minute and a half: %v", what, err)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// output is what a program wrote so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
