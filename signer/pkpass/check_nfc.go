package pkpass

import (
	"crypto/ecdh"
	"crypto/elliptic"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"strings"
)

// maxNFCMessage is what a terminal receives, in bytes.
const maxNFCMessage = 64

var (
	nfcCertificateMissing = Finding{28, "nfc_certificate_missing", Warning, "", "NFC does not work, or Wallet refuses the pass", "sign with a Pass Type ID certificate with NFC, or remove nfc"}
	nfcIncomplete         = Finding{84, "nfc_member_missing", Warning, "", "NFC does not work, or Wallet refuses the pass", "give message and encryptionPublicKey"}
	nfcMessageLong        = Finding{84, "nfc_message_long", Warning, "", "the terminal receives only the first 64 bytes", "shorten the message to 64 bytes"}
	nfcKeyInvalid         = Finding{84, "nfc_key_invalid", Warning, "", "NFC does not work, or Wallet refuses the pass", "give the Base64 of a SubjectPublicKeyInfo on P-256, on one line, without PEM's frame"}
)

func checkNFC(j *judge) {
	n, at := j.d.NFC, top("nfc")
	if n == nil {
		return
	}
	if j.o.NFCCertificate != nil && !*j.o.NFCCertificate {
		j.report(nfcCertificateMissing, at)
	}
	switch {
	case n.Message == "":
		j.report(nfcIncomplete, at.member("message"))
	case len(n.Message) > maxNFCMessage:
		j.report(nfcMessageLong, at.member("message"))
	}
	switch {
	case n.EncryptionPublicKey == "":
		j.report(nfcIncomplete, at.member("encryptionPublicKey"))
	case !isP256Key(n.EncryptionPublicKey):
		j.report(nfcKeyInvalid, at.member("encryptionPublicKey"))
	}
}

var (
	oidECPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidP256        = asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}
)

// isP256Key reads the key by hand, because the form that terminals' makers
// hand out has a compressed point, which crypto/x509 does not read.
func isP256Key(s string) bool {
	der, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") { // which the decoder passes over
		return false
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		PublicKey asn1.BitString
	}
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 {
		return false
	}
	var curve asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(info.Algorithm.Parameters.FullBytes, &curve); err != nil {
		return false
	}
	return info.Algorithm.Algorithm.Equal(oidECPublicKey) && curve.Equal(oidP256) && isP256Point(info.PublicKey.Bytes)
}

func isP256Point(point []byte) bool {
	if x, _ := elliptic.UnmarshalCompressed(elliptic.P256(), point); x != nil {
		return true
	}
	_, err := ecdh.P256().NewPublicKey(point)
	return err == nil
}
