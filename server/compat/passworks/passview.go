package passworks

import (
	"cmp"
	"encoding/json"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// passField is a field as passes show it.
type passField struct {
	Key       string  `json:"key"`
	Value     *string `json:"value"`
	Label     *string `json:"label"`
	Behaviour string  `json:"behaviour"`
}

// passView is how a pass is shown.
type passView struct {
	ID              string          `json:"id"`
	CampaignID      string          `json:"campaign_id"`
	Voided          bool            `json:"voided"`
	SerialNumber    string          `json:"serial_number"`
	RedeemCode      string          `json:"redeem_code"`
	RedeemedCount   int64           `json:"redeemed_count"`
	RedeemedAt      *string         `json:"redeemed_at"`
	Barcode         barcode         `json:"barcode"`
	Barcodes        []barcode       `json:"barcodes"`
	ExpirationDate  *string         `json:"expiration_date"`
	MaxDistance     *int            `json:"max_distance"`
	RelevantDate    *string         `json:"relevant_date"`
	HeaderFields    []passField     `json:"header_fields"`
	PrimaryFields   []passField     `json:"primary_fields"`
	SecondaryFields []passField     `json:"secondary_fields"`
	AuxiliaryFields []passField     `json:"auxiliary_fields"`
	BackFields      []passField     `json:"back_fields"`
	Locations       []passLocation  `json:"locations"`
	Beacons         []beacon        `json:"beacons"`
	UserInfo        json.RawMessage `json:"user_info"`
	PageURL         string          `json:"page_url"`
	PkpassURL       string          `json:"pkpass_url"`
	PageShortURL    string          `json:"page_short_url"`
	PkpassShortURL  string          `json:"pkpass_short_url"`
	GWalletUsage    bool            `json:"gwallet_usage"`
	GWalletStatus   *string         `json:"gwallet_status"`
	GWalletMessage  *string         `json:"gwallet_message"`
	CreatedAt       string          `json:"created_at"`
	UpdatedAt       string          `json:"updated_at"`
	PassID          string          `json:"pass_id,omitempty"` // of what was looked up by its code

	*passViewV1
}

// passViewV1 are the members that version 1 had besides.
type passViewV1 struct {
	CouponID            string `json:"coupon_id,omitempty"`
	StoreCardID         string `json:"store_card_id,omitempty"`
	EventTicketID       string `json:"event_ticket_id,omitempty"`
	BoardingPassID      string `json:"boarding_pass_id,omitempty"`
	GenericID           string `json:"generic_id,omitempty"`
	TransitType         string `json:"transit_type,omitempty"`
	TemplateID          string `json:"template_id,omitempty"`
	IconID              string `json:"icon_id,omitempty"`
	LogoID              string `json:"logo_id,omitempty"`
	StripID             string `json:"strip_id,omitempty"`
	ThumbnailID         string `json:"thumbnail_id,omitempty"`
	BackgroundID        string `json:"background_id,omitempty"`
	FooterID            string `json:"footer_id,omitempty"`
	AuthenticationToken string `json:"authentication_token"`
	DownloadPageLink    string `json:"download_page_link"`
	DirectLink          string `json:"direct_link"`
}

// isVoid says whether a pass is void, or was made invalid by itself or with its campaign, for
// which the service had no other word.
func isVoid(p store.Pass, c store.Campaign) bool {
	return !p.Voided.IsZero() || !p.Invalid.IsZero() || c.State == store.Invalid
}

// passView describes a pass of a definition.
func (s *Service) passView(r store.Reader, c call, p store.Pass, d *definition) (v passView, err error) {
	campaign, err := r.Campaign(p.Org, p.Campaign)
	if err != nil {
		return v, err
	}
	mine, err := parseOwn(p.Patch, d.Style)
	if err != nil {
		return v, err
	}
	values, hidden := p.Values, p.Hidden
	if d.foreign {
		mine, values, hidden = own{}, nil, nil
		d, err = s.shown(r, p, d)
	}
	if err != nil {
		return v, err
	}
	page, err := s.Issuer.PassURL(r, p)
	if err != nil {
		return v, err
	}
	short := s.BaseURL + prefix + "/s/" + p.PublicID
	if d.ShortPages {
		short = page
	}
	v = passView{ID: p.ID.UUID(), CampaignID: p.Campaign.UUID(), Voided: isVoid(p, campaign), SerialNumber: p.SerialNumber, RedeemCode: p.Code,
		RedeemedCount: p.Account.Uses, ExpirationDate: zoned(p.Expires),
		PageURL: page, PkpassURL: page + ".pkpass", PageShortURL: short, PkpassShortURL: short + ".pkpass",
		GWalletUsage: d.GWallet, GWalletStatus: d.GWalletStatus, CreatedAt: seconds(p.Created), UpdatedAt: seconds(changed(p, campaign))}
	if !p.Account.Last.IsZero() {
		at := seconds(p.Account.Last)
		v.RedeemedAt = &at
	}
	if v.Barcode, v.Barcodes, err = mine.barcodes(d, p.Code); err != nil {
		return v, err
	}
	v.setFields(mine.over(d, values, hidden), c.version == v1)
	if err := v.setPlaces(d, mine); err != nil || c.version != v1 {
		return v, err
	}
	v.passViewV1, err = s.oldPass(r, p, d, v)
	return v, err
}

// changed is when phones could see a change of a pass last, or clients one of its record.
func changed(p store.Pass, c store.Campaign) time.Time {
	return later(p.Updated, time.UnixMilli(c.Version.At))
}

func (v *passView) setFields(all fields, old bool) {
	for g, to := range []*[]passField{&v.HeaderFields, &v.PrimaryFields, &v.SecondaryFields, &v.AuxiliaryFields, &v.BackFields} {
		*to = make([]passField, 0, len(all[g]))
		for _, f := range shownFields(all[g], old) {
			*to = append(*to, passField{f.Key, f.Value, f.Label, f.Behaviour})
		}
	}
}

// setPlaces sets what a pass has of its own or else of its campaign.
func (v *passView) setPlaces(d *definition, mine own) error {
	locations, beacons := d.Locations, d.Beacons
	v.MaxDistance, v.UserInfo = d.MaxDistance, d.UserInfo
	var places []ownLocation
	if own, err := mine.get("locations", &places); err != nil {
		return err
	} else if own {
		locations = ofOwn(places)
	}
	var transmitters []pkpass.Beacon
	if own, err := mine.get("beacons", &transmitters); err != nil {
		return err
	} else if own {
		beacons = beaconsOfApple(transmitters)
	}
	v.Locations, v.Beacons = ofPass(locations), orEmpty(beacons)
	if most, err := mine.distance(); err != nil {
		return err
	} else if most != nil {
		v.MaxDistance = most
	}
	var date string
	if info, own := mine.info(); own {
		v.UserInfo = info
	}
	if own, err := mine.get("relevantDate", &date); err != nil {
		return err
	} else if own {
		v.RelevantDate = zonedDate(date)
	}
	return nil
}

// oldPass is what version 1 says of a pass besides.
func (s *Service) oldPass(r store.Reader, p store.Pass, d *definition, v passView) (*passViewV1, error) {
	token, err := s.Issuer.Token(p)
	if err != nil {
		return nil, err
	}
	out := &passViewV1{TransitType: d.Look.Transit, AuthenticationToken: token, DownloadPageLink: v.PageURL, DirectLink: v.PkpassURL}
	for style, to := range map[string]*string{"coupon": &out.CouponID, "storeCard": &out.StoreCardID, "eventTicket": &out.EventTicketID,
		"boardingPass": &out.BoardingPassID, "generic": &out.GenericID} {
		if style == d.Style {
			*to = v.CampaignID
		}
	}
	for slot, to := range map[string]*string{"icon": &out.IconID, "logo": &out.LogoID, "strip": &out.StripID,
		"thumbnail": &out.ThumbnailID, "background": &out.BackgroundID, "footer": &out.FooterID} {
		id := d.Look.Images[slot]
		if own := p.Images[slot]; own != 0 {
			id = own
		}
		if id != 0 {
			*to = id.UUID()
		}
	}
	out.TemplateID, err = templateOfPass(r, p)
	return out, err
}

// templateOfPass is the template that a pass was made with.
func templateOfPass(r store.Reader, p store.Pass) (string, error) {
	t, err := r.Template(p.Org, p.Template)
	if err != nil {
		return "", err
	}
	number := t.Published
	if p.Pinned != 0 && p.Pinned != store.OwnDesign {
		number = p.Pinned
	}
	v, err := r.TemplateRevision(t.ID, number)
	return cmp.Or(v.Item, t.ID).UUID(), err
}
