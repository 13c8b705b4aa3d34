package signer

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"pocketpass/signer/pkpass"
)

// reservedPrefix begins the pass types that iOS 27 gives to passes made on the
// device. They can have neither a web service nor pushes.
const reservedPrefix = "userpass.com.apple.wallet."

// Assemble makes an identity of what was handed in: it picks the pass
// certificate, matches the key, finds the intermediate, and signs and verifies
// a test message at once.
//
// The key is looked for in key (the one stored with the request, may be nil)
// and in m; the intermediate in m, in intermediates, and with fetch (may be nil)
// at the address that the certificate names. Of several pass certificates with
// keys the one that lasts longest is taken.
//
// An error means that there is no identity and says what to do: ErrKind,
// ErrReserved, ErrKey, ErrIntermediate. The findings (checks 19, 23, 24, 27 and
// 29) come with an identity: an expired one can be looked at but signs nothing.
func Assemble(ctx context.Context, m Material, key crypto.Signer, intermediates []*x509.Certificate, fetch Fetch, now time.Time) (*Identity, []pkpass.Finding, error) {
	if key != nil {
		m.Keys = append([]crypto.Signer{key}, m.Keys...)
	}
	leaf, private, err := m.pair()
	if err != nil {
		return nil, nil, err
	}
	if strings.HasPrefix(userID(leaf), reservedPrefix) {
		return nil, nil, refuse(ErrReserved, "the pass type identifier %s is reserved for passes made on a device: make one that begins with pass. at Apple's portal", userID(leaf))
	}
	candidates := slices.Concat(m.Certificates, intermediates)
	intermediate, err := findIntermediate(ctx, leaf, candidates, fetch)
	if err != nil {
		return nil, nil, err
	}
	id, err := newIdentity(private, leaf, intermediate)
	if err != nil {
		return nil, nil, err
	}
	return id, id.inspect(now), nil
}

// pair picks the pass certificate and its key.
func (m Material) pair() (*x509.Certificate, *rsa.PrivateKey, error) {
	leaves := m.leaves()
	if len(leaves) == 0 {
		return nil, nil, m.refuseKinds()
	}
	for _, leaf := range leaves {
		if key := m.keyOf(leaf); key != nil {
			private, err := usable(key)
			return leaf, private, err
		}
	}
	if len(m.Keys) == 0 {
		return nil, nil, refuse(ErrKey, "there is no private key for the certificate of %s: give the .p12 that holds both, or the key that its request was made with", userID(leaves[0]))
	}
	return nil, nil, refuse(ErrKey, "the private key does not belong to the certificate of %s: it was made from another request; give the key of that one, or make a new certificate from the present request", userID(leaves[0]))
}

// leaves are the pass certificates, the longest lasting first.
func (m Material) leaves() []*x509.Certificate {
	leaves := slices.DeleteFunc(slices.Clone(m.Certificates), func(c *x509.Certificate) bool {
		return !isPassCertificate(c)
	})
	slices.SortStableFunc(leaves, func(a, b *x509.Certificate) int { return b.NotAfter.Compare(a.NotAfter) })
	return leaves
}

func (m Material) refuseKinds() error {
	if len(m.Certificates) == 0 {
		return refuse(ErrKind, "this is a private key alone: give the certificate (.cer) that Apple's portal made for it too")
	}
	var kinds []string
	for _, c := range m.Certificates {
		kinds = append(kinds, fmt.Sprintf("%q is %s", c.Subject.CommonName, kindOf(c)))
	}
	slices.Sort(kinds)
	return refuse(ErrKind, "%s: passes need a Pass Type ID certificate; make one at Apple's portal under Certificates", strings.Join(slices.Compact(kinds), ", "))
}

func (m Material) keyOf(leaf *x509.Certificate) crypto.Signer {
	for _, key := range m.Keys {
		public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
		if ok && public.Equal(leaf.PublicKey) {
			return key
		}
	}
	return nil
}

// usable is the key as RSA: Apple's portal issues nothing else for passes.
func usable(key crypto.Signer) (*rsa.PrivateKey, error) {
	private, ok := key.(*rsa.PrivateKey)
	if !ok || private.N.BitLen() < minKeyBits || private.N.BitLen() > maxKeyBits {
		return nil, refuse(ErrKey, "the private key is not RSA of %d to %d bits: make a new request here and a certificate from it", minKeyBits, maxKeyBits)
	}
	return private, nil
}

// newIdentity prepares signing and proves it with a test message, at a moment
// when the certificates are valid.
func newIdentity(key *rsa.PrivateKey, leaf, intermediate *x509.Certificate) (*Identity, error) {
	key.Precompute()
	id := &Identity{
		Subject:      subjectOf(leaf),
		Key:          key,
		Leaf:         leaf,
		Intermediate: intermediate,
		NotBefore:    slices.MaxFunc([]time.Time{leaf.NotBefore, intermediate.NotBefore}, time.Time.Compare),
		NotAfter:     slices.MinFunc([]time.Time{leaf.NotAfter, intermediate.NotAfter}, time.Time.Compare),
	}
	if id.NotAfter.Before(id.NotBefore) {
		return nil, refuse(ErrIntermediate, "the certificate and its intermediate %s are never valid at the same time: make a new certificate at Apple's portal", nameOf(intermediate))
	}
	if id.NotAfter.Year() > lastYear {
		return nil, refuse(ErrValidity, "the certificate runs beyond the year %d, which a signature cannot express: make one that ends before", lastYear)
	}
	var err error
	if id.envelope, err = newEnvelope(key, leaf, intermediate); err != nil {
		return nil, err
	}
	return id, id.prove()
}

func (id *Identity) prove() error {
	message := []byte("{}")
	signature, err := id.Sign(message, id.NotBefore)
	if err != nil {
		return fmt.Errorf("test signature: %w", err)
	}
	_, found, err := Verify(signature, message)
	if err != nil {
		return fmt.Errorf("test signature: %w", err)
	}
	for _, f := range pkpass.Blocking(found) {
		if f.Check == checkDigest || f.Check == checkAttributes {
			return fmt.Errorf("test signature: %s", f.Effect)
		}
	}
	return nil
}
