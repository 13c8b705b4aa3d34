package store

import (
	"time"

	"pocketpass/store/kv"
)

// Consent is what somebody agreed to when they asked for a pass.
type Consent struct {
	ID      ID
	Org     ID
	Pass    ID
	Link    ID
	Text    string // blob: the words
	Version string // as the owner named it
	From    string // network that the visitor came from
	Given   time.Time
}

func (c *Consent) fields(f *fields) {
	number(f, &c.ID)
	number(f, &c.Org)
	number(f, &c.Pass)
	number(f, &c.Link)
	text(f, &c.Text)
	text(f, &c.Version)
	text(f, &c.From)
	f.time(&c.Given)
}

var consents = table[Consent]{
	name:   "consent",
	fields: (*Consent).fields,
	key:    func(c *Consent) []byte { return c.ID.key() },
	indexes: []index[Consent]{
		{name: consentByPass, bare: true, keys: func(c *Consent) [][]byte { return [][]byte{join(c.Pass, c.ID)} }},
	},
}

const consentByPass kv.Table = "consent_pass"

// Consents lists what was agreed to for a pass.
func (r Reader) Consents(pass ID, p Page) ([]Consent, ID, error) {
	return consents.list(r.kv, consentByPass, join(pass), p, nil)
}

// PutConsent writes c.
func (tx Tx) PutConsent(c Consent) error { return consents.put(tx.kv, &c) }

// DeleteConsents forgets what was agreed to for a pass.
func (tx Tx) DeleteConsents(pass ID) error {
	all, _, err := tx.Consents(pass, Page{})
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := consents.remove(tx.kv, c.ID.key()); err != nil {
			return err
		}
	}
	return nil
}
