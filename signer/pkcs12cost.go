package signer

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
)

// maxIterations is what all key derivations of one file may cost together.
// Keychain and OpenSSL write a few thousand; a million take less than a second.
const maxIterations = 1_000_000

const maxBags = 64 // keys and certificates in the clear part of a file

var (
	oidData           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidEncryptedData  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}
	oidPBES2          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBMAC1         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 14}
	oidKeyBag         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	oidShroudedKeyBag = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	oidCertBag        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 3}
)

var errDamagedPKCS12 = refuse(ErrFormat, "the .p12 file is damaged or in BER encoding: export it again")

// pfxParts are the parts of a .p12 file that can be opened one by one.
type pfxParts struct {
	encrypted [][]byte  // whole ContentInfo structures, to be decrypted
	bags      []safeBag // what stands in the clear; a key in it may be encrypted by itself
	cost      *big.Int  // iterations, all key derivations together
}

// The structures of RFC 7292, as far as they are needed to find the counts.
type (
	pfx struct {
		Version  int
		AuthSafe safeContent
		MAC      pfxMAC `asn1:"optional"`
	}
	safeContent struct {
		Raw     asn1.RawContent
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"tag:0,explicit,optional"`
	}
	pfxMAC struct {
		Digest struct {
			Algorithm pkix.AlgorithmIdentifier
			Digest    []byte
		}
		Salt       []byte
		Iterations *big.Int `asn1:"optional"`
	}
	encryptedData struct {
		Version int
		Info    struct {
			Type      asn1.ObjectIdentifier
			Algorithm pkix.AlgorithmIdentifier
			Content   []byte `asn1:"tag:0,optional"`
		}
	}
	safeBag struct {
		ID         asn1.ObjectIdentifier
		Value      asn1.RawValue `asn1:"tag:0,explicit"`
		Attributes asn1.RawValue `asn1:"optional"`
	}
	encryptedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
)

// dissect walks a .p12 file without deriving a key, and refuses one that would
// cost too much (ErrIterations).
func dissect(der []byte) (pfxParts, error) {
	parts := pfxParts{cost: new(big.Int)}
	var file pfx
	if err := exactly(der, &file); err != nil {
		return parts, errDamagedPKCS12
	}
	if err := parts.addMAC(file.MAC); err != nil {
		return parts, err
	}
	var safe []byte
	var contents []safeContent
	if exactly(file.AuthSafe.Content.Bytes, &safe) != nil || exactly(safe, &contents) != nil {
		return parts, errDamagedPKCS12
	}
	for _, c := range contents {
		if err := parts.addContent(c); err != nil {
			return parts, err
		}
	}
	return parts, affordable(parts.cost)
}

func (p *pfxParts) addMAC(mac pfxMAC) error {
	n := mac.Iterations
	if n == nil {
		n = big.NewInt(1)
	}
	p.cost.Add(p.cost, n)
	if mac.Digest.Algorithm.Algorithm.Equal(oidPBMAC1) {
		return p.addAlgorithm(mac.Digest.Algorithm)
	}
	return positive(n)
}

func (p *pfxParts) addContent(c safeContent) error {
	switch {
	case c.Type.Equal(oidEncryptedData):
		var data encryptedData
		if exactly(c.Content.Bytes, &data) != nil {
			return errDamagedPKCS12
		}
		p.encrypted = append(p.encrypted, c.Raw)
		return p.addAlgorithm(data.Info.Algorithm)
	case c.Type.Equal(oidData):
		var safe []byte
		var bags []safeBag
		if exactly(c.Content.Bytes, &safe) != nil || exactly(safe, &bags) != nil {
			return errDamagedPKCS12
		}
		return p.addBags(bags)
	}
	return refuse(ErrFormat, "the .p12 file is protected by a public key instead of a password: export it again with a password")
}

func (p *pfxParts) addBags(bags []safeBag) error {
	p.bags = append(p.bags, bags...)
	if len(p.bags) > maxBags {
		return refuse(ErrSize, "the .p12 file holds more than %d entries: export only the pass certificate with its key", maxBags)
	}
	for _, bag := range bags {
		if !bag.ID.Equal(oidShroudedKeyBag) {
			continue
		}
		cost, err := keyCost(bag.Value.Bytes)
		if err != nil {
			return err
		}
		p.cost.Add(p.cost, cost)
	}
	return nil
}

func (p *pfxParts) addAlgorithm(a pkix.AlgorithmIdentifier) error {
	n, err := iterations(a)
	if err != nil {
		return err
	}
	p.cost.Add(p.cost, n)
	return nil
}

// keyCost is the number of iterations that opening an encrypted key takes.
func keyCost(der []byte) (*big.Int, error) {
	var key encryptedKey
	if err := exactly(der, &key); err != nil {
		return nil, errDamagedPKCS12
	}
	if len(key.Data) > maxKeySize {
		return nil, refuse(ErrSize, "the private key in the file has %d bytes, the largest one accepted has %d: use an RSA 2048 key", len(key.Data), maxKeySize)
	}
	return iterations(key.Algorithm)
}

// iterations reads the count out of the parameters of PBES2, PBMAC1 or one of
// the older schemes. Both new ones begin with a key derivation function, whose
// parameters begin like those of the old ones: salt, count.
func iterations(a pkix.AlgorithmIdentifier) (*big.Int, error) {
	parameters := a.Parameters.FullBytes
	if a.Algorithm.Equal(oidPBES2) || a.Algorithm.Equal(oidPBMAC1) {
		var scheme struct{ Derivation, Cipher pkix.AlgorithmIdentifier }
		if exactly(parameters, &scheme) != nil {
			return nil, errDamagedPKCS12
		}
		parameters = scheme.Derivation.Parameters.FullBytes
	}
	var derivation struct {
		Salt       asn1.RawValue
		Iterations *big.Int
		KeyLength  *big.Int                 `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	if exactly(parameters, &derivation) != nil {
		return nil, errDamagedPKCS12
	}
	return derivation.Iterations, positive(derivation.Iterations)
}

func positive(n *big.Int) error {
	if n.Sign() < 1 {
		return errDamagedPKCS12
	}
	return nil
}

func affordable(cost *big.Int) error {
	if cost.Cmp(big.NewInt(maxIterations)) <= 0 {
		return nil
	}
	return refuse(ErrIterations, "the file asks for more password iterations than the %d that are accepted: export it again with the program's defaults", maxIterations)
}

// exactly decodes the whole of der into v.
func exactly(der []byte, v any) error {
	rest, err := asn1.Unmarshal(der, v)
	if err == nil && len(rest) > 0 {
		err = errors.New("trailing bytes")
	}
	return err
}
