package issuer

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// CertificateRequest asks for a key and a request to take to Apple.
type CertificateRequest struct {
	Name        string
	CommonName  string // of the request's subject; Apple replaces it
	Email       string
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
			id, err := tx.NewID()
			if err != nil {
				return 0, err
			}
			return id, tx.PutCertificate(store.Certificate{ID: id, Org: a.Org, Name: n.Name, Created: tx.Now,
				SealedKey: i.Master.Seal(sealedName(id), key), Request: request})
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

// CertificateImport is what Apple or a colleague handed over.
type CertificateImport struct {
	Name     string   // empty means the pass type identifier
	Files    [][]byte // any number of the accepted formats
	Password string
}

// maxFiles bounds the files of one import.
const maxFiles = 8

// ImportCertificate takes a certificate in, matches its key among the files and
// the stored requests, finds the intermediate, and test-signs before it keeps
// anything. A renewal must keep identifier and team; old and new stay side by side.
// Files that hold nothing but intermediates are kept for later imports.
func (i *Issuer) ImportCertificate(ctx context.Context, a Actor, n CertificateImport) (store.Certificate, []pkpass.Finding, error) {
	material, err := readMaterial(n)
	if err != nil {
		return store.Certificate{}, nil, err
	}
	known, err := i.known(ctx, a)
	if err != nil {
		return store.Certificate{}, nil, fmt.Errorf("import certificate: %w", err)
	}
	material.Keys = append(material.Keys, known.keys...)
	id, found, err := signer.Assemble(ctx, material, nil, known.intermediates, i.Fetch, i.Now())
	if err != nil {
		return store.Certificate{}, found, &Error{Kind: Invalid, Code: "certificate_refused", Msg: err.Error(), Findings: found, Err: err}
	}
	if blocking := refused(found); blocking != nil {
		return store.Certificate{}, found, blocking
	}
	c, err := i.keepIdentity(ctx, a, n.Name, id)
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
		if err != nil {
			return all, invalid(fmt.Sprintf("/files/%d", k), "certificate_unreadable", "%v", err)
		}
		all.Add(m)
	}
	return all, nil
}

// known is what the organisation has from before.
type known struct {
	keys          []crypto.Signer // of open requests
	intermediates []*x509.Certificate
}

func (i *Issuer) known(ctx context.Context, a Actor) (k known, err error) {
	var all []store.Certificate
	var kept [][]byte
	err = i.db.View(ctx, func(r store.Reader) error {
		if all, _, err = r.Certificates(a.Org, store.Page{}); err != nil {
			return err
		}
		kept, err = intermediates(r, a.Org)
		return err
	})
	for _, c := range all {
		if !c.Ready() && err == nil {
			var key crypto.Signer
			if key, err = i.requestedKey(c); err == nil {
				k.keys = append(k.keys, key)
			}
		}
		kept = append(kept, c.Intermediate)
	}
	for _, der := range kept {
		if cert, err := x509.ParseCertificate(der); err == nil {
			k.intermediates = append(k.intermediates, cert)
		}
	}
	return k, err
}

func (i *Issuer) requestedKey(c store.Certificate) (crypto.Signer, error) {
	der, err := i.Master.Open(sealedName(c.ID), c.SealedKey)
	if err != nil {
		return nil, err
	}
	return signer.ParseKey(der)
}

// keepIdentity stores an identity that was tested, in place of the request that its key
// belongs to, if there is one.
func (i *Issuer) keepIdentity(ctx context.Context, a Actor, name string, id *signer.Identity) (store.Certificate, error) {
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
		if name == "" {
			name = id.PassTypeIdentifier
		}
		c.Name, c.SealedKey = name, i.Master.Seal(sealedName(c.ID), key)
		c.PassTypeIdentifier, c.TeamIdentifier = id.PassTypeIdentifier, id.TeamIdentifier
		c.Leaf, c.Intermediate = id.Leaf.Raw, id.Intermediate.Raw
		c.NotBefore, c.NotAfter, c.NFC, c.Demo = id.NotBefore, id.NotAfter, id.NFC, id.Demo
		return errors.Join(tx.PutCertificate(c), tx.AddEvent(c.ID, "certificate.imported", a.By, nil))
	})
	return c, err
}

func (i *Issuer) checkRenewal(tx store.Tx, a Actor, id *signer.Identity) error {
	if err := tx.ClaimPassType(id.PassTypeIdentifier, a.Org); err != nil {
		return conflict("pass_type_taken", "the pass type identifier %s belongs to another organisation on this server", id.PassTypeIdentifier)
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
		key, err := i.requestedKey(c)
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

// CertificateState is what to show of a certificate.
type CertificateState struct {
	store.Certificate
	State   signer.State // Requested before there is a certificate
	Days    int          // whole days until it expires, negative afterwards
	Warning int          // reminder in force: 60, 30, 14, 7 or 1 days before expiry, 0 after it
	Warn    bool         // whether one is in force
}

// Requested is the state before Apple's answer.
const Requested signer.State = "requested"

// Certificates lists the organisation's certificates with their states.
func (i *Issuer) Certificates(ctx context.Context, a Actor, p store.Page) (out []CertificateState, next store.ID, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		all, n, err := r.Certificates(a.Org, p)
		next = n
		for _, c := range all {
			s, err := i.stateOf(r, c)
			if err != nil {
				return err
			}
			out = append(out, s)
		}
		return err
	})
	return out, next, err
}

// Certificate returns one certificate with its state.
func (i *Issuer) Certificate(ctx context.Context, a Actor, id store.ID) (out CertificateState, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		c, err := r.Certificate(a.Org, id)
		if err != nil {
			return err
		}
		out, err = i.stateOf(r, c)
		return err
	})
	return out, err
}

// stateOf judges a certificate's dates.
func (i *Issuer) stateOf(r store.Reader, c store.Certificate) (CertificateState, error) {
	out := CertificateState{Certificate: c, State: Requested}
	if !c.Ready() {
		return out, nil
	}
	s, err := i.open(r, c.ID)
	if err != nil {
		return out, err
	}
	now := i.Now()
	out.State, out.Days = s.State(now), int(s.NotAfter.Sub(now).Hours()/24)
	out.Warning, out.Warn = s.Warning(now)
	return out, nil
}

// DeleteCertificate removes a certificate with its key, for ever. The one that
// signs for a pass type that campaigns use is kept until another can.
func (i *Issuer) DeleteCertificate(ctx context.Context, a Actor, id store.ID) error {
	err := i.update(ctx, func(tx store.Tx) error {
		c, err := tx.Certificate(a.Org, id)
		if err != nil {
			return err
		}
		if c.Ready() {
			if err := needed(tx.Reader, a.Org, c); err != nil {
				return err
			}
		}
		return tx.DeleteCertificate(id)
	})
	if err != nil {
		return fmt.Errorf("delete certificate: %w", err)
	}
	i.identities.byID.Delete(id)
	return nil
}

func needed(r store.Reader, org store.ID, c store.Certificate) error {
	ids, err := r.CertificateIDsFor(c.PassTypeIdentifier)
	if err != nil || len(ids) > 1 {
		return err
	}
	all, _, err := r.Campaigns(org, store.Page{})
	for _, campaign := range all {
		if campaign.PassTypeIdentifier == c.PassTypeIdentifier {
			return conflict("certificate_in_use", "the campaign %q needs this certificate to update its passes; import its successor first", campaign.Name)
		}
	}
	return err
}

// maxIntermediates bounds the intermediates kept for an organisation.
const maxIntermediates = 16

func intermediatesName(org store.ID) string { return "intermediates/" + org.Short() }

func intermediates(r store.Reader, org store.ID) (ders [][]byte, err error) {
	raw, ok, err := r.Setting(intermediatesName(org))
	if err != nil || !ok {
		return nil, err
	}
	return ders, json.Unmarshal(raw, &ders)
}

// KeepIntermediate stores an intermediate certificate, so that leaves that it
// issued can be imported later without a network.
func (i *Issuer) KeepIntermediate(ctx context.Context, a Actor, file []byte) ([]*x509.Certificate, error) {
	m, err := signer.Read(file, "")
	if err != nil {
		return nil, invalid("/file", "certificate_unreadable", "%v", err)
	}
	for _, c := range m.Certificates {
		if !c.IsCA {
			return nil, invalid("/file", "not_an_intermediate", "%q is no intermediate certificate; download the WWDR intermediate that its issuer names", c.Subject.CommonName)
		}
	}
	return m.Certificates, i.update(ctx, func(tx store.Tx) error {
		kept, err := intermediates(tx.Reader, a.Org)
		if err != nil {
			return err
		}
		for _, c := range m.Certificates {
			kept = append(kept, c.Raw)
		}
		if len(kept) > maxIntermediates {
			return conflict("intermediates_full", "%d intermediates are stored already, which is all that are kept", len(kept)-len(m.Certificates))
		}
		raw, err := json.Marshal(kept)
		if err != nil {
			return err
		}
		return tx.PutSetting(intermediatesName(a.Org), raw)
	})
}

// AdoptIdentity stores an identity that was made elsewhere in this program, as
// the demo authority does.
func (i *Issuer) AdoptIdentity(ctx context.Context, a Actor, name string, id *signer.Identity) (store.Certificate, error) {
	return i.keepIdentity(ctx, a, name, id)
}

// WarnOfExpiry writes an event for each certificate for which a new reminder is due
// since the last call, and returns those.
func (i *Issuer) WarnOfExpiry(ctx context.Context) (warned []CertificateState, err error) {
	err = i.update(ctx, func(tx store.Tx) error {
		warned = nil
		all, _, err := tx.AllCertificates(store.Page{})
		for _, c := range all {
			if err != nil {
				return err
			}
			var s CertificateState
			s, err = i.stateOf(tx.Reader, c)
			if err != nil || !s.Warn || (c.Reminded && s.Warning >= c.Reminder) {
				continue
			}
			c.Reminder, c.Reminded = s.Warning, true
			warned = append(warned, s)
			err = errors.Join(tx.PutCertificate(c), tx.AddEvent(c.ID, "certificate.expiring", "",
				map[string]string{"days": fmt.Sprint(s.Days), "passTypeIdentifier": c.PassTypeIdentifier, "until": c.NotAfter.Format(time.DateOnly)}))
		}
		return err
	})
	for _, s := range warned {
		i.Log.WarnContext(ctx, "certificate expires soon", "passTypeIdentifier", s.PassTypeIdentifier, "days", s.Days)
	}
	return warned, err
}
