package signer

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"pocketpass/signer/pkpass"
)

// maxSignature is the largest signature, in bytes, that is looked at; that of a
// pass has about four thousand.
const maxSignature = 128 << 10

// Signature is what a signature says, as far as it could be read.
type Signature struct {
	Subject
	SigningTime  time.Time         // zero when missing
	Hash         crypto.Hash       // zero when unknown
	Leaf         *x509.Certificate // the signer's; nil when not embedded
	Intermediate *x509.Certificate // the leaf's issuer; nil when not embedded
}

// Verify reads a pass's signature over content, the exact bytes of its
// manifest, and says everything that Wallet would object to (checks 19, 20 and
// 23 to 26, 29). It shares nothing with the code that signs but the reading of
// the structure, and never trusts its input.
//
// A signature that cannot be read at all gives a finding and an error as well,
// ErrFormat or ErrSize.
func Verify(signature, content []byte) (Signature, []pkpass.Finding, error) {
	if len(signature) > maxSignature {
		f := refused(checkDigest, "signature_too_large", fmt.Sprintf("the signature has %d bytes, at most %d are read", len(signature), maxSignature), "sign again with the pass certificate and its intermediate only")
		return Signature{}, []pkpass.Finding{f}, refuse(ErrSize, "%s: %s", f.Effect, f.Remedy)
	}
	sd, err := parseSignedData(signature)
	if err != nil {
		f := unreadable(signature)
		return Signature{}, []pkpass.Finding{f}, refuse(ErrFormat, "%s: %s", f.Effect, f.Remedy)
	}
	x := examination{sd: sd, content: content}
	x.examine()
	pkpass.SortFindings(x.found)
	return x.Signature, x.found, nil
}

// examination is the state of one Verify.
type examination struct {
	Signature
	sd           signedData
	signer       *signerInfo
	certificates []*x509.Certificate
	content      []byte
	found        []pkpass.Finding
}

func (x *examination) examine() {
	x.checkEnvelope()
	x.checkCertificates()
	if x.signer == nil {
		return
	}
	x.checkAttributes()
	x.checkDigest()
	if x.Leaf == nil {
		return
	}
	x.checkValue()
	x.checkChain()
	x.checkTimes()
	x.found = append(x.found, inspectLeaf(x.Leaf)...)
}

func (x *examination) refuse(check int, code, why, remedy string) {
	x.found = append(x.found, refused(check, code, why, remedy))
}

func (x *examination) checkEnvelope() {
	if !x.sd.contentType.Equal(oidData) {
		x.refuse(checkDigest, "content_type_wrong", "the signature is over content of another type than data", "sign the manifest as plain data (CMS type data)")
	}
	if x.sd.attached {
		x.refuse(checkDigest, "signature_not_detached", "the signature contains the content that it signs", "sign detached, so that the signature does not carry manifest.json along (openssl: without -nodetach)")
	}
	switch len(x.sd.signers) {
	case 0:
		x.refuse(checkDigest, "signer_missing", "the file is a list of certificates without a signature", "sign the manifest with the pass certificate")
		return
	case 1:
	default:
		x.found = append(x.found, pkpass.Finding{
			Check: checkDigest, Code: "signer_count", Severity: pkpass.Warning, Path: signaturePath,
			Effect: "Wallet may refuse the pass: it has several signers", Remedy: "sign with the pass certificate alone",
		})
	}
	x.signer = &x.sd.signers[0]
}

func (x *examination) checkCertificates() {
	var err error
	if x.certificates, err = x.sd.parseCertificates(); err != nil {
		x.refuse(checkChain, "certificate_unreadable", "an embedded certificate cannot be read", "embed the pass certificate and its intermediate as they were downloaded")
	}
	if x.signer == nil {
		return
	}
	i := slices.IndexFunc(x.certificates, x.signer.made)
	if i < 0 {
		x.refuse(checkChain, "certificate_missing", "the certificate of the signer is not embedded", "embed the pass certificate and its intermediate")
		return
	}
	x.Leaf = x.certificates[i]
	x.Subject = subjectOf(x.Leaf)
}

func (x *examination) checkAttributes() {
	var kind asn1.ObjectIdentifier
	value := cryptobyte.String(x.signer.attribute(oidContentType))
	if !value.ReadASN1ObjectIdentifier(&kind) || !kind.Equal(oidData) {
		x.refuse(checkAttributes, "content_type_missing", "the signed attribute contentType is missing or not data", "sign with the attributes contentType, messageDigest and signingTime (openssl: without -noattr)")
	}
	x.checkSigningTime()
	if !slices.IsSortedFunc(x.signer.attributes, byEncoding) {
		x.refuse(checkAttributes, "attribute_order", "the signed attributes are not in DER order", "sign with a program that sorts them by their encoded bytes, as openssl does")
	}
}

func byEncoding(a, b attribute) int { return bytes.Compare(a.raw, b.raw) }

func (x *examination) checkSigningTime() {
	value := cryptobyte.String(x.signer.attribute(oidSigningTime))
	switch {
	case value.PeekASN1Tag(tag.UTCTime) && value.ReadASN1UTCTime(&x.SigningTime):
	case value.PeekASN1Tag(tag.GeneralizedTime) && value.ReadASN1GeneralizedTime(&x.SigningTime):
		x.found = append(x.found, pkpass.Finding{
			Check: checkAttributes, Code: "signing_time_form", Severity: pkpass.Warning, Path: signaturePath,
			Effect: "Wallet may refuse the pass: signingTime is a GeneralizedTime", Remedy: "write it as UTCTime in UTC",
		})
	default:
		x.refuse(checkAttributes, "signing_time_missing", "the signed attribute signingTime is missing or unreadable", "sign with the time of signing, as UTCTime in UTC (openssl: without -noattr)")
	}
}

func (x *examination) checkDigest() {
	x.Hash = hashes[x.signer.digest.String()]
	if x.Hash == 0 {
		x.refuse(checkDigest, "digest_unknown", "the digest algorithm is unknown", "sign with SHA-256")
		return
	}
	if !slices.ContainsFunc(x.sd.digests, x.signer.digest.Equal) {
		x.refuse(checkDigest, "digest_unannounced", "the digest algorithm of the signer is missing in the list at the beginning", "sign with a program that lists it in digestAlgorithms, as openssl does")
	}
	if x.Hash == crypto.SHA1 {
		x.found = append(x.found, pkpass.Finding{
			Check: checkDigest, Code: "digest_sha1", Severity: pkpass.Note, Path: signaturePath,
			Effect: "none today: Wallet still takes signatures with SHA-1", Remedy: "sign with SHA-256",
		})
	}
	if x.signer.rawAttributes == nil {
		return // the signature is over the content itself
	}
	value := cryptobyte.String(x.signer.attribute(oidMessageDigest))
	var digest cryptobyte.String
	switch {
	case !value.ReadASN1(&digest, tag.OCTET_STRING):
		x.refuse(checkAttributes, "digest_missing", "the signed attribute messageDigest is missing", "sign with the attributes contentType, messageDigest and signingTime (openssl: without -noattr)")
	case bytes.Equal(digest, sum(x.Hash, x.content)):
	case bytes.Equal(digest, sum(x.Hash, bytes.ReplaceAll(x.content, []byte("\n"), []byte("\r\n")))):
		x.refuse(checkDigest, "digest_mismatch", "the signature is over a manifest with other line ends", "sign the manifest as binary, not as text (openssl: -binary)")
	default:
		x.refuse(checkDigest, "digest_mismatch", "the signature is over another manifest", "sign the exact bytes of manifest.json, after the last change to it")
	}
}

var hashes = map[string]crypto.Hash{
	oidSHA1.String():   crypto.SHA1,
	oidSHA256.String(): crypto.SHA256,
	oidSHA384.String(): crypto.SHA384,
	oidSHA512.String(): crypto.SHA512,
}

func sum(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// algorithms are the signature algorithms that fit a kind of key. Some name the
// digest as well; what counts is the one that the signer names by itself.
var algorithms = map[string]x509.PublicKeyAlgorithm{
	"1.2.840.113549.1.1.1":  x509.RSA,
	"1.2.840.113549.1.1.5":  x509.RSA,
	"1.2.840.113549.1.1.11": x509.RSA,
	"1.2.840.113549.1.1.12": x509.RSA,
	"1.2.840.113549.1.1.13": x509.RSA,
	"1.2.840.10045.4.1":     x509.ECDSA,
	"1.2.840.10045.4.3.2":   x509.ECDSA,
	"1.2.840.10045.4.3.3":   x509.ECDSA,
	"1.2.840.10045.4.3.4":   x509.ECDSA,
}

// checkValue checks the signature proper. Signers that embed the attributes in
// another order than they signed them get attribute_order only.
func (x *examination) checkValue() {
	if algorithm, ok := algorithms[x.signer.algorithm.String()]; !ok || algorithm != x.Leaf.PublicKeyAlgorithm {
		x.refuse(checkDigest, "signature_algorithm", "its signature algorithm is unknown or does not fit the key", "sign with RSA PKCS #1 v1.5 (rsaEncryption), not with RSA-PSS")
		return
	}
	if x.Hash == 0 || x.fits(x.signer.rawAttributes) || x.fits(x.signer.sortedAttributes()) {
		return
	}
	x.refuse(checkDigest, "signature_invalid", "the signature was not made with the key of the embedded certificate, or was changed", "sign again with the key that belongs to the certificate")
}

func (x *examination) fits(attributes []byte) bool {
	digest := sum(x.Hash, x.content)
	if attributes != nil {
		digest = attributesDigest(x.Hash, attributes)
	}
	switch key := x.Leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		return bounded(key) && rsa.VerifyPKCS1v15(key, x.Hash, digest, x.signer.value) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, digest, x.signer.value)
	}
	return false
}

// sortedAttributes is the encoding of the attributes in DER order.
func (info *signerInfo) sortedAttributes() []byte {
	sorted := slices.SortedStableFunc(slices.Values(info.attributes), byEncoding)
	out := slices.Clone(info.rawAttributes)
	body := out[len(out):]
	for _, a := range slices.Backward(sorted) {
		body = out[len(out)-len(body)-len(a.raw):]
		copy(body, a.raw)
	}
	return out
}

func (x *examination) checkChain() {
	others := slices.DeleteFunc(slices.Clone(x.certificates), x.Leaf.Equal)
	i := slices.IndexFunc(others, func(c *x509.Certificate) bool { return issued(c, x.Leaf) })
	switch {
	case i >= 0:
		x.Intermediate = others[i]
		x.found = append(x.found, inspectIntermediate(x.Intermediate)...)
	case len(others) == 0:
		x.refuse(checkChain, "intermediate_missing", "the intermediate certificate is not embedded", fmt.Sprintf("embed %s beside the pass certificate", issuerOf(x.Leaf)))
	default:
		x.refuse(checkChain, "intermediate_wrong", fmt.Sprintf("the embedded intermediate %s did not issue the pass certificate", nameOf(others[0])), fmt.Sprintf("embed %s instead", issuerOf(x.Leaf)))
	}
}

// checkTimes judges by the signing time, as phones do: what was signed in time
// stays good.
func (x *examination) checkTimes() {
	if x.SigningTime.IsZero() {
		return
	}
	if outside(x.Leaf, x.SigningTime) {
		x.refuse(checkDates, "signing_time_outside", fmt.Sprintf("it was signed on %s, but the certificate is valid from %s to %s", day(x.SigningTime), day(x.Leaf.NotBefore), day(x.Leaf.NotAfter)), "sign with a valid certificate, and check the clock of the signing machine")
	}
	if x.Intermediate != nil && outside(x.Intermediate, x.SigningTime) {
		x.refuse(checkChain, "intermediate_expired", fmt.Sprintf("the intermediate %s was not valid when it was signed", nameOf(x.Intermediate)), "make a new pass certificate at Apple's portal and embed the intermediate that issued it")
	}
}

func outside(c *x509.Certificate, at time.Time) bool {
	return at.Before(c.NotBefore) || at.After(c.NotAfter)
}
