package signer

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"
)

// demoOrganization marks everything that a demo authority issues.
const demoOrganization = "Pocketpass Demo Authority - not trusted by phones"

const authorityYears = 20 // how long a demo authority lasts

// Authority stands in for Apple where there is no developer account: a root and
// an intermediate that issue certificates of the same form as Apple's. Signing
// works as with a real one, but no phone trusts it.
type Authority struct {
	Root         *x509.Certificate
	Intermediate *x509.Certificate

	key *rsa.PrivateKey // of the intermediate; that of the root is thrown away
}

// NewAuthority makes an authority that begins an hour before now, so that a
// clock a little behind does not refuse it, and lasts twenty years. A nil random
// means crypto/rand.
func NewAuthority(random io.Reader, now time.Time) (*Authority, error) {
	rootKey, err := NewKey(random)
	if err != nil {
		return nil, err
	}
	key, err := NewKey(random)
	if err != nil {
		return nil, err
	}
	root, err := newAuthorityCertificate(random, now, "Pocketpass Demo Root", nil, rootKey, &rootKey.PublicKey)
	if err != nil {
		return nil, err
	}
	intermediate, err := newAuthorityCertificate(random, now, "Pocketpass Demo Relations Certification Authority", root, rootKey, &key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &Authority{Root: root, Intermediate: intermediate, key: key}, nil
}

// newAuthorityCertificate has parent (nil: itself) certify public.
func newAuthorityCertificate(random io.Reader, now time.Time, name string, parent *x509.Certificate, parentKey *rsa.PrivateKey, public *rsa.PublicKey) (*x509.Certificate, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name, Organization: []string{demoOrganization}, OrganizationalUnit: []string{"Demo"}},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(authorityYears, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if parent == nil {
		parent = template
	}
	return certify(random, template, parent, public, parentKey)
}

func certify(random io.Reader, template, parent *x509.Certificate, public crypto.PublicKey, key *rsa.PrivateKey) (*x509.Certificate, error) {
	serial := make([]byte, 8)
	if _, err := io.ReadFull(source(random), serial); err != nil {
		return nil, fmt.Errorf("make serial number: %w", err)
	}
	serial[0] = serial[0]&0x7f | 0x40 // positive, of constant length
	template.SerialNumber = new(big.Int).SetBytes(serial)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// Order is what a pass certificate shall say.
type Order struct {
	PassTypeIdentifier string
	TeamIdentifier     string
	Organization       string
	NFC                bool
	NotBefore          time.Time
	NotAfter           time.Time
}

// Issue makes a pass certificate for public with the parts that Apple's have.
// A nil random means crypto/rand.
func (a *Authority) Issue(random io.Reader, public crypto.PublicKey, o Order) (*x509.Certificate, error) {
	if err := o.check(a); err != nil {
		return nil, err
	}
	subject, err := o.subject()
	if err != nil {
		return nil, fmt.Errorf("make subject: %w", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, refuse(ErrKey, "the public key cannot be certified: give the request of an RSA key")
	}
	keyID := sha256.Sum256(spki)
	return certify(random, &x509.Certificate{
		SubjectKeyId:          keyID[:20],
		RawSubject:            subject,
		NotBefore:             o.NotBefore,
		NotAfter:              o.NotAfter,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		UnknownExtKeyUsage:    []asn1.ObjectIdentifier{oidPassUsage},
		ExtraExtensions: []pkix.Extension{
			{Id: oidPassType, Value: encode(utf8String(o.PassTypeIdentifier))},
			{Id: oidPush, Value: asn1.NullBytes},
		},
	}, a.Intermediate, public, a.key)
}

const maxIdentifier = 127 // bytes: the length of Apple's extension is a single byte

func (o Order) check(a *Authority) error {
	id := o.PassTypeIdentifier
	switch {
	case strings.HasPrefix(id, reservedPrefix):
		return refuse(ErrReserved, "the pass type identifier %s is reserved for passes made on a device: choose one that begins with pass.", id)
	case !strings.HasPrefix(id, "pass.") || len(id) > maxIdentifier:
		return refuse(ErrKind, "the pass type identifier %.140q must begin with pass. and have at most %d characters: choose another", id, maxIdentifier)
	case o.NotBefore.Before(a.Intermediate.NotBefore) || o.NotAfter.After(a.Intermediate.NotAfter) || o.NotAfter.Before(o.NotBefore):
		return refuse(ErrValidity, "the validity must lie between %s and %s, as the demo authority's does: choose other dates", day(a.Intermediate.NotBefore), day(a.Intermediate.NotAfter))
	}
	return nil
}

// subject has the parts in the order in which Apple's certificates have them.
func (o Order) subject() ([]byte, error) {
	prefix := "Pass Type ID: "
	if o.NFC {
		prefix = nfcPrefix
	}
	var names pkix.RDNSequence
	for _, part := range []struct {
		id   asn1.ObjectIdentifier
		text string
	}{
		{oidSubjectUID, o.PassTypeIdentifier},
		{asn1.ObjectIdentifier{2, 5, 4, 3}, prefix + o.PassTypeIdentifier},
		{asn1.ObjectIdentifier{2, 5, 4, 11}, o.TeamIdentifier},
		{asn1.ObjectIdentifier{2, 5, 4, 10}, o.Organization},
		{asn1.ObjectIdentifier{2, 5, 4, 6}, "US"},
	} {
		names = append(names, []pkix.AttributeTypeAndValue{{Type: part.id, Value: utf8String(part.text)}})
	}
	return asn1.Marshal(names)
}

func utf8String(text string) asn1.RawValue {
	return asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(text)}
}

// Marshal writes the authority as PEM: root, intermediate and private key, the
// last not encrypted.
func (a *Authority) Marshal() ([]byte, error) {
	key, err := MarshalKey(a.key)
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Root.Raw}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Intermediate.Raw}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
	}, nil), nil
}

// ParseAuthority reads what Marshal wrote.
func ParseAuthority(data []byte) (*Authority, error) {
	m, err := Read(data, "")
	if err != nil {
		return nil, err
	}
	if len(m.Certificates) != 2 || len(m.Keys) != 1 || !issued(m.Certificates[0], m.Certificates[1]) {
		return nil, refuse(ErrFormat, "this is no demo authority: give the file with its root, its intermediate and its key")
	}
	key := m.keyOf(m.Certificates[1])
	if key == nil {
		return nil, refuse(ErrKey, "the private key does not belong to the demo authority: give the file that the authority was written to")
	}
	private, err := usable(key)
	if err != nil {
		return nil, err
	}
	return &Authority{Root: m.Certificates[0], Intermediate: m.Certificates[1], key: private}, nil
}
