package store

import (
	"encoding/json"
	"errors"
	"time"

	"pocketpass/store/kv"
)

// CampaignState says whether a campaign issues.
type CampaignState string

// The states. Only an active campaign issues; whatever the state, passes that
// exist are served, those of an invalid one as void.
const (
	Unreleased CampaignState = "draft" // never issued yet
	Active     CampaignState = "active"
	Paused     CampaignState = "paused"
	Archived   CampaignState = "archived"
	Invalid    CampaignState = "invalid" // for ever
)

// Campaign holds the rules that passes live under.
type Campaign struct {
	ID                 ID            `json:"id"`
	Org                ID            `json:"org"`
	Name               string        `json:"name"`
	Description        string        `json:"description,omitempty"`
	PassTypeIdentifier string        `json:"passType"` // fixed for life: it is part of every pass's identity
	Template           ID            `json:"template"` // issued from when the order names none; 0 until there is one
	State              CampaignState `json:"state"`
	Language           string        `json:"language,omitempty"` // BCP 47, of texts that have no other; empty means English
	TimeZone           string        `json:"timeZone,omitempty"` // IANA name; empty means UTC
	Rules              Rules         `json:"rules,omitzero"`
	Redemption         Redemption    `json:"redemption,omitzero"`
	SignedCodes        bool          `json:"signedCodes,omitempty"` // an empty barcode message stands for a code that scanners verify offline
	Placed             bool          `json:"placed,omitempty"`      // there are Surroundings
	Letter             Letter        `json:"letter,omitzero"`
	MessageField       string        `json:"messageField,omitempty"` // key of the field that shows messages; empty means one of the server's own
	Version            Version       `json:"version"`
	Edited             int           `json:"edited,omitempty"` // counts the changes, for If-Match
	Created            time.Time     `json:"created"`
	Updated            time.Time     `json:"updated"`
	Former             Former        `json:"former,omitzero"`
	Style              string        `json:"style,omitempty"`      // of its template, as long as it is shown: see PutTemplate
	Origin             string        `json:"origin,omitempty"`     // service whose client made it for itself, "passtools"; empty for ours
	ExternalID         string        `json:"externalId,omitempty"` // given by that client, unique in the organisation
	Source             string        `json:"source,omitempty"`     // blob: what that client sent

	Extra     map[string]string `json:"extra,omitempty"`     // what clients of an old service say of it and means nothing here
	Receivers map[string]ID     `json:"receivers,omitempty"` // endpoints by what clients of an old service call them
}

// Letter is what the mails that bring a campaign's passes say, to readers of some
// languages and to all others. What is empty is said in the usual words, in the
// recipient's language.
type Letter struct {
	Words
	Languages map[string]Words `json:"languages,omitempty"` // by BCP 47 tag, in its canonical form
}

// Words are what a mail says.
type Words struct {
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text,omitempty"`
}

// In are the words for readers of the first of some languages that the letter has, else
// those for all others.
func (l Letter) In(languages ...string) Words {
	for _, tag := range languages {
		if w, ok := l.Languages[tag]; ok {
			return w
		}
	}
	return l.Words
}

var campaigns = table[Campaign]{
	name: "campaign",
	key:  func(c *Campaign) []byte { return c.ID.key() },
	indexes: []index[Campaign]{
		{name: campaignByOrg, keys: func(c *Campaign) [][]byte { return [][]byte{join(c.Org, c.ID)} }},
		{name: campaignByFormer, unique: true, keys: func(c *Campaign) [][]byte { return c.Former.keys(c.Org) }},
		{name: campaignByEnd, bare: true, keys: func(c *Campaign) [][]byte {
			return when(!c.Rules.Ends.IsZero() && c.Rules.Ended.IsZero(), milliseconds(c.Rules.Ends), c.ID)
		}},
		{name: campaignByExternalID, unique: true, keys: func(c *Campaign) [][]byte {
			return when(c.ExternalID != "" && !c.Over(), c.Org, c.ExternalID)
		}},
		{name: campaignByStyle, bare: true, keys: func(c *Campaign) [][]byte { return when(c.Style != "", c.Org, c.Style, c.ID) }},
	},
}

// Over says whether nothing will ever be issued again.
func (c *Campaign) Over() bool { return c.State == Archived || c.State == Invalid }

const (
	campaignByOrg kv.Table = "campaign_organisation"
	campaignByEnd kv.Table = "campaign_end"

	campaignByExternalID kv.Table = "campaign_external"
	campaignByStyle      kv.Table = "campaign_style"
)

// CampaignToEnd returns a campaign whose end is over and that was not ended yet. In the
// end's own millisecond it still issues.
func (r Reader) CampaignToEnd() (Campaign, error) {
	found := ErrNotFound
	var c Campaign
	err := r.kv.Scan(campaignByEnd, kv.Range{To: join(milliseconds(r.Now))}, func(key, value []byte) error {
		c, found = campaigns.follow(r.kv, campaignByEnd, key, value)
		return kv.ErrStop
	})
	return c, errors.Join(err, found)
}

// Campaign returns a campaign of the organisation.
func (r Reader) Campaign(org, id ID) (Campaign, error) {
	c, err := r.campaign(id)
	if err == nil && c.Org != org {
		err = ErrNotFound
	}
	return copied(c, err)
}

// CampaignByExternalID finds a campaign that is not over by the id that a client gave it.
func (r Reader) CampaignByExternalID(org ID, external string) (Campaign, error) {
	return campaigns.find(r.kv, campaignByExternalID, join(org, external))
}

// Campaigns lists the campaigns of the organisation.
func (r Reader) Campaigns(org ID, p Page) ([]Campaign, ID, error) {
	return campaigns.list(r.kv, campaignByOrg, join(org), p, nil)
}

// CampaignsShown lists the ids of an organisation's campaigns whose template has a style,
// oldest first. It reads an index alone.
func (r Reader) CampaignsShown(org ID, style string) ([]ID, error) {
	return r.idsIn(campaignByStyle, join(org, style), Page{})
}

// idsIn lists a page of the ids that end the keys of an index under a prefix.
func (r Reader) idsIn(ix kv.Table, prefix []byte, p Page) (all []ID, err error) {
	err = r.kv.Scan(ix, p.prefixed(prefix), func(key, _ []byte) error {
		if p.Limit > 0 && len(all) == p.Limit {
			return kv.ErrStop
		}
		id, err := idFromKey(key[len(prefix):])
		all = append(all, id)
		return err
	})
	return all, err
}

// PutCampaign writes c, with the style of its template.
func (tx Tx) PutCampaign(c Campaign) error {
	tx.recent.forget()
	t, err := templates.get(tx.kv, c.Template.key())
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	c.Style = t.shownIn(&c)
	return campaigns.put(tx.kv, &c)
}

// Template says how passes look. Its published designs are immutable revisions;
// edits go to its draft. Both are records of their own: this one is read at
// every download.
type Template struct {
	ID        ID        `json:"id"`
	Org       ID        `json:"org"`
	Campaign  ID        `json:"campaign"`
	Name      string    `json:"name"`
	Style     string    `json:"style"`              // key of the style in pass.json; fixed once published
	Edited    int       `json:"edited"`             // counts the changes of the draft, for If-Match
	Published int       `json:"published"`          // number of the design in force, 0 before the first
	Version   Version   `json:"version"`            // of the last publication
	Starts    time.Time `json:"starts,omitzero"`    // nothing is issued from it before
	Ends      time.Time `json:"ends,omitzero"`      // nothing is issued from it after
	MaxIssued int64     `json:"maxIssued,omitzero"` // ever; 0 means no limit, and nobody counts
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
	Patterns  []string  `json:"patterns,omitempty"` // barcode messages of the design in force whose placeholders name the pass
	Origin    string    `json:"origin,omitempty"`   // service whose client made it, "walletkit"; empty for ours
	Source    string    `json:"source,omitempty"`   // blob: what that client sent
	Item      ID        `json:"item,omitempty"`     // template of that service that the design was made from, 0 if there is none
	Former    Former    `json:"former,omitzero"`

	ExternalID string    `json:"externalId,omitempty"` // given by the client, unique in the organisation
	Disabled   bool      `json:"disabled,omitempty"`   // nothing is issued from it for now
	Deleted    time.Time `json:"deleted,omitzero"`     // nothing is issued from it any more, and old services do not show it; its passes stay good
	Invalid    time.Time `json:"invalid,omitzero"`     // since when it and all its passes are good for nothing, for ever
}

// State is Active, Paused or Invalid.
func (t *Template) State() CampaignState {
	switch {
	case !t.Invalid.IsZero():
		return Invalid
	case t.Disabled:
		return Paused
	}
	return Active
}

// Design is what a template shows.
type Design struct {
	// Document is pass.json without what identifies one pass. Field values in
	// it are the defaults of passes that give none.
	Document json.RawMessage `json:"document"`
	// Images maps an image kind, or a language folder and a kind
	// ("strip", "fr.lproj/strip"), to an asset.
	Images map[string]ID `json:"images,omitempty"`
	// Strings maps a language tag to the entries of its pass.strings.
	Strings map[string]map[string]string `json:"strings,omitempty"`
	// Fields says what values are and who decides them. Those of the document
	// that are not here are texts that a pass may change.
	Fields []Field `json:"fields,omitempty"`
	// Personalization is the content of personalization.json, if any.
	Personalization json.RawMessage `json:"personalization,omitempty"`

	// Loose says that values are no more than what placeholders stand for: a pass may
	// bring any, one that it lacks is an empty text, and a field shows its own text
	// whatever its key is. What has no text in the end is left out.
	Loose bool `json:"loose,omitempty"`
	// Offset is east of UTC, in minutes, where dates of a loose design say nothing else.
	Offset int `json:"offset,omitempty"`
	// Groups are runs of fields on the back that a pass replaces as a whole, of a
	// loose design.
	Groups []Group `json:"groups,omitempty"`
	// Redeemed is what passes look like that were redeemed, if that differs. Its images
	// stand over those of the design.
	Redeemed *Design `json:"redeemed,omitempty"`
}

// Group is a run of fields on the back of a design. A pass has its own in the place of
// them if its document has fields there whose keys begin with the name and a slash.
type Group struct {
	Name   string `json:"name"`
	At     int    `json:"at"`               // place of the first one
	Len    int    `json:"len"`              // how many there are
	Prefix string `json:"prefix,omitempty"` // of the keys that the pass's own get, before their numbers
}

// TemplateRevision is a published design. It never changes.
type TemplateRevision struct {
	Template  ID        `json:"template"`
	Number    int       `json:"number"` // from 1
	Design    Design    `json:"design"`
	Version   Version   `json:"version"`
	Published time.Time `json:"published"`
	Source    string    `json:"source,omitempty"` // of the template then
	Item      ID        `json:"item,omitempty"`   // the same
}

// Draft is the design of a template that is being edited.
type Draft struct {
	Template ID     `json:"template"`
	Design   Design `json:"design"`
}

var drafts = table[Draft]{
	name: "template_draft",
	key:  func(d *Draft) []byte { return d.Template.key() },
}

var templates = table[Template]{
	name: "template",
	key:  func(t *Template) []byte { return t.ID.key() },
	indexes: []index[Template]{
		{name: templateByCampaign, keys: func(t *Template) [][]byte { return [][]byte{join(t.Campaign, t.ID)} }},
		{name: templateByFormer, unique: true, keys: func(t *Template) [][]byte { return t.Former.keys(t.Org) }},
		{name: templateByPattern, keys: func(t *Template) [][]byte {
			if len(t.Patterns) == 0 {
				return nil
			}
			return [][]byte{join(t.Org, t.ID)}
		}},
		{name: templateByExternalID, unique: true, keys: func(t *Template) [][]byte {
			return when(t.ExternalID != "" && t.Deleted.IsZero(), t.Org, t.ExternalID)
		}},
		{name: templateByOrg, bare: true, keys: func(t *Template) [][]byte { return when(t.listed(), t.Org, t.ID) }},
	},
}

// shownIn is the style that a campaign has of its template t: none before that was
// published, and none once it was deleted and the campaign is over.
func (t *Template) shownIn(c *Campaign) string {
	if t.Published == 0 || !t.Deleted.IsZero() && c.Over() {
		return ""
	}
	return t.Style
}

// listed says whether a template is in lists of all that an organisation has.
func (t *Template) listed() bool { return t.Published > 0 && t.Deleted.IsZero() && t.Item == 0 }

var templateRevisions = table[TemplateRevision]{
	name: "template_revision",
	key:  func(t *TemplateRevision) []byte { return join(t.Template, uint64(t.Number)) },
}

const (
	templateByCampaign kv.Table = "template_campaign"
	templateByPattern  kv.Table = "template_pattern"

	templateByExternalID kv.Table = "template_external"
	templateByOrg        kv.Table = "template_organisation"
)

// Template returns a template of the organisation.
func (r Reader) Template(org, id ID) (Template, error) {
	t, err := r.template(id)
	if err == nil && t.Org != org {
		err = ErrNotFound
	}
	return copied(t, err)
}

// TemplateByExternalID finds a template that was not deleted by the id that a client gave it.
func (r Reader) TemplateByExternalID(org ID, external string) (Template, error) {
	return templates.find(r.kv, templateByExternalID, join(org, external))
}

// Templates lists the templates of a campaign.
func (r Reader) Templates(campaign ID, p Page) ([]Template, ID, error) {
	return templates.list(r.kv, templateByCampaign, join(campaign), p, nil)
}

// TemplatesListed lists the ids of an organisation's templates that were published and not
// deleted, but for those made from an item, oldest first. It reads an index alone.
func (r Reader) TemplatesListed(org ID) ([]ID, error) {
	return r.idsIn(templateByOrg, join(org), Page{})
}

// TemplatesWithPatterns lists the templates of the organisation that have patterns.
func (r Reader) TemplatesWithPatterns(org ID, p Page) ([]Template, ID, error) {
	return templates.list(r.kv, templateByPattern, join(org), p, nil)
}

// TemplateRevision returns one published design.
func (r Reader) TemplateRevision(template ID, number int) (TemplateRevision, error) {
	return templateRevisions.get(r.kv, join(template, uint64(number)))
}

// TemplateRevisions lists the published designs of a template. Pages count by number.
func (r Reader) TemplateRevisions(template ID, p Page) ([]TemplateRevision, ID, error) {
	return templateRevisions.list(r.kv, templateRevisions.name, join(template), p, nil)
}

// Draft returns the design being edited.
func (r Reader) Draft(template ID) (Design, error) {
	d, err := drafts.get(r.kv, template.key())
	return d.Design, err
}

// PutDraft replaces the design being edited.
func (tx Tx) PutDraft(template ID, d Design) error {
	return drafts.put(tx.kv, &Draft{Template: template, Design: d})
}

// PutTemplate writes t, and the campaign that shows it if that has another style now.
func (tx Tx) PutTemplate(t Template) error {
	tx.recent.forget()
	c, err := campaigns.get(tx.kv, t.Campaign.key())
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if style := t.shownIn(&c); err == nil && c.Template == t.ID && c.Style != style {
		c.Style = style
		err = campaigns.put(tx.kv, &c)
		if err != nil {
			return err
		}
	}
	return templates.put(tx.kv, &t)
}

// PutTemplateRevision writes a published design.
func (tx Tx) PutTemplateRevision(v TemplateRevision) error { return templateRevisions.put(tx.kv, &v) }
