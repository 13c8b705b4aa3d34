package signer

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// Subject is what a pass certificate says about itself.
type Subject struct {
	PassTypeIdentifier string // user id of the subject
	TeamIdentifier     string // organizational unit of the subject, ten characters
	Organization       string // holder of the developer account, shown in a pass's details
	NFC                bool   // of the kind that may carry the key nfc
	Push               bool   // usable with APNs
	Demo               bool   // issued by a demo authority: phones refuse it
}

const nfcPrefix = "Pass Type ID with NFC: "

func subjectOf(leaf *x509.Certificate) Subject {
	return Subject{
		PassTypeIdentifier: userID(leaf),
		TeamIdentifier:     first(leaf.Subject.OrganizationalUnit),
		Organization:       first(leaf.Subject.Organization),
		NFC:                strings.HasPrefix(leaf.Subject.CommonName, nfcPrefix),
		Push:               extension(leaf, oidPush) != nil,
		Demo:               first(leaf.Issuer.Organization) == demoOrganization,
	}
}

func userID(leaf *x509.Certificate) string {
	for _, name := range leaf.Subject.Names {
		if text, ok := name.Value.(string); ok && name.Type.Equal(oidSubjectUID) {
			return text
		}
	}
	return ""
}

// isPassCertificate reports whether leaf is of the kind that may sign passes:
// it carries both the extension and the extended key usage.
func isPassCertificate(leaf *x509.Certificate) bool {
	usage := slices.ContainsFunc(leaf.UnknownExtKeyUsage, oidPassUsage.Equal)
	return usage && extension(leaf, oidPassType) != nil
}

// passTypeExtension is the identifier in Apple's extension: an ASN.1 string of
// any kind, or empty.
func passTypeExtension(leaf *x509.Certificate) string {
	input := cryptobyte.String(extension(leaf, oidPassType))
	var text cryptobyte.String
	var kind tag.Tag
	if !input.ReadAnyASN1(&text, &kind) || !slices.Contains(stringTags, kind) {
		return ""
	}
	return string(text)
}

var stringTags = []tag.Tag{tag.UTF8String, tag.PrintableString, tag.IA5String}

// extension returns the value of an extension, nil when there is none.
func extension(c *x509.Certificate, id asn1.ObjectIdentifier) []byte {
	for _, e := range c.Extensions {
		if id.Equal(e.Id) {
			return e.Value
		}
	}
	return nil
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// kindOf names a certificate that is no pass certificate by the beginning of
// its common name, which is how Apple's portal labels its kinds.
func kindOf(c *x509.Certificate) string {
	name := c.Subject.CommonName
	for _, k := range otherKinds {
		if strings.HasPrefix(name, k.prefix) {
			return k.name
		}
	}
	if c.IsCA {
		return "the certificate of an authority"
	}
	return "a certificate for another purpose"
}

var otherKinds = []struct{ prefix, name string }{
	{"Pass Type ID", "named like a pass certificate, but lacks the pass extension or key usage"},
	{"Apple Push Services", "an app's push (APNs) certificate"},
	{"Apple Production IOS Push Services", "an app's push (APNs) certificate"},
	{"Apple Development IOS Push Services", "an app's push (APNs) certificate for development"},
	{"Apple Sandbox Push Services", "an app's push (APNs) certificate for development"},
	{"VoIP Services", "a VoIP push certificate"},
	{"WatchKit Services", "a WatchKit push certificate"},
	{"Website Push ID", "a website push certificate"},
	{"Order Type ID", "an order certificate, which signs orders, not passes"},
	{"Apple Development", "a developer certificate, which signs apps"},
	{"iPhone Developer", "a developer certificate, which signs apps"},
	{"Mac Developer", "a developer certificate, which signs apps"},
	{"Apple Distribution", "a distribution certificate, which signs apps"},
	{"iPhone Distribution", "a distribution certificate, which signs apps"},
	{"3rd Party Mac Developer", "a distribution certificate, which signs apps"},
	{"Developer ID", "a Developer ID certificate, which signs apps"},
	{"Apple Pay", "an Apple Pay certificate"},
	{"Merchant ID", "an Apple Pay merchant certificate"},
	{"Apple Worldwide Developer Relations", "one of Apple's intermediate certificates"},
	{"Apple Root CA", "Apple's root certificate"},
}
