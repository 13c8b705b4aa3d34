package store

import (
	"errors"
	"fmt"
	"time"

	"pocketpass/store/kv"
)

// Certificate is a Pass Type ID identity, or the request for one. Several may
// hold the same passTypeIdentifier: the old and the new one during a renewal.
type Certificate struct {
	ID                 ID        `json:"id"`
	Org                ID        `json:"org"`
	Name               string    `json:"name"`
	PassTypeIdentifier string    `json:"passType,omitempty"` // empty while only requested, unless it was stated then
	TeamIdentifier     string    `json:"team,omitempty"`
	SealedKey          []byte    `json:"key"`                    // PKCS#8, encrypted under the master key with the id as associated data
	Request            []byte    `json:"request,omitempty"`      // PKCS#10, PEM
	Leaf               []byte    `json:"leaf,omitempty"`         // DER
	Intermediate       []byte    `json:"intermediate,omitempty"` // DER
	NotBefore          time.Time `json:"notBefore,omitzero"`
	NotAfter           time.Time `json:"notAfter,omitzero"`
	NFC                bool      `json:"nfc,omitempty"`
	Demo               bool      `json:"demo,omitempty"`
	Created            time.Time `json:"created"`
	Reminder           int       `json:"reminder,omitempty"` // last reminder given, in days before expiry
	Reminded           bool      `json:"reminded,omitempty"` // whether one was given
	Note               string    `json:"note,omitempty"`     // of whoever brought it, for people
}

// Ready says whether the certificate can sign, apart from its dates.
func (c *Certificate) Ready() bool { return len(c.Leaf) > 0 && len(c.Intermediate) > 0 }

var certificates = table[Certificate]{
	name: "certificate",
	key:  func(c *Certificate) []byte { return c.ID.key() },
	indexes: []index[Certificate]{
		{name: certificateByOrg, keys: func(c *Certificate) [][]byte { return [][]byte{join(c.Org, c.ID)} }},
		{name: certificateByType, keys: func(c *Certificate) [][]byte {
			if !c.Ready() {
				return nil
			}
			return [][]byte{join(c.PassTypeIdentifier, c.ID)}
		}},
	},
}

const (
	certificateByOrg  kv.Table = "certificate_organisation"
	certificateByType kv.Table = "certificate_type"
)

// passType says who owns a passTypeIdentifier on this server.
type passType struct {
	Identifier string `json:"passType"`
	Org        ID     `json:"org"`
	Files      ID     `json:"files,omitempty"` // campaign of the passes of this type that are files
}

var passTypes = table[passType]{
	name: "pass_type",
	key:  func(t *passType) []byte { return join(t.Identifier) },
}

// Certificate returns a certificate of the organisation.
func (r Reader) Certificate(org, id ID) (Certificate, error) {
	c, err := certificates.get(r.kv, id.key())
	return owned(c, err, org, c.Org)
}

// Certificates lists the certificates of the organisation.
func (r Reader) Certificates(org ID, p Page) ([]Certificate, ID, error) {
	return certificates.list(r.kv, certificateByOrg, join(org), p, nil)
}

// AllCertificates lists those of every organisation.
func (r Reader) AllCertificates(p Page) ([]Certificate, ID, error) {
	return certificates.list(r.kv, certificates.name, nil, p, nil)
}

// CertificatesFor lists the complete certificates of a pass type, oldest first.
func (r Reader) CertificatesFor(passTypeIdentifier string) ([]Certificate, error) {
	all, _, err := certificates.list(r.kv, certificateByType, join(passTypeIdentifier), Page{}, nil)
	return all, err
}

// CertificateIDsFor lists only the ids, without reading the records.
func (r Reader) CertificateIDsFor(passTypeIdentifier string) (ids []ID, err error) {
	prefix := join(passTypeIdentifier)
	err = r.kv.Scan(certificateByType, kv.Range{From: prefix, To: successor(prefix)}, func(_, primary []byte) error {
		id, err := idFromKey(primary)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// AnyCertificate returns a certificate of any organisation, for signing.
func (r Reader) AnyCertificate(id ID) (Certificate, error) { return certificates.get(r.kv, id.key()) }

// PassTypeOwner returns the organisation that a pass type belongs to: the first
// one that brought a certificate, or a pass as a file, for it.
func (r Reader) PassTypeOwner(passTypeIdentifier string) (ID, error) {
	t, err := passTypes.get(r.kv, join(passTypeIdentifier))
	return t.Org, err
}

// ClaimPassType makes org the owner of a pass type that has none.
// A pass type of another organisation is ErrExists.
func (tx Tx) ClaimPassType(passTypeIdentifier string, org ID) error {
	owner, err := tx.PassTypeOwner(passTypeIdentifier)
	switch {
	case errors.Is(err, ErrNotFound):
		return passTypes.put(tx.kv, &passType{Identifier: passTypeIdentifier, Org: org})
	case err == nil && owner != org:
		return fmt.Errorf("pass type: %w", ErrExists)
	}
	return err
}

// FilesCampaign is the campaign of the passes of a type that are files, 0 if there is
// none yet.
func (r Reader) FilesCampaign(passTypeIdentifier string) (ID, error) {
	t, err := passTypes.get(r.kv, join(passTypeIdentifier))
	return t.Files, err
}

// SetFilesCampaign keeps it, for a pass type that has an owner.
func (tx Tx) SetFilesCampaign(passTypeIdentifier string, campaign ID) error {
	t, err := passTypes.get(tx.kv, join(passTypeIdentifier))
	if err != nil {
		return err
	}
	t.Files = campaign
	return passTypes.put(tx.kv, &t)
}

// PutCertificate writes c.
func (tx Tx) PutCertificate(c Certificate) error { return certificates.put(tx.kv, &c) }

// DeleteCertificate removes a certificate; its key is gone with it.
func (tx Tx) DeleteCertificate(id ID) error { return certificates.remove(tx.kv, id.key()) }
