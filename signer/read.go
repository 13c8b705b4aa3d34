package signer

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// MaxMaterial is the largest file, in bytes, that Read looks at.
const MaxMaterial = 1 << 20

const maxCertificates = 64 // in one file

// Material is what a file held: keys and certificates in the order found, of
// any kind. Assemble sorts out which belong together.
type Material struct {
	Keys         []crypto.Signer
	Certificates []*x509.Certificate
}

// Add appends what other holds, so that a key from one file and a certificate
// from another can be assembled.
func (m *Material) Add(other Material) {
	m.Keys = append(m.Keys, other.Keys...)
	m.Certificates = append(m.Certificates, other.Certificates...)
}

// Read recognises whatever Apple's portal or a colleague hands over and takes
// the keys and certificates out: a certificate (.cer, DER or PEM, one or
// several), .p7b, .p12 or .pfx of any age, PEM keys, encrypted or not. The
// password is needed by encrypted files only.
//
// What is none of these is refused with a sentence that says what it is and
// what to do (ErrFormat); ErrPassword, ErrIterations and ErrSize are the other
// refusals.
func Read(data []byte, password string) (Material, error) {
	if len(data) > MaxMaterial {
		return Material{}, tooLarge(len(data))
	}
	m, err := read(data, password)
	if err != nil {
		return Material{}, err
	}
	if len(m.Certificates) > maxCertificates || len(m.Keys) > maxCertificates {
		return Material{}, refuse(ErrSize, "the file holds more than %d certificates or keys: give only the pass certificate, its key and its intermediate", maxCertificates)
	}
	return m, nil
}

func tooLarge(size int) error {
	return refuse(ErrSize, "the file has %d bytes; certificates and keys have a few thousand, at most %d are read: choose the right file", size, MaxMaterial)
}

func read(data []byte, password string) (Material, error) {
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		return readPEM(data, password)
	}
	if looksDER(data) {
		return readDER(data, password)
	}
	if der, ok := bareBase64(data); ok {
		return readDER(der, password)
	}
	return Material{}, refuse(ErrFormat, "%s", describe(data))
}

func looksDER(data []byte) bool { return len(data) > 2 && data[0] == 0x30 }

// bareBase64 decodes a certificate that lost its BEGIN and END lines in a mail.
func bareBase64(data []byte) ([]byte, bool) {
	text := bytes.Join(bytes.Fields(data), nil)
	der := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(der, text)
	return der[:n], err == nil && looksDER(der[:n])
}

// readDER tells the binary forms apart by what their outer sequence begins
// with: an object identifier (PKCS#7), a version number (a key, PKCS#12), or a
// sequence (a certificate, a request, an encrypted key).
func readDER(der []byte, password string) (Material, error) {
	if der[1] == 0x80 {
		return Material{}, refuse(ErrFormat, "the file is in BER encoding of indefinite length: export it again as DER, or as PEM text")
	}
	input := cryptobyte.String(der)
	var body cryptobyte.String
	if !input.ReadASN1(&body, tag.SEQUENCE) {
		return Material{}, refuse(ErrFormat, "the file is cut off or damaged: download or export it again")
	}
	switch {
	case body.PeekASN1Tag(tag.OBJECT_IDENTIFIER):
		return readPKCS7(der)
	case body.PeekASN1Tag(tag.INTEGER):
		return readVersioned(der, body, password)
	default:
		return readSequence(der, password)
	}
}

// readVersioned reads PKCS#12, whose version is 3, or a plain key, whose
// version is 0 or 1.
func readVersioned(der []byte, body cryptobyte.String, password string) (Material, error) {
	var version int
	if body.ReadASN1Integer(&version) && version == 3 {
		return readPKCS12(der, password)
	}
	key, err := ParseKey(der)
	if err != nil {
		return Material{}, err
	}
	return Material{Keys: []crypto.Signer{key}}, nil
}

func readSequence(der []byte, password string) (Material, error) {
	if certificates, err := x509.ParseCertificates(der); err == nil {
		return Material{Certificates: certificates}, nil
	}
	if _, err := x509.ParseCertificateRequest(der); err == nil {
		return Material{}, errRequest
	}
	if isEncryptedKey(der) {
		return readEncryptedKey(der, password)
	}
	return Material{}, refuse(ErrFormat, "the file is binary but holds no certificate or key that can be read: download the .cer again, or export the .p12 again")
}

var errRequest = refuse(ErrFormat, "this is the certificate request, not the certificate: upload it at Apple's portal (Certificates, Pass Type ID Certificate) and bring back the .cer file that the portal offers")

// readPKCS7 takes the certificates out of a .p7b. A signed message that has a
// content, such as a provisioning profile, is refused by name.
func readPKCS7(der []byte) (Material, error) {
	sd, err := parseSignedData(der)
	if err != nil {
		return Material{}, refuse(ErrFormat, "this is a PKCS#7 file but no list of certificates: export the certificates as .cer or .p7b")
	}
	if bytes.Contains(sd.content, []byte("<plist")) {
		return Material{}, refuse(ErrFormat, "this is a provisioning profile for an app, not a certificate: passes need the Pass Type ID certificate from Apple's portal (.cer)")
	}
	certificates, err := sd.parseCertificates()
	if err != nil || len(certificates) == 0 {
		return Material{}, refuse(ErrFormat, "this PKCS#7 file holds no readable certificate: export the certificates as .cer or .p7b")
	}
	return Material{Certificates: certificates}, nil
}

// readPEM reads every block of a text that holds one or several.
func readPEM(data []byte, password string) (Material, error) {
	if !bytes.Contains(data, []byte("\n")) { // lines end as on old Macs, which package pem does not know
		data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	}
	var m Material
	var skipped error
	for range maxCertificates + 1 { // one more than Read accepts
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		found, err := readBlock(block, password)
		if isAside(block) {
			skipped = err
			continue
		}
		if err != nil {
			return Material{}, err
		}
		m.Add(found)
	}
	if len(m.Keys)+len(m.Certificates) > 0 {
		return m, nil
	}
	if skipped != nil {
		return Material{}, skipped
	}
	return Material{}, refuse(ErrFormat, "the PEM text is damaged: copy it whole, from the BEGIN line to the END line")
}

// isAside reports whether a block may stand beside what is looked for.
func isAside(block *pem.Block) bool {
	switch block.Type {
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", "PUBLIC KEY", "EC PARAMETERS":
		return true
	}
	return false
}

func readBlock(block *pem.Block, password string) (Material, error) {
	switch block.Type {
	case "CERTIFICATE", "X509 CERTIFICATE", "PKCS7", "CMS",
		"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		return readBody(block, password)
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		return Material{}, errRequest
	case "PUBLIC KEY", "EC PARAMETERS":
		return Material{}, refuse(ErrFormat, "this is a public key only: give the certificate (.cer) or the .p12 that holds certificate and private key")
	}
	return Material{}, refuse(ErrFormat, "a PEM block of kind %q is not used here: give the certificate (.cer) and its private key in PKCS#8 form", block.Type)
}

func readBody(block *pem.Block, password string) (Material, error) {
	der := block.Bytes
	//lint:ignore SA1019 the old encryption is weak, but such files exist and are only read
	if x509.IsEncryptedPEMBlock(block) {
		var err error
		//lint:ignore SA1019 likewise
		if der, err = x509.DecryptPEMBlock(block, []byte(password)); err != nil || !looksDER(der) {
			return Material{}, wrongPassword(password)
		}
	}
	if !looksDER(der) {
		return Material{}, refuse(ErrFormat, "the PEM block %q is damaged: copy it whole, from the BEGIN line to the END line", block.Type)
	}
	return readDER(der, password)
}

func wrongPassword(password string) error {
	if password == "" {
		return refuse(ErrPassword, "the file is encrypted: enter the password that was chosen when it was exported")
	}
	return refuse(ErrPassword, "the password does not open the file: enter the one that was chosen when it was exported")
}
