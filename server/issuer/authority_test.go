package issuer_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/signer"
)

// Making RSA keys is slow, so the whole test binary shares one authority and a
// few keys.
var (
	authority = sync.OnceValue(func() *signer.Authority { return need(signer.NewAuthority(nil, start.AddDate(-3, 0, 0))) })
	keys      = [4]func() *rsa.PrivateKey{makeKey(), makeKey(), makeKey(), makeKey()}
)

func makeKey() func() *rsa.PrivateKey {
	return sync.OnceValue(func() *rsa.PrivateKey { return need(signer.NewKey(nil)) })
}

func need[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

const team = "TEAM123456"

// leaf is a certificate for the key of a number.
func leaf(key int, passType, team string, from, to time.Time) *x509.Certificate {
	return need(authority().Issue(nil, keys[key]().Public(), signer.Order{PassTypeIdentifier: passType, TeamIdentifier: team,
		Organization: "Café", NotBefore: from, NotAfter: to}))
}

func identity(key int, passType string, from, to time.Time) *signer.Identity {
	return identityOfTeam(key, passType, team, from, to)
}

func identityWithNFC(key int, passType string, from, to time.Time) (*signer.Identity, error) {
	cert := need(authority().Issue(nil, keys[key]().Public(), signer.Order{PassTypeIdentifier: passType, TeamIdentifier: team,
		Organization: "Café", NFC: true, NotBefore: from, NotAfter: to}))
	m := signer.Material{Certificates: []*x509.Certificate{cert, authority().Intermediate}}
	id, _, err := signer.Assemble(context.Background(), m, keys[key](), nil, nil, from)
	return id, err
}

func identityOfTeam(key int, passType, team string, from, to time.Time) *signer.Identity {
	m := signer.Material{Certificates: []*x509.Certificate{leaf(key, passType, team, from, to), authority().Intermediate}}
	id, _, err := signer.Assemble(context.Background(), m, keys[key](), nil, nil, from)
	return need(id, err)
}

// leafWithAddress is a pass certificate that names where its issuer's is, which
// those of the demo authority do not.
func leafWithAddress(t *testing.T, address string) []byte {
	t.Helper()
	template := leaf(0, passType, team, start.Add(-time.Hour), start.AddDate(1, 0, 0))
	raw := need(authority().Marshal())
	m := need(signer.Read(raw, ""))
	template.IssuingCertificateURL = []string{address}
	for _, e := range template.Extensions {
		if strings.HasPrefix(e.Id.String(), "1.2.840.113635.") {
			template.ExtraExtensions = append(template.ExtraExtensions, e)
		}
	}
	return need(x509.CreateCertificate(rand.Reader, template, authority().Intermediate, template.PublicKey, m.Keys[0]))
}
