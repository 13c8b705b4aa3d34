package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"pocketpass/store/kv"
)

// Pass is one issued card.
type Pass struct {
	ID                 ID
	Org                ID
	Campaign           ID
	Template           ID
	Pinned             int // template revision it stays at; 0 follows the published one
	PassTypeIdentifier string
	SerialNumber       string
	PublicID           string // in links; cannot be guessed
	SealedToken        string // authentication token, when it is not the derived one, encrypted under the master key
	ExternalID         string // given by the client, unique in the organisation

	// Values are field values by field key, each a JSON string, number or boolean.
	Values map[string]json.RawMessage
	// Patch holds the keys of pass.json that this pass has for itself.
	Patch json.RawMessage
	// Images are the pass's own images: kind to asset.
	Images map[string]ID
	Tags   []string
	// Person is what the holder gave through a personalisation form.
	Person       map[string]string
	Personalized time.Time

	Voided  time.Time
	Deleted time.Time // withdrawn: hidden from everyone but phones, which see it voided

	Version Version
	Edited  int // counts the changes, for If-Match
	Created time.Time
	Updated time.Time

	Code    string            // what tills type and scanners read, if its campaign numbers its passes; unique in the campaign
	Scans   []string          // other texts of its own that its barcodes hold
	Holder  ID                // person that it was issued to, 0 if nobody is known
	Link    ID                // enrolment link that it came through
	Origin  string            // "", or how it came to be other than by an order: "form", "import", "takeover" …
	Meta    map[string]string // of the client, never shown
	Expires time.Time         // given with the order or by the campaign's rule
	Invalid time.Time         // since when it is good for nothing, for ever
	Message string            // last text that was sent to its holder
	Near    Point             // where its holder is at home, to choose the nearest places
	Account Account
	Devices Installations
	Spent   time.Time // used up by redemptions, void or not
	Sent    ID        // job that Message came with, 0 if it came alone
	Placed  bool      // the locations of Patch are all that it has: none of its template, none of its campaign
	File    string    // hex SHA-256 of the file that it was handed over as and is served as; empty means that it is sealed here
	Retired []string  // hex SHA-256 of earlier authentication tokens that devices may still come with, oldest first
}

// Account is what the ledger of a pass comes to. The ledger is the truth.
type Account struct {
	Entries uint64    // in the ledger; the number of the last one
	Hash    string    // of the last one
	Balance int64     // stamps, points or minor units of money now
	Total   int64     // of everything ever put on it
	Uses    int64     // redemptions that stand
	Rewards int64     // rewards that were handed out
	Inside  bool      // checked in and not out
	Last    time.Time // last redemption that stands
}

// Installations says when devices added and removed a pass.
type Installations struct {
	FirstAdded   time.Time
	LastAdded    time.Time
	FirstRemoved time.Time
	LastRemoved  time.Time
}

// Point is a place on Earth in millionths of a degree. The zero Point is none.
type Point struct {
	Latitude, Longitude int64
}

// place is what a record begins with: five numbers.
func (p *Pass) place(f *fields) {
	number(f, &p.ID)
	number(f, &p.Org)
	number(f, &p.Campaign)
	number(f, &p.Template)
	number(f, &p.Pinned)
}

func (p *Pass) fields(f *fields) {
	p.place(f)
	text(f, &p.PassTypeIdentifier)
	text(f, &p.SerialNumber)
	text(f, &p.PublicID)
	text(f, &p.SealedToken)
	text(f, &p.ExternalID)
	p.Version.fields(f)
	number(f, &p.Edited)
	f.time(&p.Created)
	f.time(&p.Updated)
	f.time(&p.Voided)
	f.time(&p.Deleted)
	pairs(f, &p.Values, (*fields).raw)
	f.raw(&p.Patch)
	pairs(f, &p.Images, number[ID])
	f.texts(&p.Tags)
	pairs(f, &p.Person, text[string])
	f.time(&p.Personalized)
	text(f, &p.Code)
	f.texts(&p.Scans)
	number(f, &p.Holder)
	number(f, &p.Link)
	text(f, &p.Origin)
	pairs(f, &p.Meta, text[string])
	f.time(&p.Expires)
	f.time(&p.Invalid)
	text(f, &p.Message)
	number(f, &p.Near.Latitude)
	number(f, &p.Near.Longitude)
	p.Account.fields(f)
	f.time(&p.Devices.FirstAdded)
	f.time(&p.Devices.LastAdded)
	f.time(&p.Devices.FirstRemoved)
	f.time(&p.Devices.LastRemoved)
	f.time(&p.Spent)
	number(f, &p.Sent)
	f.flag(&p.Placed)
	text(f, &p.File)
	f.texts(&p.Retired)
}

// Same says whether nothing at all differs.
func (p *Pass) Same(q *Pass) bool {
	if !maps.EqualFunc(p.Values, q.Values, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) { // what differs most often
		return false
	}
	a, b := passes.lay(p), passes.lay(q)
	defer scratches.Put(a)
	defer scratches.Put(b)
	return bytes.Equal(a.out, b.out)
}

func (a *Account) fields(f *fields) {
	number(f, &a.Entries)
	text(f, &a.Hash)
	number(f, &a.Balance)
	number(f, &a.Total)
	number(f, &a.Uses)
	number(f, &a.Rewards)
	f.flag(&a.Inside)
	f.time(&a.Last)
}

var passes = table[Pass]{
	name:   "pass",
	fields: (*Pass).fields,
	key:    func(p *Pass) []byte { return p.ID.key() },
	unmoved: func(p, q *Pass) bool {
		return p.Org == q.Org && p.Campaign == q.Campaign && p.Template == q.Template && p.Holder == q.Holder &&
			p.PassTypeIdentifier == q.PassTypeIdentifier && p.SerialNumber == q.SerialNumber &&
			p.PublicID == q.PublicID && p.ExternalID == q.ExternalID && p.Code == q.Code &&
			slices.Equal(p.Tags, q.Tags) && slices.Equal(p.Scans, q.Scans) &&
			p.Deleted.Equal(q.Deleted) && p.Expires.Equal(q.Expires) && p.Revoked() == q.Revoked() && p.Sent == q.Sent
	},
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
		{name: passByOrganisation, bare: true, keys: func(p *Pass) [][]byte { return visible(p, p.Org, p.ID) }},
		{name: passByCampaign, keys: func(p *Pass) [][]byte { return visible(p, p.Campaign, p.ID) }},
		{name: passByTemplate, keys: func(p *Pass) [][]byte { return visible(p, p.Template, p.ID) }},
		{name: passByTag, keys: tagKeys},
		{name: passByScan, keys: scanKeys},
		{name: passByHolder, bare: true, keys: func(p *Pass) [][]byte {
			if p.Holder == 0 {
				return nil
			}
			return visible(p, p.Holder, p.ID)
		}},
		{name: passByExpiry, bare: true, keys: func(p *Pass) [][]byte {
			if p.Expires.IsZero() {
				return nil
			}
			return visible(p, uint64(p.Expires.UnixMilli()), p.ID)
		}},
		{name: passByRevocation, bare: true, keys: func(p *Pass) [][]byte {
			if !p.Revoked() {
				return nil
			}
			return [][]byte{join(p.Org, p.ID)}
		}},
		{name: passByMessage, bare: true, keys: func(p *Pass) [][]byte {
			if p.Sent == 0 {
				return nil
			}
			return visible(p, p.Sent, p.ID)
		}},
		{name: passByCode, unique: true, keys: func(p *Pass) [][]byte {
			if p.Code == "" {
				return nil
			}
			return visible(p, p.Campaign, p.Code)
		}},
	},
}

const (
	passByOrganisation kv.Table = "pass_organisation"
	passBySerial       kv.Table = "pass_serial"
	passByPublicID     kv.Table = "pass_public"
	passByExternalID   kv.Table = "pass_external"
	passByCampaign     kv.Table = "pass_campaign"
	passByTemplate     kv.Table = "pass_template"
	passByTag          kv.Table = "pass_tag"
	passByScan         kv.Table = "pass_scan"
	passByHolder       kv.Table = "pass_holder"
	passByExpiry       kv.Table = "pass_expiry"
	passByRevocation   kv.Table = "pass_revoked"
	passByCode         kv.Table = "pass_code"
	passByMessage      kv.Table = "pass_message"
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

// scanKeys are the texts that find a pass at a till: its code and those of its own
// barcodes. Several passes may have the same.
func scanKeys(p *Pass) [][]byte {
	out := make([][]byte, 0, 1+len(p.Scans))
	if p.Code != "" {
		out = visible(p, p.Org, p.Code, p.ID)
	}
	for _, text := range p.Scans {
		if text != p.Code {
			out = append(out, visible(p, p.Org, text, p.ID)...)
		}
	}
	return out
}

// Pass returns a pass of the organisation that was not deleted.
func (r Reader) Pass(org, id ID) (Pass, error) {
	p, err := passes.get(r.kv, id.key())
	return present(owned(p, err, org, p.Org))
}

// Image is a record as the database has it, to see later whether it still does.
type Image string

// PassImage is Pass with its image.
func (r Reader) PassImage(org, id ID) (Pass, Image, error) {
	p, image, err := passes.getImage(r.kv, id.key())
	p, err = present(owned(p, err, org, p.Org))
	return p, image, err
}

// HasPassImage says whether nobody has written the pass since an image of it was read.
func (r Reader) HasPassImage(id ID, image Image) (bool, error) {
	raw, _, err := r.kv.Get(passes.name, id.key())
	return string(raw) == string(image), err
}

// AnyPass returns a pass of any organisation, also a deleted one: what a
// registration refers to.
func (r Reader) AnyPass(id ID) (Pass, error) { return passes.get(r.kv, id.key()) }

// PinnedRevision is the Pinned of a pass, of any organisation, at little cost: a
// fan-out asks for that of every pass.
func (r Reader) PinnedRevision(id ID) (int, error) {
	raw, ok, err := r.kv.Get(passes.name, id.key())
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", passes.name, err)
	}
	if !ok {
		return 0, ErrNotFound
	}
	payload, err := unwrap(raw)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", passes.name, err)
	}
	var p Pass
	p.place(&fields{reading: true, in: string(payload[:min(len(payload), 5*binary.MaxVarintLen64)])})
	return p.Pinned, nil
}

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

// PassesScanned lists the organisation's passes with a code or a barcode of this text.
func (r Reader) PassesScanned(org ID, text string, p Page) ([]Pass, ID, error) {
	return passes.list(r.kv, passByScan, join(org, text), p, nil)
}

// Revoked says whether p is good for nothing, whatever its barcode says.
func (p *Pass) Revoked() bool {
	return !p.Voided.IsZero() || !p.Deleted.IsZero() || !p.Invalid.IsZero() || !p.Spent.IsZero()
}

// RevokedPasses lists the passes of the organisation that are good for nothing, also deleted ones.
func (r Reader) RevokedPasses(org ID, p Page, keep func(*Pass) bool) ([]Pass, ID, error) {
	return passes.list(r.kv, passByRevocation, join(org), p, keep)
}

// PassesOf lists the passes of a person.
func (r Reader) PassesOf(holder ID, p Page) ([]Pass, ID, error) {
	return passes.list(r.kv, passByHolder, join(holder), p, nil)
}

func present(p Pass, err error) (Pass, error) {
	if err == nil && !p.Deleted.IsZero() {
		return Pass{}, ErrNotFound
	}
	return p, err
}

// PassFilter narrows a list of an organisation's passes. Campaign, Template, Tag, Code
// and Sent have an index of their own.
type PassFilter struct {
	Org      ID
	Campaign ID
	Template ID
	Tag      string
	Code     string // exactly; campaigns may have the same ones
	Sent     ID     // whose Message came with this job
	Voided   *bool
}

// Passes lists passes of the organisation. The caller has made sure that the
// campaign and the template belong to it.
func (r Reader) Passes(f PassFilter, p Page) ([]Pass, ID, error) {
	ix, prefix := f.index()
	return passes.list(r.kv, ix, prefix, p, f.Matches)
}

// PassIDs lists the ids of passes among which are all that match f, oldest first, at
// most limit of them that are above after and below before. Fewer than limit means
// that there are no more.
func (r Reader) PassIDs(f PassFilter, after, before ID, limit int) (ids []ID, err error) {
	ix, prefix := f.index()
	within := Page{After: after}.prefixed(prefix)
	within.To = append(bytes.Clone(prefix), before.key()...)
	err = r.kv.Scan(ix, within, func(key, _ []byte) error {
		if len(ids) == limit {
			return kv.ErrStop
		}
		id, err := idFromKey(key[len(prefix):])
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// index is the one that leads to what matches f with the fewest others.
func (f PassFilter) index() (kv.Table, []byte) {
	switch {
	case f.Sent != 0:
		return passByMessage, join(f.Sent)
	case f.Code != "":
		return passByScan, join(f.Org, f.Code)
	case f.Tag != "":
		return passByTag, join(f.Org, f.Tag)
	case f.Template != 0:
		return passByTemplate, join(f.Template)
	case f.Campaign != 0:
		return passByCampaign, join(f.Campaign)
	}
	return passByOrganisation, join(f.Org)
}

// Matches says whether p is one that f asks for.
func (f PassFilter) Matches(p *Pass) bool {
	return p.Org == f.Org && p.Deleted.IsZero() &&
		(f.Campaign == 0 || p.Campaign == f.Campaign) &&
		(f.Template == 0 || p.Template == f.Template) &&
		(f.Tag == "" || slices.Contains(p.Tags, f.Tag)) &&
		(f.Code == "" || p.Code == f.Code) &&
		(f.Sent == 0 || p.Sent == f.Sent) &&
		(f.Voided == nil || *f.Voided == !p.Voided.IsZero())
}

// PutPass writes p. A serial number, public id, external id or code that another
// pass holds is ErrExists.
func (tx Tx) PutPass(p Pass) error {
	old, err := passes.previous(tx.kv, p.ID.key())
	if err != nil {
		return err
	}
	return tx.replacePass(old, &p)
}

// HasPass says whether p is in the database exactly as it is.
func (r Reader) HasPass(p *Pass) (bool, error) { return passes.holds(r.kv, p) }

// ReplacePass is PutPass for a pass that is in the database exactly as old.
func (tx Tx) ReplacePass(old, p *Pass) error { return tx.replacePass(old, p) }

func (tx Tx) replacePass(old, p *Pass) error {
	if err := passes.replace(tx.kv, old, p); err != nil {
		return err
	}
	return tx.countTags(old, p)
}

// EffectiveVersion is the latest version of what a phone sees of p: the pass
// itself, its template in force unless it is pinned, its campaign. Of one that is a
// file only the file shows.
func (r Reader) EffectiveVersion(p Pass) (Version, error) {
	if p.IsFile() {
		return p.Version, nil
	}
	c, err := r.campaign(p.Campaign)
	if err != nil {
		return Version{}, err
	}
	v := p.Version.Later(c.Version)
	if p.Pinned > 0 {
		return v, nil
	}
	t, err := r.template(p.Template)
	if err != nil {
		return Version{}, err
	}
	return v.Later(t.Version), nil
}
