package signer

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mozilla.org/pkcs7"
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

const (
	utcTime  = "060102150405Z" // UTCTime in DER: 13 bytes
	lastYear = 2049            // of UTCTime
)

// Sign makes the detached signature of data as Wallet wants it: CMS in DER with
// SHA-256, the signed attributes contentType, signingTime (at, in UTC, whole
// seconds) and messageDigest, and both certificates. Personalisation tokens are
// signed in the same form as manifests.
//
// It refuses with ErrValidity when at is outside the validity of either
// certificate, since phones judge a pass by its signing time. The same data at
// the same second give the same bytes.
func (id *Identity) Sign(data []byte, at time.Time) ([]byte, error) {
	if at.Before(id.NotBefore) {
		return nil, refuse(ErrValidity, "the certificate of %s is valid from %s: check the server's clock", id.PassTypeIdentifier, day(id.NotBefore))
	}
	if at.After(id.NotAfter) {
		return nil, refuse(ErrValidity, "the certificate of %s expired on %s: make a new one for the same Pass Type ID at Apple's portal", id.PassTypeIdentifier, day(id.NotAfter))
	}
	return id.envelope.sign(id.Key, data, at)
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// envelope is a complete signature of one identity. Signatures of the same
// identity differ in three places of constant length, so a new one is a copy
// with those places written anew.
type envelope struct {
	der        []byte
	attributes span // the signed attributes, with their context tag
	time       span // within the attributes
	digest     span // within the attributes
	value      span // the RSA signature
}

type span struct{ from, to int }

// newEnvelope has the PKCS#7 library build the structure, once per identity.
// The library always takes the machine's clock for signingTime and names
// sha256WithRSAEncryption where working passes carry rsaEncryption. The latter
// is set right here, before encoding; the former is one of the written places.
func newEnvelope(key *rsa.PrivateKey, leaf, intermediate *x509.Certificate) (envelope, error) {
	message, err := pkcs7.NewSignedData(nil)
	if err != nil {
		return envelope{}, fmt.Errorf("build signature: %w", err)
	}
	message.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	chain := []*x509.Certificate{intermediate}
	if err := message.AddSignerChain(leaf, key, chain, pkcs7.SignerInfoConfig{}); err != nil {
		return envelope{}, fmt.Errorf("build signature: %w", err)
	}
	message.GetSignedData().SignerInfos[0].DigestEncryptionAlgorithm = pkix.AlgorithmIdentifier{
		Algorithm:  pkcs7.OIDEncryptionAlgorithmRSA,
		Parameters: asn1.NullRawValue,
	}
	message.Detach()
	der, err := message.Finish()
	if err != nil {
		return envelope{}, fmt.Errorf("build signature: %w", err)
	}
	return measure(der)
}

// measure finds the places that change. Their contents are random or made of
// random bytes, so each stands in der once.
func measure(der []byte) (envelope, error) {
	sd, err := parseSignedData(der)
	if err != nil || len(sd.signers) != 1 {
		return envelope{}, fmt.Errorf("build signature: not readable: %w", err)
	}
	s := sd.signers[0]
	e := envelope{der: der, attributes: locate(der, s.rawAttributes, 0), value: locate(der, s.value, 0)}
	for _, a := range s.attributes {
		switch {
		case a.id.Equal(oidSigningTime):
			e.time = locate(der, inner(a.value, tag.UTCTime), e.attributes.from)
		case a.id.Equal(oidMessageDigest):
			e.digest = locate(der, inner(a.value, tag.OCTET_STRING), e.attributes.from)
		}
	}
	if e.time.to-e.time.from != len(utcTime) || e.digest.to-e.digest.from != sha256.Size {
		return envelope{}, errors.New("build signature: attributes of unexpected length")
	}
	return e, nil
}

// locate finds part in der, beginning the search at from.
func locate(der, part []byte, from int) span {
	at := from + bytes.Index(der[from:], part)
	return span{at, at + len(part)}
}

func inner(value []byte, kind tag.Tag) []byte {
	input := cryptobyte.String(value)
	var body cryptobyte.String
	input.ReadASN1(&body, kind)
	return body
}

// sign writes the time, the digest and then the signature over both into a
// copy of the envelope.
func (e *envelope) sign(key *rsa.PrivateKey, data []byte, at time.Time) ([]byte, error) {
	out := slices.Clone(e.der)
	at.UTC().AppendFormat(out[e.time.from:e.time.from], utcTime)
	digest := sha256.Sum256(data)
	copy(out[e.digest.from:e.digest.to], digest[:])

	signed := attributesDigest(crypto.SHA256, out[e.attributes.from:e.attributes.to])
	value, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, signed)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	copy(out[e.value.from:e.value.to], value)
	return out, nil
}

// attributesDigest hashes signed attributes. They stand in the structure with
// the context tag 0, but what is signed is their encoding as a SET.
func attributesDigest(hash crypto.Hash, attributes []byte) []byte {
	h := hash.New()
	h.Write([]byte{byte(tag.SET)})
	h.Write(attributes[1:])
	return h.Sum(nil)
}
