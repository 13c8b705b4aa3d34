package signer

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSHA1          = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
)

var (
	context0 = tag.Tag(0).ContextSpecific()
	context1 = tag.Tag(1).ContextSpecific()
)

const (
	maxSigners    = 8
	maxAttributes = 32
)

var errNotSignedData = errors.New("not a signed message in DER")

// signedData is the structure of RFC 5652, section 5, in the parts that matter
// to passes. It is read strictly: DER only, nothing behind the end.
type signedData struct {
	contentType  asn1.ObjectIdentifier
	digests      []asn1.ObjectIdentifier // announced at the beginning
	attached     bool
	content      []byte
	certificates []byte // one after the other
	signers      []signerInfo
}

type signerInfo struct {
	issuer        []byte // of the signer's certificate, with serial; or else keyID
	serial        *big.Int
	keyID         []byte
	digest        asn1.ObjectIdentifier
	algorithm     asn1.ObjectIdentifier
	rawAttributes []byte // with their context tag; nil when there are none
	attributes    []attribute
	value         []byte
}

type attribute struct {
	id    asn1.ObjectIdentifier
	raw   []byte
	value []byte // the first of the set
}

func parseSignedData(der []byte) (signedData, error) {
	input := cryptobyte.String(der)
	var outer, wrapped, body, digests, content cryptobyte.String
	var kind asn1.ObjectIdentifier
	var version int
	ok := input.ReadASN1(&outer, tag.SEQUENCE) && input.Empty() &&
		outer.ReadASN1ObjectIdentifier(&kind) && kind.Equal(oidSignedData) &&
		outer.ReadASN1(&wrapped, context0.Constructed()) && outer.Empty() &&
		wrapped.ReadASN1(&body, tag.SEQUENCE) && wrapped.Empty() &&
		body.ReadASN1Integer(&version) &&
		body.ReadASN1(&digests, tag.SET) &&
		body.ReadASN1(&content, tag.SEQUENCE)
	if !ok {
		return signedData{}, errNotSignedData
	}
	var sd signedData
	if !sd.readDigests(digests) || !sd.readContent(content) || !sd.readRest(body) {
		return signedData{}, errNotSignedData
	}
	return sd, nil
}

func (sd *signedData) readDigests(s cryptobyte.String) bool {
	for !s.Empty() {
		var algorithm cryptobyte.String
		var id asn1.ObjectIdentifier
		if !s.ReadASN1(&algorithm, tag.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&id) || len(sd.digests) == maxSigners {
			return false
		}
		sd.digests = append(sd.digests, id)
	}
	return true
}

func (sd *signedData) readContent(s cryptobyte.String) bool {
	var wrapped, octets cryptobyte.String
	if !s.ReadASN1ObjectIdentifier(&sd.contentType) ||
		!s.ReadOptionalASN1(&wrapped, &sd.attached, context0.Constructed()) || !s.Empty() {
		return false
	}
	if wrapped.ReadASN1(&octets, tag.OCTET_STRING) {
		sd.content = octets
	}
	return true
}

func (sd *signedData) readRest(s cryptobyte.String) bool {
	var certificates, infos cryptobyte.String
	var present bool
	if !s.ReadOptionalASN1(&certificates, &present, context0.Constructed()) ||
		!s.SkipOptionalASN1(context1.Constructed()) ||
		!s.ReadASN1(&infos, tag.SET) || !s.Empty() {
		return false
	}
	sd.certificates = certificates
	for !infos.Empty() {
		info, ok := readSignerInfo(&infos)
		if !ok || len(sd.signers) == maxSigners {
			return false
		}
		sd.signers = append(sd.signers, info)
	}
	return true
}

func readSignerInfo(input *cryptobyte.String) (info signerInfo, ok bool) {
	var s, digest, algorithm, attributes, value cryptobyte.String
	var version int
	if !input.ReadASN1(&s, tag.SEQUENCE) || !s.ReadASN1Integer(&version) || !info.readSigner(&s) ||
		!s.ReadASN1(&digest, tag.SEQUENCE) || !digest.ReadASN1ObjectIdentifier(&info.digest) {
		return info, false
	}
	if s.PeekASN1Tag(context0.Constructed()) {
		if !s.ReadASN1Element(&attributes, context0.Constructed()) {
			return info, false
		}
		info.rawAttributes = attributes
	}
	if !s.ReadASN1(&algorithm, tag.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&info.algorithm) ||
		!s.ReadASN1(&value, tag.OCTET_STRING) || !s.SkipOptionalASN1(context1.Constructed()) || !s.Empty() {
		return info, false
	}
	info.value = value
	return info, info.readAttributes()
}

// readSigner reads which certificate signed: issuer and serial number, or the
// subject key identifier.
func (info *signerInfo) readSigner(s *cryptobyte.String) bool {
	var id, issuer cryptobyte.String
	if s.PeekASN1Tag(context0) {
		ok := s.ReadASN1(&id, context0)
		info.keyID = id
		return ok
	}
	info.serial = new(big.Int)
	ok := s.ReadASN1(&id, tag.SEQUENCE) && id.ReadASN1Element(&issuer, tag.SEQUENCE) &&
		id.ReadASN1Integer(info.serial) && id.Empty()
	info.issuer = issuer
	return ok
}

func (info *signerInfo) readAttributes() bool {
	raw := cryptobyte.String(info.rawAttributes)
	var set cryptobyte.String
	if raw != nil && !raw.ReadASN1(&set, context0.Constructed()) {
		return false
	}
	for !set.Empty() {
		var element, body, values, value cryptobyte.String
		var a attribute
		ok := set.ReadASN1Element(&element, tag.SEQUENCE)
		a.raw = element
		ok = ok && element.ReadASN1(&body, tag.SEQUENCE) && body.ReadASN1ObjectIdentifier(&a.id) &&
			body.ReadASN1(&values, tag.SET) && body.Empty() && values.ReadAnyASN1Element(&value, new(tag.Tag))
		if !ok || len(info.attributes) == maxAttributes {
			return false
		}
		a.value = value
		info.attributes = append(info.attributes, a)
	}
	return true
}

// attribute returns the value of the attribute with this id, nil when absent.
func (info *signerInfo) attribute(id asn1.ObjectIdentifier) []byte {
	for _, a := range info.attributes {
		if a.id.Equal(id) {
			return a.value
		}
	}
	return nil
}

// made reports whether certificate is the one that info names as the signer's.
func (info *signerInfo) made(certificate *x509.Certificate) bool {
	if info.keyID != nil {
		return bytes.Equal(info.keyID, certificate.SubjectKeyId)
	}
	return bytes.Equal(info.issuer, certificate.RawIssuer) && info.serial.Cmp(certificate.SerialNumber) == 0
}

func (sd *signedData) parseCertificates() ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	rest := cryptobyte.String(sd.certificates)
	for !rest.Empty() && len(out) <= maxCertificates {
		var element cryptobyte.String
		if !rest.ReadASN1Element(&element, tag.SEQUENCE) {
			return out, errNotSignedData
		}
		certificate, err := x509.ParseCertificate(element)
		if err != nil {
			return out, err
		}
		out = append(out, certificate)
	}
	return out, nil
}
