package signer_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
)

func TestAssemble(t *testing.T) {
	w := newWorld(t)
	id, found, err := signer.Assemble(t.Context(), w.material(w.leaf), nil, nil, nil, now)
	if err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	want := signer.Subject{PassTypeIdentifier: passType, TeamIdentifier: team, Organization: "Example Coffee", Push: true, Demo: true}
	if id.Subject != want {
		t.Errorf("subject %+v", id.Subject)
	}
	if !id.Leaf.Equal(w.leaf) || !id.Intermediate.Equal(w.authority.Intermediate) || !id.NotAfter.Equal(end) {
		t.Error("leaf, intermediate or end is another")
	}
}

// TestAssembleChooses hands in more than belongs together.
func TestAssembleChooses(t *testing.T) {
	w := newWorld(t)
	shorter := w.issue(t, func(o *signer.Order) { o.NotAfter = now.AddDate(0, 1, 0) })
	strange, err := w.authority.Issue(nil, &w.otherKey.PublicKey, order())
	if err != nil {
		t.Fatal(err)
	}
	m := signer.Material{Certificates: []*x509.Certificate{w.authority.Root, strange, shorter, w.leaf}}
	id, _, err := signer.Assemble(t.Context(), m, w.key, []*x509.Certificate{w.authority.Root, w.authority.Intermediate}, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	if !id.Leaf.Equal(w.leaf) {
		t.Errorf("took the certificate that ends %s", id.Leaf.NotAfter)
	}
}

func TestAssembleRefuses(t *testing.T) {
	w := newWorld(t)
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecLeaf, err := w.authority.Issue(nil, elliptic.Public(), order())
	if err != nil {
		t.Fatal(err)
	}
	named := func(name string) []*x509.Certificate {
		return []*x509.Certificate{forge(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}}, w.key)}
	}
	tests := []struct {
		name         string
		keys         []crypto.Signer
		certificates []*x509.Certificate
		kind         error
		says         string
	}{
		{"nothing", nil, nil, signer.ErrKind, "certificate"},
		{"key alone", []crypto.Signer{w.key}, nil, signer.ErrKind, "private key alone"},
		{"no key", nil, []*x509.Certificate{w.leaf}, signer.ErrKey, "no private key"},
		{"wrong key", []crypto.Signer{w.otherKey}, []*x509.Certificate{w.leaf}, signer.ErrKey, "another request"},
		{"elliptic key", []crypto.Signer{elliptic}, []*x509.Certificate{ecLeaf}, signer.ErrKey, "RSA"},
		{"no intermediate", []crypto.Signer{w.key}, []*x509.Certificate{w.leaf}, signer.ErrIntermediate, "Pocketpass Demo Relations"},
		{"root instead of intermediate", []crypto.Signer{w.key}, []*x509.Certificate{w.leaf, w.authority.Root, w.authority.Root}, signer.ErrIntermediate, `(here: "Pocketpass Demo Root")`},
		{"push certificate", []crypto.Signer{w.key}, named("Apple Push Services: com.example.app"), signer.ErrKind, "an app's push (APNs) certificate"},
		{"developer certificate", []crypto.Signer{w.key}, named("Apple Development: Jo Doe (ABC)"), signer.ErrKind, "developer certificate"},
		{"distribution certificate", []crypto.Signer{w.key}, named("iPhone Distribution: Example"), signer.ErrKind, "distribution certificate"},
		{"order certificate", []crypto.Signer{w.key}, named("Order Type ID: order.com.example"), signer.ErrKind, "orders"},
		{"intermediate alone", []crypto.Signer{w.key}, named("Apple Worldwide Developer Relations Certification Authority"), signer.ErrKind, "intermediate"},
		{"pass by name only", []crypto.Signer{w.key}, named("Pass Type ID: " + passType), signer.ErrKind, "lacks the pass extension"},
		{"reserved", []crypto.Signer{w.key}, []*x509.Certificate{forge(t, passTemplate("userpass.com.apple.wallet.generic"), w.key)}, signer.ErrReserved, "reserved"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := signer.Material{Keys: tt.keys, Certificates: tt.certificates}
			id, _, err := signer.Assemble(t.Context(), m, nil, nil, nil, now)
			if !errors.Is(err, tt.kind) || id != nil {
				t.Fatalf("error %v is no %v", err, tt.kind)
			}
			contains(t, err.Error(), tt.says, ": ")
		})
	}
}

// TestAssembleChecksTheKeyIdentifier hands in an authority of the same name and
// key that calls its key otherwise.
func TestAssembleChecksTheKeyIdentifier(t *testing.T) {
	w := newWorld(t)
	leaf, intermediate := chainWithAddress(t, w.key, w.otherKey, "http://example.com")
	template := authorityTemplate()
	template.SubjectKeyId = []byte("else")
	similar := create(t, template, template, w.otherKey, w.otherKey)
	if err := leaf.CheckSignatureFrom(similar); err != nil {
		t.Fatal(err)
	}
	m := signer.Material{Keys: []crypto.Signer{w.key}, Certificates: []*x509.Certificate{leaf}}
	if _, _, err := signer.Assemble(t.Context(), m, nil, []*x509.Certificate{similar}, nil, now); !errors.Is(err, signer.ErrIntermediate) {
		t.Errorf("error %v", err)
	}
	id, _, err := signer.Assemble(t.Context(), m, nil, []*x509.Certificate{similar, intermediate}, nil, now)
	if err != nil || !id.Intermediate.Equal(intermediate) {
		t.Errorf("error %v", err)
	}
}

// TestAssembleNamesTheGeneration asks for Apple's intermediate in the words of
// its download page.
func TestAssembleNamesTheGeneration(t *testing.T) {
	w := newWorld(t)
	tests := []struct{ keyID, want string }{
		{"5bd9fa1de79a1a0ba399762250863e91c85b77a8", "WWDR G4"},
		{"09fec01590f9af640a9212b92628630c97eca7b2", "WWDR G3"},
		{"88271709a9b618608becebbaf64759c55254a3b7", "WWDR G1"},
	}
	for _, tt := range tests {
		id, err := hex.DecodeString(tt.keyID)
		if err != nil {
			t.Fatal(err)
		}
		template := passTemplate(passType)
		template.AuthorityKeyId = id
		m := w.material(forge(t, template, w.key))
		_, _, err = signer.Assemble(t.Context(), m, nil, nil, nil, now)
		if !errors.Is(err, signer.ErrIntermediate) {
			t.Fatalf("error %v", err)
		}
		contains(t, err.Error(), tt.want, "https://www.apple.com/certificateauthority/")
	}
}

// TestAssembleFetches gets the intermediate where the certificate says.
func TestAssembleFetches(t *testing.T) {
	w := newWorld(t)
	const address = "http://certs.example.com/wwdr.der"
	leaf, intermediate := chainWithAddress(t, w.key, w.otherKey, address)
	m := signer.Material{Keys: []crypto.Signer{w.key}, Certificates: []*x509.Certificate{leaf}}
	serve := func(body []byte, err error) signer.Fetch {
		return func(_ context.Context, got string) ([]byte, error) {
			if got != address {
				t.Errorf("fetched %s", got)
			}
			return body, err
		}
	}
	id, found, err := signer.Assemble(t.Context(), m, nil, nil, serve(intermediate.Raw, nil), now)
	if err != nil {
		t.Fatal(err)
	}
	if !id.Intermediate.Equal(intermediate) || !slices.Equal(codes(found), []string{"issuer_unknown"}) {
		t.Errorf("findings %v", found)
	}
	failures := []struct {
		name  string
		fetch signer.Fetch
		says  string
	}{
		{"offline", serve(nil, errors.New("no route to host")), "no route to host"},
		{"web page", serve([]byte("<html>"), nil), "web page"},
		{"another certificate", serve(w.authority.Intermediate.Raw, nil), "upload it"},
		{"no fetching", nil, "upload it"},
	}
	for _, tt := range failures {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := signer.Assemble(t.Context(), m, nil, nil, tt.fetch, now)
			if !errors.Is(err, signer.ErrIntermediate) {
				t.Fatalf("error %v", err)
			}
			contains(t, err.Error(), tt.says, "upload it too")
		})
	}
	local, _ := chainWithAddress(t, w.key, w.otherKey, "file:///etc/passwd")
	m.Certificates = []*x509.Certificate{local}
	_, _, err = signer.Assemble(t.Context(), m, nil, nil, func(context.Context, string) ([]byte, error) {
		t.Error("fetched a local file")
		return nil, nil
	}, now)
	contains(t, err.Error(), "no web address")
}

// TestAssembleFindings judges certificates that make an identity but have
// something to be said about.
func TestAssembleFindings(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name   string
		change func(*signer.Order)
		want   []string
	}{
		{"expired", func(o *signer.Order) { o.NotAfter = now.Add(-time.Hour) }, []string{"certificate_expired"}},
		{"not yet valid", func(o *signer.Order) { o.NotBefore = now.Add(time.Hour) }, []string{"certificate_not_yet_valid"}},
		{"30 days left", func(o *signer.Order) { o.NotAfter = now.AddDate(0, 0, 30) }, []string{"certificate_expires_soon"}},
		{"31 days left", func(o *signer.Order) { o.NotAfter = now.AddDate(0, 0, 31) }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found, err := signer.Assemble(t.Context(), w.material(w.issue(t, tt.change)), nil, nil, nil, now)
			if err != nil || !slices.Equal(codes(found), tt.want) {
				t.Errorf("findings %v, %v", found, err)
			}
		})
	}
}

func TestAssembleFindsWrongExtensions(t *testing.T) {
	w := newWorld(t)
	template := passTemplate(passType)
	template.ExtraExtensions = []pkix.Extension{passExtension("pass.com.example.tea")}
	leaf := forge(t, template, w.key)
	m := signer.Material{Keys: []crypto.Signer{w.key}, Certificates: []*x509.Certificate{leaf, authorityOf(t, w.key)}}
	_, found, err := signer.Assemble(t.Context(), m, nil, nil, nil, now)
	want := []string{"pass_type_extension_mismatch", "issuer_unknown", "push_extension_missing"}
	if err != nil || !slices.Equal(codes(found), want) {
		t.Fatalf("findings %v, %v", codes(found), err)
	}
	if blocking := pkpass.Blocking(found); len(blocking) != 2 {
		t.Errorf("blocking %v", blocking)
	}
}

// TestAssembleFindsNamelessCertificates refuses one that is for no pass type and no team.
func TestAssembleFindsNamelessCertificates(t *testing.T) {
	w := newWorld(t)
	template := passTemplate("")
	template.Subject = pkix.Name{CommonName: "Pass Type ID"}
	leaf := forge(t, template, w.key)
	m := signer.Material{Keys: []crypto.Signer{w.key}, Certificates: []*x509.Certificate{leaf, authorityOf(t, w.key)}}
	_, found, err := signer.Assemble(t.Context(), m, nil, nil, nil, now)
	want := []string{"team_missing", "pass_type_extension_mismatch", "issuer_unknown", "push_extension_missing"}
	if err != nil || !slices.Equal(codes(found), want) {
		t.Fatalf("findings %v, %v", codes(found), err)
	}
}

// TestAssembleKnowsAuthorities tells a forged G4 from one that Apple may issue
// in later years.
func TestAssembleKnowsAuthorities(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		unit string
		want []string
	}{
		{"G4", []string{"issuer_unknown"}},
		{"G9", nil},
	}
	for _, tt := range tests {
		ca := authorityTemplate()
		ca.Subject = pkix.Name{
			CommonName:         "Apple Worldwide Developer Relations Certification Authority",
			OrganizationalUnit: []string{tt.unit}, Organization: []string{"Apple Inc."}, Country: []string{"US"},
		}
		intermediate := create(t, ca, ca, w.otherKey, w.otherKey)
		template := passTemplate(passType)
		template.ExtraExtensions = append(template.ExtraExtensions, pushExtension)
		leaf := create(t, template, intermediate, w.key, w.otherKey)
		m := signer.Material{Keys: []crypto.Signer{w.key}, Certificates: []*x509.Certificate{leaf, intermediate}}
		id, found, err := signer.Assemble(t.Context(), m, nil, nil, nil, now)
		if err != nil || !slices.Equal(codes(found), tt.want) {
			t.Fatalf("%s: found %v, %v", tt.unit, found, err)
		}
		if id.Demo || id.State(now) != signer.Active {
			t.Errorf("%s: state %s", tt.unit, id.State(now))
		}
	}
}

// forge has an authority called "Test" with the given key issue a certificate
// for the same key.
func forge(t testing.TB, template *x509.Certificate, key *rsa.PrivateKey) *x509.Certificate {
	t.Helper()
	parent := &x509.Certificate{Subject: pkix.Name{CommonName: "Test"}, SubjectKeyId: []byte("test")}
	if template.AuthorityKeyId != nil {
		parent.SubjectKeyId = template.AuthorityKeyId
	}
	return create(t, template, parent, key, key)
}

func authorityOf(t testing.TB, key *rsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template := authorityTemplate()
	return create(t, template, template, key, key)
}

func authorityTemplate() *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: "Test"}, SubjectKeyId: []byte("test"),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
}

func create(t testing.TB, template, parent *x509.Certificate, key, parentKey *rsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template.SerialNumber = big.NewInt(7)
	template.NotBefore, template.NotAfter = begin, end
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func passTemplate(id string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{
			CommonName: "Pass Type ID: " + id, OrganizationalUnit: []string{team}, Organization: []string{"Example"},
			ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}, Value: id}},
		},
		UnknownExtKeyUsage: []asn1.ObjectIdentifier{{1, 2, 840, 113635, 100, 4, 14}},
		ExtraExtensions:    []pkix.Extension{passExtension(id)},
	}
}

func passExtension(id string) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 1, 16}, Value: append([]byte{0x0c, byte(len(id))}, id...)}
}

var pushExtension = pkix.Extension{
	Id: asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 3, 2}, Value: asn1.NullBytes,
}

// chainWithAddress is a pass certificate that names an address, and its issuer.
func chainWithAddress(t testing.TB, key, issuerKey *rsa.PrivateKey, address string) (leaf, intermediate *x509.Certificate) {
	t.Helper()
	ca := authorityOf(t, issuerKey)
	template := passTemplate(passType)
	template.IssuingCertificateURL = []string{address}
	template.ExtraExtensions = append(template.ExtraExtensions, pushExtension)
	return create(t, template, ca, key, issuerKey), ca
}
