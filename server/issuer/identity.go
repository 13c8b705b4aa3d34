package issuer

import (
	"context"
	"crypto/x509"
	"fmt"
	"sync"

	"pocketpass/signer"
	"pocketpass/store"
)

// signing is an identity with the record it came from.
type signing struct {
	*signer.Identity
	certificate store.ID
}

// identities keeps opened certificates. A complete certificate never changes,
// so one that was opened stays good; which of them signs is looked up each time.
type identities struct {
	byID sync.Map // store.ID to *signing
}

// identity is what signs passes of a type now: of the complete certificates that
// are valid, the one that is valid longest. Unavailable if there is none.
func (i *Issuer) identity(r store.Reader, passTypeIdentifier string) (*signing, error) {
	ids, err := r.CertificateIDsFor(passTypeIdentifier)
	if err != nil {
		return nil, err
	}
	now := i.cfg.Now()
	var best, future *signing
	for _, id := range ids {
		s, err := i.open(r, id)
		if err != nil {
			return nil, err
		}
		switch {
		case now.Before(s.NotBefore):
			future = s
		case !now.After(s.NotAfter) && (best == nil || s.NotAfter.After(best.NotAfter)):
			best = s
		}
	}
	if best != nil {
		return best, nil
	}
	return nil, noIdentity(passTypeIdentifier, len(ids), future)
}

// noIdentity says why none of the n certificates of a pass type signs; future is
// one whose validity has not begun.
func noIdentity(passTypeIdentifier string, n int, future *signing) error {
	switch {
	case n == 0:
		return &Error{Kind: Unavailable, Code: "certificate_missing",
			Msg: "there is no certificate for " + passTypeIdentifier + ": request or import one"}
	case future != nil:
		return &Error{Kind: Unavailable, Code: "certificate_not_yet_valid",
			Msg: "the certificate of " + passTypeIdentifier + " is valid from " + clock(future.NotBefore) + " on: wait, or check this server's clock"}
	}
	return &Error{Kind: Unavailable, Code: "certificate_expired",
		Msg: "the certificate of " + passTypeIdentifier + " has expired: renew it with Apple for the same identifier and import the new one"}
}

// open decrypts and parses a certificate, once.
func (i *Issuer) open(r store.Reader, id store.ID) (*signing, error) {
	if s, ok := i.identities.byID.Load(id); ok {
		return s.(*signing), nil
	}
	c, err := r.AnyCertificate(id)
	if err != nil {
		return nil, err
	}
	opened, err := i.parse(c)
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", id, err)
	}
	s := &signing{opened, id}
	i.identities.byID.Store(id, s)
	return s, nil
}

func (i *Issuer) parse(c store.Certificate) (*signer.Identity, error) {
	der, err := i.cfg.Master.Open(sealedName(c.ID), c.SealedKey)
	if err != nil {
		return nil, err
	}
	key, err := signer.ParseKey(der)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(c.Leaf)
	if err != nil {
		return nil, fmt.Errorf("parse leaf: %w", err)
	}
	intermediate, err := x509.ParseCertificate(c.Intermediate)
	if err != nil {
		return nil, fmt.Errorf("parse intermediate: %w", err)
	}
	id, _, err := signer.Assemble(context.Background(), signer.Material{Certificates: []*x509.Certificate{leaf}}, key,
		[]*x509.Certificate{intermediate}, nil, leaf.NotBefore)
	return id, err
}

func sealedName(id store.ID) string { return "certificate " + id.Short() }
