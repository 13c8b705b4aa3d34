package signer

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io"
)

const (
	minKeyBits = 2048 // what Apple's portal asks for
	maxKeyBits = 8192 // more only costs time: the bound that crypto/tls sets too
	maxKeySize = 8 << 10
)

// NewKey makes the RSA-2048 key that Apple's portal asks for. A nil random
// means crypto/rand.
func NewKey(random io.Reader) (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(source(random), minKeyBits)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	return key, nil
}

// Request is the certificate request for key as a PEM block, to be uploaded at
// Apple's portal. The subject is free, because Apple replaces it; email may be
// empty.
func Request(key crypto.Signer, commonName, email string) ([]byte, error) {
	subject := pkix.Name{CommonName: commonName}
	if email != "" {
		subject.ExtraNames = []pkix.AttributeTypeAndValue{{
			Type:  asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1},
			Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(email)},
		}}
	}
	template := &x509.CertificateRequest{Subject: subject, SignatureAlgorithm: x509.SHA256WithRSA}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		return nil, fmt.Errorf("make certificate request: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}), nil
}

// ReadRequest reads a certificate request (PEM or DER) and checks that whoever
// made it holds the key.
func ReadRequest(data []byte) (*x509.CertificateRequest, error) {
	if len(data) > MaxMaterial {
		return nil, tooLarge(len(data))
	}
	if block, _ := pem.Decode(data); block != nil {
		data = block.Bytes
	}
	request, err := x509.ParseCertificateRequest(data)
	if err != nil {
		return nil, refuse(ErrFormat, "this is no certificate request: give the file that begins with BEGIN CERTIFICATE REQUEST")
	}
	if !bounded(request.PublicKey) || request.CheckSignature() != nil {
		return nil, refuse(ErrFormat, "the certificate request is not signed by its own key: make a new one")
	}
	return request, nil
}

// MarshalKey encodes key as PKCS#8 DER. It is not encrypted: that is for
// whoever stores it.
func MarshalKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	return der, nil
}

// ParseKey reads a private key in PKCS#8, PKCS#1 or SEC 1 DER.
func ParseKey(der []byte) (crypto.Signer, error) {
	if len(der) > maxKeySize {
		return nil, refuse(ErrSize, "the private key has %d bytes, the largest one accepted has %d: use an RSA 2048 key", len(der), maxKeySize)
	}
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if signer, ok := key.(crypto.Signer); ok {
			return signer, nil
		}
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	return nil, refuse(ErrFormat, "the private key is damaged or of an unknown kind: give an RSA key in PKCS#8 or PKCS#1 form")
}

func source(random io.Reader) io.Reader {
	if random == nil {
		return rand.Reader
	}
	return random
}

// bounded reports whether checking a signature with key takes a bounded time:
// an RSA modulus of a hundred thousand bits is a way to stop a server.
func bounded(key crypto.PublicKey) bool {
	public, ok := key.(*rsa.PublicKey)
	return !ok || public.N.BitLen() <= maxKeyBits
}
