package store

import (
	"encoding/json"
	"time"

	"pocketpass/store/kv"
)

// Pass is one issued card.
type Pass struct {
	ID                 ID     `json:"id"`
	Org                ID     `json:"org"`
	Campaign           ID     `json:"campaign"`
	Template           ID     `json:"template"`
	Pinned             int    `json:"pinned,omitempty"` // template revision it stays at; 0 follows the published one
	PassTypeIdentifier string `json:"passType"`
	SerialNumber       string `json:"serial"`
	PublicID           string `json:"public"`             // in links; cannot be guessed
	Token              string `json:"token,omitempty"`    // authentication token, when it is not the derived one
	ExternalID         string `json:"external,omitempty"` // given by the client, unique in the organisation

	// Values are field values by field key, each a JSON string or number.
	Values map[string]json.RawMessage `json:"values,omitempty"`
	// Patch holds the keys of pass.json that this pass has for itself.
	Patch json.RawMessage `json:"patch,omitempty"`
	// Images are the pass's own images: kind to asset.
	Images map[string]ID `json:"images,omitempty"`
	Tags   []string      `json:"tags,omitempty"`
	// Person is what the holder gave through a personalisation form.
	Person       map[string]string `json:"person,omitempty"`
	Personalized time.Time         `json:"personalized,omitzero"`

	Voided  time.Time `json:"voided,omitzero"`
	Deleted time.Time `json:"deleted,omitzero"` // withdrawn: hidden from everyone but phones, which see it voided

	Version Version   `json:"version"`
	Edited  int       `json:"edited,omitempty"` // counts the changes, for If-Match
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

var passes = table[Pass]{
	name: "pass",
	key:  func(p *Pass) []byte { return p.ID.key() },
	indexes: []index[Pass]{
		{name: passBySerial, unique: true, keys: func(p *Pass) [][]byte {
			return [][]byte{join(p.PassTypeIdentifier, p.SerialNumber)}
		}},
		{name: passByPublicID, unique: true, keys: func(p *Pass) [][]byte { return visible(p, p.PublicID) }},
		{name: passByExternalID, unique: true, keys: func(p *Pass) [][]byte {
			if p.ExternalID == "" {
				return nil
			}
			return visible(p, p.Org, p.ExternalID)
		}},
		{name: passByCampaign, keys: func(p *Pass) [][]byte { return visible(p, p.Campaign, p.ID) }},
		{name: passByTemplate, keys: func(p *Pass) [][]byte { return visible(p, p.Template, p.ID) }},
		{name: passByTag, keys: tagKeys},
	},
}

const (
	passBySerial     kv.Table = "pass_serial"
	passByPublicID   kv.Table = "pass_public"
	passByExternalID kv.Table = "pass_external"
	passByCampaign   kv.Table = "pass_campaign"
	passByTemplate   kv.Table = "pass_template"
	passByTag        kv.Table = "pass_tag"
)

// visible is an index key that a deleted pass does not have.
func visible(p *Pass, parts ...any) [][]byte {
	if !p.Deleted.IsZero() {
		return nil
	}
	return [][]byte{join(parts...)}
}

func tagKeys(p *Pass) [][]byte {
	var out [][]byte
	for _, t := range p.Tags {
		out = append(out, visible(p, p.Org, t, p.ID)...)
	}
	return out
}

// Pass returns a pass of the organisation that was not deleted.
func (r Reader) Pass(org, id ID) (Pass, error) {
	p, err := passes.get(r.kv, id.key())
	return present(owned(p, err, org, p.Org))
}

// AnyPass returns a pass of any organisation, also a deleted one: what a
// registration refers to.
func (r Reader) AnyPass(id ID) (Pass, error) { return passes.get(r.kv, id.key()) }

// PassBySerial finds a pass by what identifies it to a phone, also a deleted one.
func (r Reader) PassBySerial(passTypeIdentifier, serialNumber string) (Pass, error) {
	return passes.find(r.kv, passBySerial, join(passTypeIdentifier, serialNumber))
}

// PassByPublicID finds a pass by the random id of its public page.
func (r Reader) PassByPublicID(public string) (Pass, error) {
	return passes.find(r.kv, passByPublicID, join(public))
}

// PassByExternalID finds a pass by the id that a client gave it.
func (r Reader) PassByExternalID(org ID, external string) (Pass, error) {
	return passes.find(r.kv, passByExternalID, join(org, external))
}

func present(p Pass, err error) (Pass, error) {
	if err == nil && !p.Deleted.IsZero() {
		return Pass{}, ErrNotFound
	}
	return p, err
}

// PassFilter narrows a list of passes. Campaign, Template and Tag have an index;
// without any of them all passes are walked, of which a page looks at a bounded number.
type PassFilter struct {
	Org      ID
	Campaign ID
	Template ID
	Tag      string
	Voided   *bool
}

// Passes lists passes of the organisation. The caller has made sure that the
// campaign and the template belong to it.
func (r Reader) Passes(f PassFilter, p Page) ([]Pass, ID, error) {
	ix, prefix := passes.name, []byte(nil)
	switch {
	case f.Tag != "":
		ix, prefix = passByTag, join(f.Org, f.Tag)
	case f.Template != 0:
		ix, prefix = passByTemplate, join(f.Template)
	case f.Campaign != 0:
		ix, prefix = passByCampaign, join(f.Campaign)
	}
	return passes.list(r.kv, ix, prefix, p, f.matches)
}

func (f PassFilter) matches(p *Pass) bool {
	return p.Org == f.Org && p.Deleted.IsZero() &&
		(f.Campaign == 0 || p.Campaign == f.Campaign) &&
		(f.Template == 0 || p.Template == f.Template) &&
		(f.Voided == nil || *f.Voided == !p.Voided.IsZero())
}

// PutPass writes p. A serial number, public id or external id that another pass
// holds is ErrExists.
func (tx Tx) PutPass(p Pass) error { return passes.put(tx.kv, &p) }

// EffectiveVersion is the latest version of what a phone sees of p: the pass
// itself, its template in force unless it is pinned, its campaign.
func (r Reader) EffectiveVersion(p Pass) (Version, error) {
	c, err := r.memo.campaigns.get(r.kv, p.Campaign.key())
	if err != nil {
		return Version{}, err
	}
	v := p.Version.Later(c.Version)
	if p.Pinned > 0 {
		return v, nil
	}
	t, err := r.memo.templates.get(r.kv, p.Template.key())
	if err != nil {
		return Version{}, err
	}
	return v.Later(t.Version), nil
}
