package store

import (
	"encoding/json"
	"time"

	"pocketpass/store/kv"
)

// Link is a way to a campaign's passes for people without a key: a page with a
// form. How many passes came of it is its counter CountIssued.
type Link struct {
	ID         ID
	Org        ID
	Campaign   ID
	Template   ID     // 0 means the campaign's default
	Slug       string // in the address, unique
	Kind       LinkKind
	State      LinkState
	Limit      int64                      // passes that come of it; 0 means no limit but the campaign's
	Expires    time.Time                  // zero means never
	Values     map[string]json.RawMessage // of every pass, and not asked for
	Tags       []string                   // of every pass
	Asks       Asks
	Page       LinkPage
	Holder     ID     // whom a personal link is for, 0 if nobody is known
	ExternalID string // of the pass of a personal link
	Pass       ID     // that the first visit to a personal link made
	Edited     int    // counts the changes, for If-Match
	Created    time.Time
	Updated    time.Time
}

// LinkKind says who a link is for.
type LinkKind string

// The kinds.
const (
	PublicLink   LinkKind = "public"   // anybody, each visitor gets a pass
	PersonalLink LinkKind = "personal" // one person, who gets one pass
)

// LinkState says whether a link issues.
type LinkState string

// The states.
const (
	LinkActive LinkState = "active"
	LinkClosed LinkState = "closed"
)

// Asks says which details of a person the form of a link asks for, beside those that
// the campaign's rules need.
type Asks struct {
	Name, Email, Phone Demand
}

// Demand is how much something is wanted.
type Demand string

// The demands. None, the zero value, does not ask.
const (
	NotAsked Demand = ""
	Optional Demand = "optional"
	Required Demand = "required"
)

// LinkPage is what the page of a link says and how it looks. Long texts that many
// links share are blobs, named by their hashes.
type LinkPage struct {
	Title      string
	Text       string // paragraphs, separated by empty lines
	Language   string // BCP 47, of these texts; empty means that of the visitor
	Consent    string // blob: what the visitor has to agree to
	Version    string // of the consent
	ShareTitle string // of previews that messengers show (Open Graph)
	ShareText  string
	ShareImage ID     // asset
	Stylesheet string // blob
	Script     string // blob
	RemoteForm string // address of a form elsewhere, instead of the page
	UUIDs      bool   // the form elsewhere is told the campaign by its UUID
}

func (l *Link) fields(f *fields) {
	number(f, &l.ID)
	number(f, &l.Org)
	number(f, &l.Campaign)
	number(f, &l.Template)
	text(f, &l.Slug)
	text(f, &l.Kind)
	text(f, &l.State)
	number(f, &l.Limit)
	f.time(&l.Expires)
	pairs(f, &l.Values, (*fields).raw)
	f.texts(&l.Tags)
	text(f, &l.Asks.Name)
	text(f, &l.Asks.Email)
	text(f, &l.Asks.Phone)
	l.Page.fields(f)
	number(f, &l.Holder)
	text(f, &l.ExternalID)
	number(f, &l.Pass)
	number(f, &l.Edited)
	f.time(&l.Created)
	f.time(&l.Updated)
	f.flag(&l.Page.UUIDs)
}

func (p *LinkPage) fields(f *fields) {
	for _, s := range []*string{&p.Title, &p.Text, &p.Language, &p.Consent, &p.Version, &p.ShareTitle, &p.ShareText} {
		text(f, s)
	}
	number(f, &p.ShareImage)
	for _, s := range []*string{&p.Stylesheet, &p.Script, &p.RemoteForm} {
		text(f, s)
	}
}

var links = table[Link]{
	name:   "link",
	fields: (*Link).fields,
	key:    func(l *Link) []byte { return l.ID.key() },
	indexes: []index[Link]{
		{name: linkBySlug, unique: true, keys: func(l *Link) [][]byte { return [][]byte{join(l.Slug)} }},
		{name: linkByCampaign, bare: true, keys: func(l *Link) [][]byte { return [][]byte{join(l.Campaign, l.ID)} }},
		{name: linkByHolder, bare: true, keys: func(l *Link) [][]byte {
			if l.Holder == 0 {
				return nil
			}
			return [][]byte{join(l.Holder, l.ID)}
		}},
	},
}

const (
	linkBySlug     kv.Table = "link_slug"
	linkByCampaign kv.Table = "link_campaign"
	linkByHolder   kv.Table = "link_holder"
)

// checkLinks verifies that the long texts of each link are there.
func checkLinks(r kv.Reader) ([]Fault, error) {
	return each(r, links, func(key []byte, l *Link) (out []Fault, err error) {
		for _, blob := range []string{l.Page.Consent, l.Page.Stylesheet, l.Page.Script} {
			if blob == "" {
				continue
			}
			_, ok, err := r.Get(blobTable, []byte(blob))
			if err != nil {
				return out, err
			}
			if !ok {
				out = append(out, Fault{links.name, key, "the blob " + blob + " is missing"})
			}
		}
		return out, nil
	})
}

// Link returns a link of the organisation.
func (r Reader) Link(org, id ID) (Link, error) {
	l, err := links.get(r.kv, id.key())
	return owned(l, err, org, l.Org)
}

// LinkBySlug finds a link by what stands in its address.
func (r Reader) LinkBySlug(slug string) (Link, error) {
	return links.find(r.kv, linkBySlug, join(slug))
}

// Links lists the links of a campaign.
func (r Reader) Links(campaign ID, p Page) ([]Link, ID, error) {
	return links.list(r.kv, linkByCampaign, join(campaign), p, nil)
}

// LinksOf lists the personal links of somebody.
func (r Reader) LinksOf(holder ID, p Page) ([]Link, ID, error) {
	return links.list(r.kv, linkByHolder, join(holder), p, nil)
}

// PutLink writes l. A slug that another link has is ErrExists.
func (tx Tx) PutLink(l Link) error { return links.put(tx.kv, &l) }

// DeleteLink forgets a link. Its slug is free again.
func (tx Tx) DeleteLink(id ID) error { return links.remove(tx.kv, id.key()) }
