package signer

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1" // the checksum of the format; it protects nothing here
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"
	"sync"
	"time"
	"unicode/utf16"

	"software.sslmate.com/src/go-pkcs12"
)

// openCertificates decrypts one encrypted part of a .p12 file, which holds
// certificates.
//
// A key hidden inside could name any number of iterations, unseen before the
// decryption. It never gets to derive one: the part is opened behind a decoy
// key, and the library refuses the second key it meets before it touches it.
func openCertificates(content []byte, password string) ([]*x509.Certificate, error) {
	_, first, rest, err := open(password, decoys().key, content)
	switch {
	case err == nil:
		return append([]*x509.Certificate{first}, rest...), nil
	case unsupported(err):
		return nil, errUnsupported(err)
	case garbled(err):
		return nil, wrongPassword(password)
	}
	return nil, refuse(ErrFormat, "the encrypted part of the .p12 file holds something else than certificates: export the certificate with its key again, and nothing else")
}

// openKey decrypts an encrypted PKCS#8 key, whose cost has been counted. The
// decoy certificate is there because the library opens no file without one.
func openKey(der []byte, password string) (crypto.Signer, error) {
	key, _, _, err := open(password, decoys().certificate, bagContent(oidShroudedKeyBag, der))
	switch {
	case err != nil && unsupported(err):
		return nil, errUnsupported(err)
	case err != nil:
		return nil, wrongPassword(password)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, refuse(ErrFormat, "the private key in the file cannot sign: export the key of the pass certificate")
	}
	return signer, nil
}

// open decodes a .p12 file put together from contents under password. An empty
// password is spelled in two ways by the programs of the world, so both are
// tried.
func open(password string, contents ...[]byte) (any, *x509.Certificate, []*x509.Certificate, error) {
	spellings := [][]byte{bmp(password)}
	if password == "" {
		spellings = append(spellings, nil)
	}
	var err error
	for _, spelling := range spellings {
		var key any
		var first *x509.Certificate
		var rest []*x509.Certificate
		if key, first, rest, err = pkcs12.DecodeChain(compose(spelling, contents), password); err == nil {
			return key, first, rest, nil
		}
	}
	return nil, nil, nil, err
}

// unsupported reports whether the library does not know the encryption. For
// keys it hides the type of its error, so the text has to do.
func unsupported(err error) bool {
	_, ok := errors.AsType[pkcs12.NotImplementedError](err)
	return ok || strings.Contains(err.Error(), "not supported")
}

func errUnsupported(err error) error {
	return refuse(ErrFormat, "the file is encrypted in a way that is not supported (%v): export it again with AES-256 or 3DES", err)
}

// garbled reports whether a decryption gave nonsense, as a wrong password does:
// wrong padding or, one time in 256, bytes that are no DER.
func garbled(err error) bool {
	_, syntax := errors.AsType[asn1.SyntaxError](err)
	_, structure := errors.AsType[asn1.StructuralError](err)
	return syntax || structure || errors.Is(err, pkcs12.ErrDecryption)
}

// compose makes a .p12 file of contents, with a checksum of one iteration.
func compose(password []byte, contents [][]byte) []byte {
	safe := sequence(contents...)
	salt := make([]byte, macBlock)
	mac := hmac.New(sha1.New, macKey(salt, password))
	mac.Write(safe)
	digest := sequence(sequence(encode(oidSHA1)), encode(mac.Sum(nil)))
	return sequence(encode(3), dataContent(safe), sequence(digest, encode(salt)))
}

const macBlock = 64 // bytes that SHA-1 takes at once

// macKey is the key derivation of RFC 7292, appendix B, for the one case of a
// single iteration, a key no longer than one SHA-1, and a salt of one block.
func macKey(salt, password []byte) []byte {
	input := append(bytes.Repeat([]byte{3}, macBlock), salt...) // 3 asks for a MAC key
	blocks := (len(password) + macBlock - 1) / macBlock
	for i := range blocks * macBlock {
		input = append(input, password[i%len(password)])
	}
	key := sha1.Sum(input)
	return key[:]
}

// bmp is a password as PKCS#12 wants it: UTF-16, big endian, with a zero at
// the end.
func bmp(password string) []byte {
	var out []byte
	for _, unit := range append(utf16.Encode([]rune(password)), 0) {
		out = append(out, byte(unit>>8), byte(unit))
	}
	return out
}

// bagContent is a content with the one bag in it that has the given value.
func bagContent(id asn1.ObjectIdentifier, value []byte) []byte {
	bag := sequence(encode(id), explicit(value))
	return dataContent(sequence(bag))
}

func dataContent(data []byte) []byte {
	return sequence(encode(oidData), explicit(encode(data)))
}

func sequence(parts ...[]byte) []byte {
	return encode(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: bytes.Join(parts, nil)})
}

func explicit(value []byte) []byte {
	return encode(asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: value})
}

func encode(v any) []byte { return must(asn1.Marshal(v)) }

// decoys are a key and a certificate that mean nothing, each as the content of
// a .p12 file.
var decoys = sync.OnceValue(func() (d struct{ key, certificate []byte }) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	d.key = bagContent(oidKeyBag, must(x509.MarshalPKCS8PrivateKey(key)))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(0, 0)}
	certificate := must(x509.CreateCertificate(nil, template, template, key.Public(), key))
	id := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1} // an X.509 certificate
	d.certificate = bagContent(oidCertBag, sequence(encode(id), explicit(encode(certificate))))
	return d
})

// must is for encoding values that this package made up itself.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
