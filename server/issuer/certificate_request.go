package issuer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"pocketpass/signer"
	"pocketpass/store"
)

// CertificateRequest asks for a key and a request to take to Apple.
type CertificateRequest struct {
	Name        string
	CommonName  string // of the request's subject; Apple replaces it
	Email       string
	Renews      store.ID // certificate whose identifier and team the new one must have; 0 means none
	Idempotency Idempotency
}

// RequestCertificate makes a private key and a signing request and keeps both
// until the certificate comes back, however long that takes.
func (i *Issuer) RequestCertificate(ctx context.Context, a Actor, n CertificateRequest) (store.Certificate, error) {
	if err := errors.Join(checkName("/name", n.Name), checkSubject(n)); err != nil {
		return store.Certificate{}, err
	}
	key, request, err := newRequest(n)
	if err != nil {
		return store.Certificate{}, fmt.Errorf("request certificate: %w", err)
	}
	var c store.Certificate
	err = i.update(ctx, func(tx store.Tx) error {
		id, _, err := i.once(tx, a, n.Idempotency, func() (store.ID, error) {
			return i.putRequest(tx, a, n, key, request)
		})
		if err == nil {
			c, err = tx.Certificate(a.Org, id)
		}
		return err
	})
	if err != nil {
		return store.Certificate{}, fmt.Errorf("request certificate: %w", err)
	}
	return c, nil
}

func (i *Issuer) putRequest(tx store.Tx, a Actor, n CertificateRequest, key, request []byte) (store.ID, error) {
	old, err := renewed(tx.Reader, a, n.Renews)
	if err != nil {
		return 0, err
	}
	id, err := tx.NewID()
	if err != nil {
		return 0, err
	}
	return id, tx.PutCertificate(store.Certificate{ID: id, Org: a.Org, Name: n.Name, Created: tx.Now,
		PassTypeIdentifier: old.PassTypeIdentifier, TeamIdentifier: old.TeamIdentifier,
		SealedKey: i.cfg.Master.Seal(sealedName(id), key), Request: request})
}

// renewed is the certificate to be renewed, or none for 0.
func renewed(r store.Reader, a Actor, id store.ID) (store.Certificate, error) {
	if id == 0 {
		return store.Certificate{}, nil
	}
	c, err := r.Certificate(a.Org, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !c.Ready() {
		return c, invalid("/renews", "unknown_certificate", "there is no certificate %s to renew; the list of certificates has their ids, and one that is only requested cannot be renewed", id.Short())
	}
	return c, err
}

// checkRequested refuses a certificate of another identifier or team than the one
// that its request was to renew.
func checkRequested(c store.Certificate, id *signer.Identity) error {
	if c.PassTypeIdentifier == "" {
		return nil
	}
	old := &signer.Identity{Subject: signer.Subject{PassTypeIdentifier: c.PassTypeIdentifier, TeamIdentifier: c.TeamIdentifier, Demo: id.Demo}}
	if err := signer.Renews(old, id); err != nil {
		return conflict("renewal_mismatch", "%v", err)
	}
	return nil
}

// Longest parts of a subject: X.520's for a common name, RFC 5321's for an address.
const (
	maxCommonName = 64
	maxEmail      = 254
)

func checkSubject(n CertificateRequest) error {
	if utf8.RuneCountInString(n.CommonName) > maxCommonName || !printable(n.CommonName) {
		return invalid("/commonName", "common_name", "a common name has up to %d characters and no control characters", maxCommonName)
	}
	if len(n.Email) > maxEmail || !printable(n.Email) || strings.ContainsFunc(n.Email, func(r rune) bool { return r > '~' }) {
		return invalid("/email", "email", "an e-mail address in a request has up to %d characters, all of them ASCII", maxEmail)
	}
	return nil
}

func newRequest(n CertificateRequest) (key, request []byte, err error) {
	private, err := signer.NewKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if request, err = signer.Request(private, n.CommonName, n.Email); err != nil {
		return nil, nil, invalid("/commonName", "request_subject", "%v", err)
	}
	key, err = signer.MarshalKey(private)
	return key, request, err
}
