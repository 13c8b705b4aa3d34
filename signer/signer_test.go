package signer_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
)

const (
	passType = "pass.com.example.coffee"
	team     = "A1B2C3D4E5"
)

// The certificates of the tests begin long ago and end late, because openssl
// signs with the machine's clock.
var (
	begin = time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	now   = time.Date(2026, 3, 1, 12, 30, 15, 0, time.UTC)
	end   = time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
)

// world is an authority with one pass certificate, made once, since RSA keys
// take long.
type world struct {
	authority *signer.Authority
	key       *rsa.PrivateKey
	otherKey  *rsa.PrivateKey
	leaf      *x509.Certificate
	id        *signer.Identity
}

var theWorld = sync.OnceValues(func() (world, error) {
	var w world
	var err error
	if w.authority, err = signer.NewAuthority(nil, begin); err != nil {
		return w, err
	}
	if w.key, err = signer.NewKey(nil); err != nil {
		return w, err
	}
	if w.otherKey, err = signer.NewKey(nil); err != nil {
		return w, err
	}
	if w.leaf, err = w.authority.Issue(nil, &w.key.PublicKey, order()); err != nil {
		return w, err
	}
	w.id, _, err = signer.Assemble(context.Background(), w.material(w.leaf), nil, nil, nil, now)
	return w, err
})

func order() signer.Order {
	return signer.Order{
		PassTypeIdentifier: passType, TeamIdentifier: team, Organization: "Example Coffee",
		NotBefore: begin, NotAfter: end,
	}
}

func newWorld(t testing.TB) world {
	t.Helper()
	w, err := theWorld()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// material is everything that belongs to the world's key and leaf.
func (w world) material(leaf *x509.Certificate) signer.Material {
	var m signer.Material
	m.Keys = append(m.Keys, w.key)
	m.Certificates = append(m.Certificates, leaf, w.authority.Intermediate)
	return m
}

func (w world) issue(t testing.TB, change func(*signer.Order)) *x509.Certificate {
	t.Helper()
	o := order()
	change(&o)
	leaf, err := w.authority.Issue(nil, &w.key.PublicKey, o)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

func (w world) assemble(t testing.TB, leaf *x509.Certificate) *signer.Identity {
	t.Helper()
	id, _, err := signer.Assemble(t.Context(), w.material(leaf), nil, nil, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func pemCert(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func pemKey(t testing.TB, key *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := signer.MarshalKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// shop is a folder with the world's files and openssl to work on them.
type shop struct {
	t   testing.TB
	dir string
}

func newShop(t testing.TB, w world) shop {
	t.Helper()
	s := shop{t, t.TempDir()}
	s.write("key.pem", pemKey(t, w.key))
	s.write("leaf.pem", pemCert(w.leaf))
	s.write("chain.pem", pemCert(w.authority.Intermediate))
	s.write("root.pem", pemCert(w.authority.Root))
	s.write("leaf.cer", w.leaf.Raw)
	return s
}

func (s shop) write(name string, data []byte) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), data, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s shop) read(name string) []byte {
	s.t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return data
}

// openssl runs the program in the folder and returns what it printed.
func (s shop) openssl(args ...string) string {
	s.t.Helper()
	out, err := s.try(args...)
	if err != nil {
		s.t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
	return out
}

func (s shop) try(args ...string) (string, error) {
	path, err := exec.LookPath("openssl")
	if err != nil {
		s.t.Skip("openssl is not installed")
	}
	cmd := exec.CommandContext(s.t.Context(), path, args...)
	cmd.Dir = s.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// verified has openssl check a detached signature against the demo root.
func (s shop) verified(signature, content []byte) (string, error) {
	s.write("signature", signature)
	s.write("content", content)
	return s.try("cms", "-verify", "-inform", "DER", "-in", "signature", "-content", "content", "-binary",
		"-purpose", "any", "-CAfile", "root.pem", "-attime", "1772368215", "-out", "/dev/null")
}

func codes(found []pkpass.Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.Code)
	}
	return out
}

func contains(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !bytes.Contains([]byte(text), []byte(p)) {
			t.Errorf("%q lacks %q", text, p)
		}
	}
}
