package issuer

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// CertificateImport is what Apple or a colleague handed over.
type CertificateImport struct {
	Name     string   // empty means the pass type identifier
	Note     string   // for people
	Files    [][]byte // any number of the accepted formats
	Password string
}

// maxFiles bounds the files of one import.
const maxFiles = 8

// ImportCertificate takes a certificate in, matches its key among the files and
// the stored requests, finds the intermediate, and test-signs before it keeps
// anything. What was requested as a renewal must keep identifier and team, and
// so must a certificate of an identifier that is there; old and new stay side by side.
func (i *Issuer) ImportCertificate(ctx context.Context, a Actor, n CertificateImport) (store.Certificate, []pkpass.Finding, error) {
	material, err := readMaterial(n)
	if err != nil {
		return store.Certificate{}, nil, err
	}
	known, err := i.known(ctx, a, material)
	if err != nil {
		return store.Certificate{}, nil, fmt.Errorf("import certificate: %w", err)
	}
	material.Keys = append(material.Keys, known.keys...)
	id, found, err := signer.Assemble(ctx, material, nil, known.intermediates, i.cfg.Fetch, i.cfg.Now())
	if err != nil {
		return store.Certificate{}, found, &Error{Kind: Invalid, Code: "certificate_refused", Msg: err.Error(), Findings: found, Err: err}
	}
	if bad := pkpass.Blocking(found); len(bad) > 0 {
		return store.Certificate{}, found, &Error{Kind: Invalid, Code: "certificate_refused", Msg: bad[0].Effect + "; " + bad[0].Remedy, Findings: bad}
	}
	c, err := i.keepIdentity(ctx, a, n.Name, n.Note, id)
	if err != nil {
		return store.Certificate{}, found, fmt.Errorf("import certificate: %w", err)
	}
	return c, found, nil
}

func readMaterial(n CertificateImport) (signer.Material, error) {
	var all signer.Material
	if len(n.Files) == 0 || len(n.Files) > maxFiles {
		return all, invalid("/files", "files_missing", "give 1 to %d files: the certificate that Apple returned, with its key if it was not requested here", maxFiles)
	}
	for k, f := range n.Files {
		m, err := signer.Read(f, n.Password)
		if errors.Is(err, signer.ErrPassword) {
			return all, invalid(fmt.Sprintf("/files/%d", k), "certificate_password", "%v", err)
		}
		if err != nil {
			return all, invalid(fmt.Sprintf("/files/%d", k), "certificate_unreadable", "%v", err)
		}
		all.Add(m)
	}
	return all, nil
}

// known is what the organisation has from before.
type known struct {
	keys          []crypto.Signer // of open requests, and of certificates that were handed over again or anew
	intermediates []*x509.Certificate
}

func (i *Issuer) known(ctx context.Context, a Actor, given signer.Material) (k known, err error) {
	var all []store.Certificate
	var kept [][]byte
	err = i.db.View(ctx, func(r store.Reader) error {
		if all, _, err = r.Certificates(a.Org, store.Page{}); err != nil {
			return err
		}
		kept, err = intermediates(r, a.Org)
		return err
	})
	if err != nil {
		return k, err
	}
	for _, c := range all {
		if c.Ready() {
			kept = append(kept, c.Intermediate)
		}
		key, err := i.storedKey(c)
		if err != nil {
			return k, err
		}
		if !c.Ready() || certifies(given, key) {
			k.keys = append(k.keys, key)
		}
	}
	for _, der := range kept {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return k, fmt.Errorf("stored intermediate: %w", err)
		}
		k.intermediates = append(k.intermediates, cert)
	}
	return k, nil
}

// certifies reports whether a certificate among m is for key, as one that Apple made from
// the request of the year before is.
func certifies(m signer.Material, key crypto.Signer) bool {
	return slices.ContainsFunc(m.Certificates, func(c *x509.Certificate) bool {
		public, ok := c.PublicKey.(*rsa.PublicKey)
		return ok && public.Equal(key.Public())
	})
}

func (i *Issuer) storedKey(c store.Certificate) (crypto.Signer, error) {
	der, err := i.cfg.Master.Open(sealedName(c.ID), c.SealedKey)
	if err != nil {
		return nil, err
	}
	return signer.ParseKey(der)
}

// keepIdentity stores an identity that was tested, in place of the request that its key
// belongs to, if there is one.
func (i *Issuer) keepIdentity(ctx context.Context, a Actor, name, note string, id *signer.Identity) (store.Certificate, error) {
	key, err := signer.MarshalKey(id.Key)
	if err != nil {
		return store.Certificate{}, err
	}
	var c store.Certificate
	err = i.update(ctx, func(tx store.Tx) error {
		if err := i.checkRenewal(tx, a, id); err != nil {
			return err
		}
		if c, err = i.requestFor(tx, a, id); err != nil {
			return err
		}
		if err := checkRequested(c, id); err != nil {
			return err
		}
		c.Name, c.SealedKey = cmp.Or(name, c.Name, id.PassTypeIdentifier), i.cfg.Master.Seal(sealedName(c.ID), key)
		c.PassTypeIdentifier, c.TeamIdentifier = id.PassTypeIdentifier, id.TeamIdentifier
		c.Note = cmp.Or(note, c.Note)
		c.Leaf, c.Intermediate = id.Leaf.Raw, id.Intermediate.Raw
		c.NotBefore, c.NotAfter, c.NFC, c.Demo = id.NotBefore, id.NotAfter, id.NFC, id.Demo
		return errors.Join(tx.PutCertificate(c), happenedTo(tx, a, about{org: c.Org, id: c.ID}, eventCertificateImported, nil))
	})
	return c, err
}

func (i *Issuer) checkRenewal(tx store.Tx, a Actor, id *signer.Identity) error {
	err := tx.ClaimPassType(id.PassTypeIdentifier, a.Org)
	if errors.Is(err, store.ErrExists) {
		return conflict("pass_type_taken", "the pass type identifier %s belongs to another organisation on this server", id.PassTypeIdentifier)
	}
	if err != nil {
		return err
	}
	ids, err := tx.CertificateIDsFor(id.PassTypeIdentifier)
	if err != nil {
		return err
	}
	for _, old := range ids {
		s, err := i.open(tx.Reader, old)
		if err != nil {
			return err
		}
		if err := signer.Renews(s.Identity, id); err != nil {
			return conflict("renewal_mismatch", "%v", err)
		}
		if s.Leaf.Equal(id.Leaf) {
			return conflict("certificate_known", "this certificate was imported before; nothing is to be done")
		}
	}
	return nil
}

// requestFor is the open request that holds the identity's key, or a new record.
func (i *Issuer) requestFor(tx store.Tx, a Actor, id *signer.Identity) (store.Certificate, error) {
	all, _, err := tx.Certificates(a.Org, store.Page{})
	if err != nil {
		return store.Certificate{}, err
	}
	for _, c := range all {
		if c.Ready() {
			continue
		}
		key, err := i.storedKey(c)
		if err != nil {
			return store.Certificate{}, err
		}
		if id.Key.PublicKey.Equal(key.Public()) {
			return c, nil
		}
	}
	n, err := tx.NewID()
	return store.Certificate{ID: n, Org: a.Org, Created: tx.Now}, err
}

// AdoptIdentity stores an identity that was made elsewhere in this program, as
// the demo authority does.
func (i *Issuer) AdoptIdentity(ctx context.Context, a Actor, name string, id *signer.Identity) (store.Certificate, error) {
	return i.keepIdentity(ctx, a, name, "", id)
}
