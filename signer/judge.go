package signer

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"time"

	"pocketpass/signer/pkpass"
)

// The numbers of the checks that this package makes.
const (
	checkDates      = 19
	checkKind       = 20
	checkPassType   = 21
	checkTeam       = 22
	checkExtension  = 23
	checkChain      = 24
	checkAttributes = 25
	checkDigest     = 26
	checkExpiry     = 27
	checkNFC        = 28
	checkPush       = 29
	checkSerial     = 39
)

const signaturePath = "signature"

// Claims are the parts of a document that its certificate has to cover.
type Claims struct {
	PassTypeIdentifier string
	TeamIdentifier     string
	NFC                bool // the document has the key nfc
}

// Judge holds the document's claims against the certificate that shall sign it
// (checks 21, 22 and 28).
func (s Subject) Judge(c Claims) []pkpass.Finding {
	var found []pkpass.Finding
	if c.PassTypeIdentifier != s.PassTypeIdentifier {
		f := refused(checkPassType, "pass_type_mismatch", fmt.Sprintf("it says pass type %q, its certificate %q", c.PassTypeIdentifier, s.PassTypeIdentifier), "make both equal: correct the document, or sign with the certificate of its pass type")
		f.Path = "pass.json#/passTypeIdentifier"
		found = append(found, f)
	}
	if c.TeamIdentifier != s.TeamIdentifier {
		f := refused(checkTeam, "team_mismatch", fmt.Sprintf("it says team %q, its certificate %q", c.TeamIdentifier, s.TeamIdentifier), "make both equal: correct the document, or sign with a certificate of its team")
		f.Path = "pass.json#/teamIdentifier"
		found = append(found, f)
	}
	if c.NFC && !s.NFC {
		found = append(found, pkpass.Finding{
			Check: checkNFC, Code: "nfc_not_certified", Severity: pkpass.Warning, Path: "pass.json#/nfc",
			Effect: "terminals do not see the pass, or Wallet refuses it: its certificate is not of the NFC kind",
			Remedy: "ask Apple for an NFC pass certificate, or remove the key nfc",
		})
	}
	return found
}

// Aged tells what the age of the certificate means for a pass that was signed
// in time (checks 19 and 27): it stays good, but gets no update.
func (s Signature) Aged(now time.Time) []pkpass.Finding {
	if s.Leaf == nil {
		return nil
	}
	if now.After(s.Leaf.NotAfter) {
		return []pkpass.Finding{{
			Check: checkDates, Code: "certificate_expired", Severity: pkpass.Note, Path: signaturePath,
			Effect: fmt.Sprintf("the pass stays and can be added, but gets no update and no push: its certificate expired on %s", day(s.Leaf.NotAfter)),
			Remedy: "make a new certificate for the same Pass Type ID at Apple's portal",
		}}
	}
	return expirySoon(s.Leaf.NotAfter, now, signaturePath)
}

// inspect judges an identity that is about to sign at now.
func (id *Identity) inspect(now time.Time) []pkpass.Finding {
	found := append(inspectLeaf(id.Leaf), inspectIntermediate(id.Intermediate)...)
	switch {
	case now.Before(id.NotBefore):
		found = append(found, refused(checkDates, "certificate_not_yet_valid", fmt.Sprintf("its certificate begins on %s", day(id.NotBefore)), "wait, or check the server's clock"))
	case now.After(id.Leaf.NotAfter):
		found = append(found, refused(checkDates, "certificate_expired", fmt.Sprintf("its certificate expired on %s", day(id.Leaf.NotAfter)), "make a new certificate for the same Pass Type ID at Apple's portal"))
	case now.After(id.NotAfter):
		found = append(found, refused(checkChain, "intermediate_expired", fmt.Sprintf("the intermediate %s expired on %s", nameOf(id.Intermediate), day(id.NotAfter)), "make a new certificate for the same Pass Type ID at Apple's portal and upload its intermediate"))
	}
	found = append(found, expirySoon(id.NotAfter, now, certificatePath)...)
	for i := range found {
		found[i].Path = certificatePath
	}
	pkpass.SortFindings(found)
	return found
}

const certificatePath = "certificate"

const expiryNotice = 30 * 24 * time.Hour

func expirySoon(end, now time.Time, path string) []pkpass.Finding {
	if left := end.Sub(now); left < 0 || left > expiryNotice {
		return nil
	}
	return []pkpass.Finding{{
		Check: checkExpiry, Code: "certificate_expires_soon", Severity: pkpass.Note, Path: path,
		Effect: fmt.Sprintf("after %s there are no new passes, no updates and no pushes", day(end)),
		Remedy: "make a new certificate for the same Pass Type ID at Apple's portal now",
	}}
}

// inspectLeaf judges the certificate by itself (checks 20, 22, 23 and 29).
func inspectLeaf(leaf *x509.Certificate) []pkpass.Finding {
	if !isPassCertificate(leaf) {
		return []pkpass.Finding{refused(checkKind, "not_a_pass_certificate", fmt.Sprintf("%q is %s", leaf.Subject.CommonName, kindOf(leaf)), "sign with a Pass Type ID certificate from Apple's portal")}
	}
	var found []pkpass.Finding
	if text := passTypeExtension(leaf); text != userID(leaf) || text == "" {
		found = append(found, refused(checkExtension, "pass_type_extension_mismatch", fmt.Sprintf("the certificate names the pass type %q in its subject and %q in its extension", userID(leaf), text), "make a new certificate at Apple's portal"))
	}
	if first(leaf.Subject.OrganizationalUnit) == "" {
		found = append(found, refused(checkTeam, "team_missing", "the certificate names no team in its subject (OU)", "make a new certificate at Apple's portal"))
	}
	if extension(leaf, oidPush) == nil {
		found = append(found, pkpass.Finding{
			Check: checkPush, Code: "push_extension_missing", Severity: pkpass.Warning, Path: signaturePath,
			Effect: "the pass gets no pushes: the certificate is not usable with Apple's push service", Remedy: "make a new certificate at Apple's portal",
		})
	}
	return found
}

func inspectIntermediate(intermediate *x509.Certificate) []pkpass.Finding {
	if trusted(intermediate) {
		return nil
	}
	return []pkpass.Finding{refused(checkChain, "issuer_unknown", fmt.Sprintf("%s is not an authority of Apple", nameOf(intermediate)), "sign with a certificate from Apple's portal")}
}

func refused(check int, code, why, remedy string) pkpass.Finding {
	return pkpass.Finding{
		Check: check, Code: code, Severity: pkpass.Refused, Path: signaturePath,
		Effect: "Wallet refuses the pass: " + why, Remedy: remedy,
	}
}

// unreadable tells the usual wrong forms of a signature apart.
func unreadable(signature []byte) pkpass.Finding {
	const remedy = "write the signature as DER (openssl: -outform DER)"
	switch trimmed := bytes.TrimSpace(signature); {
	case len(trimmed) == 0:
		return refused(checkDigest, "signature_malformed", "the signature is empty", "sign the manifest")
	case bytes.HasPrefix(trimmed, []byte("-----BEGIN")):
		return refused(checkDigest, "signature_not_der", "the signature is PEM text", remedy)
	case bytes.Contains(trimmed[:min(len(trimmed), 512)], []byte("MIME-Version")):
		return refused(checkDigest, "signature_not_der", "the signature is an S/MIME mail", remedy)
	case len(signature) > 1 && signature[0] == 0x30 && signature[1] == 0x80:
		return refused(checkDigest, "signature_not_der", "the signature is in BER of indefinite length", remedy+", without streaming")
	}
	if _, ok := bareBase64(signature); ok {
		return refused(checkDigest, "signature_not_der", "the signature is Base64 text", remedy)
	}
	return refused(checkDigest, "signature_malformed", "the signature is no CMS signed message", "sign the manifest as detached CMS (PKCS #7) in DER")
}
