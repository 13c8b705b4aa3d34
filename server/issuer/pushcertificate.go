package issuer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"pocketpass/signer"
	"pocketpass/store"
)

// PushKey is a certificate with its key that passes of a type are to be announced with,
// and nothing else: it signs nothing.
type PushKey struct {
	PassTypeIdentifier string
	Data               []byte // PKCS#12 of any age, or PEM
	Password           string
}

// KeepPushCertificate announces the passes of a type with another certificate from now
// on, in place of the one before. No device is told. It is Apple's to say whether the
// certificate is good; here it only has to be valid, and not for another pass type.
//
// Invalid with the codes certificate_unreadable, certificate_mismatch and
// certificate_expired is a certificate that will not do, Conflict with pass_type_taken
// one for another organisation's pass type.
func (i *Issuer) KeepPushCertificate(ctx context.Context, a Actor, n PushKey) (c store.PushCertificate, err error) {
	id, err := i.readPushKey(n)
	if err != nil {
		return c, fmt.Errorf("keep push certificate: %w", err)
	}
	key, err := signer.MarshalKey(id.Key)
	if err != nil {
		return c, fmt.Errorf("keep push certificate: %w", err)
	}
	err = i.update(ctx, func(tx store.Tx) error {
		if err := claim(tx, a, n.PassTypeIdentifier); err != nil {
			return err
		}
		c = store.PushCertificate{PassTypeIdentifier: n.PassTypeIdentifier, Org: a.Org, Leaf: id.Leaf.Raw,
			NotBefore: id.Leaf.NotBefore, NotAfter: id.Leaf.NotAfter, Created: tx.Now}
		for _, one := range id.Chain {
			c.Chain = append(c.Chain, one.Raw)
		}
		if c.ID, err = tx.NewID(); err != nil {
			return err
		}
		c.SealedKey = i.cfg.Master.Seal(pushKeyName(c.ID), key)
		return errors.Join(tx.PutPushCertificate(c), happenedTo(tx, a, about{org: a.Org, id: c.ID}, eventCertificateImported, map[string]string{"for": "pushes"}))
	})
	if err != nil {
		return store.PushCertificate{}, fmt.Errorf("keep push certificate: %w", err)
	}
	return c, nil
}

func (i *Issuer) readPushKey(n PushKey) (id signer.PushIdentity, err error) {
	if !goodPassType.MatchString(n.PassTypeIdentifier) {
		return id, invalid("/passTypeIdentifier", "pass_type", "a pass type identifier has 1 to 255 characters of A-Z a-z 0-9 . -")
	}
	material, err := signer.Read(n.Data, n.Password)
	if err == nil {
		id, err = material.PushIdentity()
	}
	now := i.cfg.Now()
	switch {
	case err != nil:
		return id, invalid("/file", "certificate_unreadable", "%v", err)
	case id.PassTypeIdentifier != "" && id.PassTypeIdentifier != n.PassTypeIdentifier:
		return id, invalid("/file", "certificate_mismatch", "the certificate is for %s", id.PassTypeIdentifier)
	case now.Before(id.Leaf.NotBefore) || now.After(id.Leaf.NotAfter):
		return id, invalid("/file", "certificate_expired", "the certificate is valid from %s to %s", written(id.Leaf.NotBefore), written(id.Leaf.NotAfter))
	}
	return id, nil
}

// PushCertificate returns the one that passes of a type of the organisation are
// announced with.
func (i *Issuer) PushCertificate(ctx context.Context, a Actor, passType string) (c store.PushCertificate, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		c, err = pushCertificate(r, a, passType)
		return err
	})
	return c, err
}

func pushCertificate(r store.Reader, a Actor, passType string) (store.PushCertificate, error) {
	c, err := r.PushCertificate(passType)
	if err == nil && c.Org != a.Org {
		return store.PushCertificate{}, store.ErrNotFound
	}
	return c, err
}

// DeletePushCertificate removes it with its key, for ever. Passes of the type are then
// announced with the certificate that signs for it, if there is one.
func (i *Issuer) DeletePushCertificate(ctx context.Context, a Actor, passType string) error {
	err := i.update(ctx, func(tx store.Tx) error {
		c, err := pushCertificate(tx.Reader, a, passType)
		if err != nil {
			return err
		}
		return errors.Join(tx.DeletePushCertificate(passType), happenedTo(tx, a, about{org: a.Org, id: c.ID}, eventCertificateDeleted, map[string]string{"for": "pushes"}))
	})
	if err != nil {
		return fmt.Errorf("delete push certificate: %w", err)
	}
	return nil
}

// announcer is what passes of a type are announced with: the certificate that was
// handed over for it while it is valid, or the one that signs.
type announcer struct {
	certificate store.ID
	open        func() (tls.Certificate, error)
}

func (i *Issuer) announcer(r store.Reader, passType string) (announcer, error) {
	c, err := r.PushCertificate(passType)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return announcer{}, err
	}
	if now := i.cfg.Now(); err == nil && !now.Before(c.NotBefore) && !now.After(c.NotAfter) {
		return announcer{c.ID, func() (tls.Certificate, error) { return i.openPushKey(c) }}, nil
	}
	id, err := i.identity(r, passType)
	if err != nil {
		return announcer{}, err
	}
	return announcer{id.certificate, func() (tls.Certificate, error) { return id.TLS(), nil }}, nil
}

func (i *Issuer) openPushKey(c store.PushCertificate) (tls.Certificate, error) {
	der, err := i.cfg.Master.Open(pushKeyName(c.ID), c.SealedKey)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("push certificate of %s: %w", c.PassTypeIdentifier, err)
	}
	key, err := signer.ParseKey(der)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("push certificate of %s: %w", c.PassTypeIdentifier, err)
	}
	leaf, err := x509.ParseCertificate(c.Leaf)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("push certificate of %s: %w", c.PassTypeIdentifier, err)
	}
	return tls.Certificate{Certificate: append([][]byte{c.Leaf}, c.Chain...), PrivateKey: key, Leaf: leaf}, nil
}

// pushKeyName binds a sealed key to its record.
func pushKeyName(id store.ID) string { return "push certificate " + id.Short() }
