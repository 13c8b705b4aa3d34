package signer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Generation is one of Apple's intermediates ("Apple Worldwide Developer
// Relations Certification Authority"), as far as a person with the wrong one
// needs telling.
type Generation struct {
	Name    string // "WWDR G4"
	Unit    string // organizational unit of its subject
	KeyID   string // subject key identifier in hexadecimal, empty where not known
	Expires string // date, for reading
	Advice  string // what to do with it, a sentence without a period
}

// Generations lists what Apple publishes on its certificate-authority page.
// It serves messages only: an intermediate is chosen by whether it issued the
// certificate, so that a successor needs no new release.
var Generations = []Generation{
	{"WWDR G1", "Apple Worldwide Developer Relations", "88271709a9b618608becebbaf64759c55254a3b7", "7 February 2023", "it has expired: make a new pass certificate at Apple's portal, which comes from G4"},
	{"WWDR G2", "", "", "6 May 2029", "it issues Apple Pay certificates: passes need WWDR G4"},
	{"WWDR G3", "G3", "09fec01590f9af640a9212b92628630c97eca7b2", "20 February 2030", "it issues the certificates that sign apps: passes need WWDR G4"},
	{"WWDR G4", "G4", "5bd9fa1de79a1a0ba399762250863e91c85b77a8", "10 December 2030", "it issues pass certificates: download AppleWWDRCAG4.cer from Apple's certificate-authority page"},
	{"WWDR G5", "G5", "", "10 December 2030", "it issues the App Store's own certificates: passes need WWDR G4"},
	{"WWDR G6", "G6", "", "19 March 2036", "it issues certificates for Swift packages: passes need WWDR G4"},
	{"WWDR G7", "G7", "", "17 November 2023", "it has expired and issued App Store receipts: passes need WWDR G4"},
}

const (
	appleIntermediate = "Apple Worldwide Developer Relations Certification Authority"
	fingerprintG4     = "ea4757885538dd8cb59ff4556f676087d83c85e70902c122e42c0808b5bce14c"
	pageOfApple       = "https://www.apple.com/certificateauthority/"
)

// generation finds the entry for an authority by its key or, failing that, by
// its organizational unit.
func generation(keyID []byte, commonName, unit string) (Generation, bool) {
	id := hex.EncodeToString(keyID)
	for _, g := range Generations {
		if id != "" && g.KeyID == id {
			return g, true
		}
	}
	for _, g := range Generations {
		if commonName == appleIntermediate && g.Unit != "" && g.Unit == unit {
			return g, true
		}
	}
	return Generation{}, false
}

// issuerOf names who issued a certificate, in the words of Apple's download page
// where it is one of Apple's.
func issuerOf(leaf *x509.Certificate) string {
	g, ok := generation(leaf.AuthorityKeyId, leaf.Issuer.CommonName, first(leaf.Issuer.OrganizationalUnit))
	if ok {
		return g.Name
	}
	return fmt.Sprintf("%q", leaf.Issuer.CommonName)
}

func nameOf(authority *x509.Certificate) string {
	g, ok := generation(authority.SubjectKeyId, authority.Subject.CommonName, first(authority.Subject.OrganizationalUnit))
	if ok {
		return g.Name
	}
	return fmt.Sprintf("%q", authority.Subject.CommonName)
}

// issued reports whether parent issued child, by all three marks: the name, the
// key identifier and the signature.
func issued(parent, child *x509.Certificate) bool {
	return bytes.Equal(parent.RawSubject, child.RawIssuer) &&
		len(child.AuthorityKeyId) > 0 && bytes.Equal(parent.SubjectKeyId, child.AuthorityKeyId) &&
		bounded(parent.PublicKey) && child.CheckSignatureFrom(parent) == nil
}

// trusted reports whether an intermediate is one of Apple's or a demo
// authority's. Apple's G4 is known to the byte; a successor by its name, since
// the chain to the root is not at hand.
func trusted(intermediate *x509.Certificate) bool {
	if first(intermediate.Subject.Organization) == demoOrganization {
		return true
	}
	sum := sha256.Sum256(intermediate.Raw)
	if nameOf(intermediate) == "WWDR G4" {
		return hex.EncodeToString(sum[:]) == fingerprintG4
	}
	return intermediate.Subject.CommonName == appleIntermediate
}

// Fetch gets the body at an address, of at most MaxMaterial bytes.
type Fetch func(ctx context.Context, address string) ([]byte, error)

// findIntermediate looks for the issuer of leaf among candidates and, failing
// that, at the address that leaf names.
func findIntermediate(ctx context.Context, leaf *x509.Certificate, candidates []*x509.Certificate, fetch Fetch) (*x509.Certificate, error) {
	isIssuer := func(c *x509.Certificate) bool { return issued(c, leaf) }
	if i := slices.IndexFunc(candidates, isIssuer); i >= 0 {
		return candidates[i], nil
	}
	fetched, err := fetchIntermediates(ctx, leaf, fetch)
	if i := slices.IndexFunc(fetched, isIssuer); i >= 0 {
		return fetched[i], nil
	}
	return nil, missingIntermediate(leaf, candidates, err)
}

const maxAddresses = 2 // of those that a certificate names

func fetchIntermediates(ctx context.Context, leaf *x509.Certificate, fetch Fetch) ([]*x509.Certificate, error) {
	if fetch == nil {
		return nil, nil
	}
	var found []*x509.Certificate
	var last error
	for _, address := range leaf.IssuingCertificateURL[:min(maxAddresses, len(leaf.IssuingCertificateURL))] {
		m, err := fetchMaterial(ctx, address, fetch)
		if err != nil {
			last = err
			continue
		}
		found = append(found, m.Certificates...)
	}
	return found, last
}

func fetchMaterial(ctx context.Context, address string, fetch Fetch) (Material, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return Material{}, fmt.Errorf("the certificate names %q, which is no web address", address)
	}
	body, err := fetch(ctx, address)
	if err != nil {
		return Material{}, fmt.Errorf("fetch %s: %w", address, err)
	}
	m, err := Read(body, "")
	if err != nil {
		return Material{}, fmt.Errorf("read %s: %w", address, err)
	}
	return m, nil
}

// missingIntermediate says which intermediate to upload, which wrong one was
// given, and why fetching did not help.
func missingIntermediate(leaf *x509.Certificate, candidates []*x509.Certificate, cause error) error {
	text := fmt.Sprintf("the intermediate certificate %s, which issued this pass certificate, is missing", issuerOf(leaf))
	var wrong []string
	for _, c := range candidates {
		if c.IsCA && !slices.Contains(wrong, nameOf(c)) {
			wrong = append(wrong, nameOf(c))
		}
	}
	if len(wrong) > 0 {
		text += fmt.Sprintf(" (here: %s)", strings.Join(wrong, ", "))
	}
	text += ": download it from " + pageOfApple + " and upload it too"
	if cause != nil {
		return &refusal{ErrIntermediate, text + "; " + cause.Error()}
	}
	return &refusal{ErrIntermediate, text}
}
