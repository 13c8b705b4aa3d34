package servertest

import (
	"crypto/rand"
	"crypto/rsa"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pocketpass/server/demo"
	"pocketpass/signer"
	"pocketpass/store"
)

// authority is one demo authority for all servers of a test binary: RSA keys are
// slow to make. It is valid at whatever time a test's clock may show.
var authority = sync.OnceValues(func() ([]byte, error) {
	a, err := signer.NewAuthority(rand.Reader, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return nil, err
	}
	return a.Marshal()
})

// leafKey is the key of all certificates, for the same reason.
var leafKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return signer.NewKey(rand.Reader) })

// keepAuthority puts the shared authority where the demo looks for its own.
func keepAuthority(t testing.TB, data string) {
	t.Helper()
	path := filepath.Join(data, demo.AuthorityFile)
	if _, err := os.Stat(path); err == nil {
		return
	}
	raw, err := authority()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Identity makes a certificate of the demo authority that is valid from an hour
// before now for a year.
func (s *Server) Identity(t testing.TB, edits ...func(*signer.Order)) *signer.Identity {
	t.Helper()
	key, err := leafKey()
	if err != nil {
		t.Fatal(err)
	}
	now := s.Clock.Now()
	order := signer.Order{PassTypeIdentifier: PassTypeIdentifier, TeamIdentifier: demo.Team, Organization: "Pocketpass tests",
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0)}
	for _, edit := range edits {
		edit(&order)
	}
	leaf, err := s.Stage.Authority.Issue(rand.Reader, key.Public(), order)
	if err != nil {
		t.Fatal(err)
	}
	var m signer.Material
	m.Certificates = append(m.Certificates, leaf, s.Stage.Authority.Intermediate)
	id, _, err := signer.Assemble(t.Context(), m, key, nil, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// AddCertificate gives the server a certificate for a pass type.
func (s *Server) AddCertificate(t testing.TB, passType string, edits ...func(*signer.Order)) store.Certificate {
	t.Helper()
	named := func(o *signer.Order) { o.PassTypeIdentifier = passType }
	c, err := s.Issuer.AdoptIdentity(t.Context(), s.Actor, passType, s.Identity(t, append(edits, named)...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
