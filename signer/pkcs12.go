package signer

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// readPKCS12 takes the keys and certificates out of a .p12 file.
//
// The library derives keys with whatever number of iterations the file names,
// and gives nothing at all when the file holds no key, no certificate, or two
// keys, which are what people hand over. So the parts are walked first, what
// they would cost is counted, and then each is opened by itself.
func readPKCS12(der []byte, password string) (Material, error) {
	if err := spellable(password); err != nil {
		return Material{}, err
	}
	parts, err := dissect(der)
	if err != nil {
		return Material{}, err
	}
	if !macFits(der, password) {
		return Material{}, wrongPassword(password)
	}
	var m Material
	for _, content := range parts.encrypted {
		found, err := openCertificates(content, password)
		if err != nil {
			return Material{}, err
		}
		m.Certificates = append(m.Certificates, found...)
	}
	for _, bag := range parts.bags {
		if err := m.addBag(bag, password); err != nil {
			return Material{}, err
		}
	}
	if len(m.Keys)+len(m.Certificates) == 0 {
		return Material{}, refuse(ErrFormat, "the .p12 file holds neither a certificate nor a key: export the certificate together with its key again")
	}
	return m, nil
}

// spellable refuses what the library has no spelling for: characters that take
// two units of UTF-16.
func spellable(password string) error {
	if strings.ContainsFunc(password, func(r rune) bool { return r > 0xffff }) {
		return refuse(ErrPassword, "the password has a character, such as an emoji, that cannot be used: export the file again under another password, if this is the one that was chosen when it was exported")
	}
	return nil
}

// macFits checks the file's own checksum over the password. The library's
// reader of trust stores does it before all else and, unlike its other
// readers, never opens a key, so that no hidden iteration count is met. What
// it says of the rest does not matter here.
func macFits(der []byte, password string) bool {
	_, err := pkcs12.DecodeTrustStore(der, password)
	return !errors.Is(err, pkcs12.ErrIncorrectPassword)
}

func (m *Material) addBag(bag safeBag, password string) error {
	switch {
	case bag.ID.Equal(oidKeyBag):
		key, err := ParseKey(bag.Value.Bytes)
		if err != nil {
			return err
		}
		m.Keys = append(m.Keys, key)
	case bag.ID.Equal(oidShroudedKeyBag):
		key, err := openKey(bag.Value.Bytes, password)
		if err != nil {
			return err
		}
		m.Keys = append(m.Keys, key)
	case bag.ID.Equal(oidCertBag):
		certificate, err := parseCertBag(bag.Value.Bytes)
		if err != nil {
			return err
		}
		m.Certificates = append(m.Certificates, certificate)
	}
	return nil
}

func parseCertBag(der []byte) (*x509.Certificate, error) {
	var bag struct {
		ID   asn1.ObjectIdentifier
		Data []byte `asn1:"tag:0,explicit"`
	}
	if err := exactly(der, &bag); err != nil {
		return nil, errDamagedPKCS12
	}
	certificate, err := x509.ParseCertificate(bag.Data)
	if err != nil {
		return nil, refuse(ErrFormat, "a certificate in the .p12 file cannot be read: export it again")
	}
	return certificate, nil
}

// isEncryptedKey recognises an encrypted PKCS#8 key, which has the form of the
// key in a .p12 file.
func isEncryptedKey(der []byte) bool {
	_, err := keyCost(der)
	return err == nil
}

func readEncryptedKey(der []byte, password string) (Material, error) {
	if err := spellable(password); err != nil {
		return Material{}, err
	}
	cost, err := keyCost(der)
	if err != nil {
		return Material{}, err
	}
	if err := affordable(cost); err != nil {
		return Material{}, err
	}
	key, err := openKey(der, password)
	if err != nil {
		return Material{}, err
	}
	return Material{Keys: []crypto.Signer{key}}, nil
}
