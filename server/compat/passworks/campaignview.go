package passworks

import (
	"encoding/json"
	"strconv"
	"time"

	"pocketpass/store"
)

// campaignView is how a campaign is shown.
type campaignView struct {
	ID               string          `json:"id"`
	Name             string          `json:"name"`
	TemplateID       string          `json:"template_id"`
	CertificateID    *string         `json:"certificate_id"`
	OrganizationName string          `json:"organization_name"`
	GWalletUsage     bool            `json:"gwallet_usage"`
	GWalletStatus    *string         `json:"gwallet_status"`
	GWalletMessage   *string         `json:"gwallet_message"`
	Barcode          barcode         `json:"barcode"`
	Barcodes         []barcode       `json:"barcodes"`
	MultipleRedeems  bool            `json:"allow_multiple_redeems"`
	HeaderFields     []field         `json:"header_fields"`
	PrimaryFields    []field         `json:"primary_fields"`
	SecondaryFields  []field         `json:"secondary_fields"`
	AuxiliaryFields  []field         `json:"auxiliary_fields"`
	BackFields       []field         `json:"back_fields"`
	Locations        []location      `json:"locations"`
	Beacons          []beacon        `json:"beacons"`
	UserInfo         json.RawMessage `json:"user_info"`
	ExpirationDate   *string         `json:"expiration_date"`
	MaxDistance      *int            `json:"max_distance"`
	CodeType         string          `json:"code_type"`
	CodeFixedValue   *string         `json:"code_fixed_value"`
	RenderOnShortURL bool            `json:"render_on_short_url"`
	RedeemCount      int64           `json:"redeem_count"`
	RemoteFormURL    *string         `json:"remote_form_url"`
	OG               bool            `json:"og"`
	OGDescription    string          `json:"og_description"`
	Javascript       *string         `json:"javascript"`
	Stylesheet       *string         `json:"stylesheet"`
	SyncLocations    bool            `json:"sync_locations_on_merge"`
	SyncBeacons      bool            `json:"sync_beacons_on_merge"`
	Stores           []int64         `json:"associated_store_identifiers"`
	TransitType      string          `json:"transit_type,omitempty"`
	State            string          `json:"state"`
	PageURL          string          `json:"page_url"`
	PkpassURL        string          `json:"pkpass_url"`
	PageShortURL     string          `json:"page_short_url"`
	PkpassShortURL   string          `json:"pkpass_short_url"`
	CreatedAt        string          `json:"created_at"`
	UpdatedAt        string          `json:"updated_at"`
	Distributions    []distribution  `json:"distributions"`

	*campaignViewV1
}

// campaignViewV1 are the members that version 1 had besides.
type campaignViewV1 struct {
	Description  string  `json:"description"`
	IconID       *string `json:"icon_id,omitempty"`
	LogoID       *string `json:"logo_id,omitempty"`
	StripID      *string `json:"strip_id,omitempty"`
	ThumbnailID  *string `json:"thumbnail_id,omitempty"`
	BackgroundID *string `json:"background_id,omitempty"`
	FooterID     *string `json:"footer_id,omitempty"`
	LogoText     string  `json:"logo_text"`
	Background   string  `json:"background_color"`
	Text         string  `json:"text_color"`
	Label        string  `json:"label_color"`
}

// distribution is the download page of a campaign.
type distribution struct {
	ID               string `json:"id"`
	DistributionType string `json:"distribution_type"`
	State            string `json:"state"`
	PageURL          string `json:"page_url"`
	PkpassURL        string `json:"pkpass_url"`
	PreviewURL       string `json:"preview_url"`
	PageShortURL     string `json:"page_short_url"`
	PkpassShortURL   string `json:"pkpass_short_url"`
	PreviewShortURL  string `json:"preview_short_url"`
	CreatedAt        string `json:"created_at"`
	UpdatedAt        string `json:"updated_at"`
	PublishedAt      string `json:"published_at"`
}

// states are the engine's words in the service's.
var states = map[store.CampaignState]string{
	store.Unreleased: "paused", store.Active: "published", store.Paused: "paused", store.Archived: "archived", store.Invalid: "archived",
}

// campaignView describes a campaign.
func (s *Service) campaignView(r store.Reader, c call, found campaign) (v campaignView, err error) {
	if found.foreign {
		if found.definition, err = found.readable(r, found.Org); err != nil {
			return v, err
		}
	}
	v = viewOf(found, c.version == v1)
	if v.RedeemCount, err = r.Counter(found.ID, store.CountRedeemed); err != nil {
		return v, err
	}
	if v.CertificateID, err = certificateFor(r, found); err != nil {
		return v, err
	}
	if v.OrganizationName == "" {
		account, err := r.Organisation(found.Org)
		if err != nil {
			return v, err
		}
		v.OrganizationName = account.Shown()
	}
	links, _, err := r.Links(found.ID, store.Page{Limit: 1})
	if err != nil || len(links) == 0 {
		return v, err
	}
	d := s.distribution(found, links[0], v.State)
	v.Distributions = []distribution{d}
	v.PageURL, v.PkpassURL, v.PageShortURL, v.PkpassShortURL = d.PageURL, d.PkpassURL, d.PageShortURL, d.PkpassShortURL
	return v, nil
}

func viewOf(c campaign, old bool) campaignView {
	d := c.definition
	v := campaignView{ID: c.ID.UUID(), Name: d.Name, OrganizationName: textOr(d.Organization, ""),
		GWalletUsage: d.GWallet, GWalletStatus: d.GWalletStatus, Barcode: d.Look.Barcode.shown(), Barcodes: shownAll(d.Look.Barcodes),
		MultipleRedeems: d.Multiple, Locations: orEmpty(d.Locations), Beacons: orEmpty(d.Beacons), UserInfo: d.UserInfo,
		ExpirationDate: zoned(d.Expires), MaxDistance: d.MaxDistance, CodeType: d.CodeType, CodeFixedValue: d.CodeFixed, RenderOnShortURL: d.ShortPages,
		RemoteFormURL: d.RemoteForm, OG: d.OG, OGDescription: d.OGDescription, Javascript: d.Javascript, Stylesheet: d.Stylesheet,
		SyncLocations: d.SyncLocations, SyncBeacons: d.SyncBeacons, Stores: orEmpty(d.Stores), State: states[c.State],
		CreatedAt: seconds(c.Created), UpdatedAt: seconds(later(c.Updated, c.item.Updated)), Distributions: []distribution{}}
	v.TemplateID = c.templateID()
	if d.Style == "boardingPass" {
		v.TransitType = d.Look.Transit
	}
	for g, to := range []*[]field{&v.HeaderFields, &v.PrimaryFields, &v.SecondaryFields, &v.AuxiliaryFields, &v.BackFields} {
		*to = orEmpty(shownFields(d.Fields[g], old))
	}
	if old {
		v.campaignViewV1 = oldMembers(d)
	}
	return v
}

// shownFields are fields as a version shows them: the old one has no null.
func shownFields(all []field, old bool) []field {
	if !old {
		return all
	}
	out := make([]field, len(all))
	for n, f := range all {
		value, label := textOr(f.Value, ""), textOr(f.Label, "")
		f.Value, f.Label = &value, &label
		out[n] = f
	}
	return out
}

func oldMembers(d *definition) *campaignViewV1 {
	l := d.Look
	return &campaignViewV1{d.description(), l.image("icon"), l.image("logo"), l.image("strip"), l.image("thumbnail"), l.image("background"), l.image("footer"),
		textOr(l.LogoText, ""), textOr(l.Background, ""), textOr(l.Text, ""), textOr(l.Label, "")}
}

func shownAll(all []barcode) []barcode {
	out := make([]barcode, len(all))
	for n, b := range all {
		out[n] = b.shown()
	}
	return out
}

// orEmpty is a list that is never null.
func orEmpty[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// certificateFor is the certificate that a campaign asked for, or else the newest of its
// pass type.
func certificateFor(r store.Reader, c campaign) (*string, error) {
	ids, err := r.CertificateIDsFor(c.PassTypeIdentifier)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	found := ids[len(ids)-1]
	for _, id := range ids {
		if id == c.Certificate {
			found = id
		}
	}
	text := found.UUID()
	return &text, nil
}

// distribution is the page of a campaign, in the state of that.
func (s *Service) distribution(c campaign, l store.Link, state string) distribution {
	page := s.Issuer.LinkURL(l)
	short := page
	if !c.ShortPages {
		short = s.BaseURL + prefix + "/d/" + l.Slug
	}
	const file, preview = ".pkpass", ".png"
	at := "?updated_at=" + strconv.FormatInt(l.Updated.Unix(), 10)
	return distribution{l.ID.UUID(), "downloadPage", state, page, page + file, page + preview + at, short, short + file, short + preview + at,
		milliseconds(l.Created), milliseconds(l.Updated), milliseconds(l.Created)}
}
