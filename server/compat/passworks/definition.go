package passworks

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"pocketpass/store"
)

// The kinds of codes.
const (
	codeSequential = "sequencial" // as the service spells it
	codeFixed      = "fixed"
	codePerPass    = "per_pass"
)

// codeDigits is how long running numbers are at least.
const codeDigits = 8

// definition is what a client made of a campaign. Each change makes another; passes
// keep the one that they were issued or merged with.
type definition struct {
	Style         string          `json:"style"`
	Name          string          `json:"name"`
	Description   *string         `json:"description,omitempty"`
	Organization  *string         `json:"organization,omitempty"`
	Certificate   store.ID        `json:"certificate,omitempty"`
	Look          look            `json:"look"`
	Fields        fields          `json:"fields"`
	Locations     []location      `json:"locations,omitempty"`
	Beacons       []beacon        `json:"beacons,omitempty"`
	Stores        []int64         `json:"stores,omitempty"`
	CodeType      string          `json:"codeType"`
	CodeFixed     *string         `json:"codeFixed,omitempty"`
	Multiple      bool            `json:"multiple,omitempty"`
	Expires       time.Time       `json:"expires,omitzero"`
	MaxDistance   *int            `json:"maxDistance,omitempty"`
	UserInfo      json.RawMessage `json:"userInfo,omitempty"`
	OG            bool            `json:"og"`
	OGDescription string          `json:"ogDescription,omitempty"`
	Javascript    *string         `json:"javascript,omitempty"`
	Stylesheet    *string         `json:"stylesheet,omitempty"`
	RemoteForm    *string         `json:"remoteForm,omitempty"`
	ShortPages    bool            `json:"shortPages,omitempty"`
	GWallet       bool            `json:"gwallet,omitempty"`
	GWalletStatus *string         `json:"gwalletStatus,omitempty"`
	SyncLocations bool            `json:"syncLocations"`
	SyncBeacons   bool            `json:"syncBeacons"`

	foreign bool // no client of the service made it
	loose   bool // its values are no more than what placeholders stand for
}

// newDefinition is a campaign of which nothing was said.
func newDefinition(k *kind) definition {
	return definition{Style: k.style, Look: look{Barcode: noBarcode}, CodeType: codeSequential, UserInfo: json.RawMessage("{}"),
		OG: true, SyncLocations: true, SyncBeacons: true}
}

// maxDefinition bounds what is kept of a campaign, in bytes.
const maxDefinition = 512 << 10

// read lays the members of a request over d.
func (d *definition) read(in *input, k *kind) {
	d.readRules(in, k)
	d.readPage(in)
	merge := true
	in.flag("merge", &merge)
	d.Fields.read(in, merge)
	if all, given := readLocations(in); given {
		d.Locations = all
	}
	if all, given := readBeacons(in); given {
		d.Beacons = all
	}
	if all, given := in.list("associated_store_identifiers"); given {
		d.Stores = readStores(in, all)
	}
	in.info("user_info", &d.UserInfo)
	in.flag("sync_locations_on_merge", &d.SyncLocations)
	in.flag("sync_beacons_on_merge", &d.SyncBeacons)
	if raw, err := json.Marshal(d); err != nil || len(raw) > maxDefinition {
		in.wrong("base", "the campaign is too large")
	}
}

func (d *definition) readRules(in *input, k *kind) {
	in.word("name", &d.Name)
	in.text("description", &d.Description)
	in.text("organization_name", &d.Organization)
	d.readCode(in)
	in.flag("allow_multiple_redeems", &d.Multiple)
	in.date("expiration_date", &d.Expires)
	in.whole("max_distance", &d.MaxDistance, 1, k.maxDistance)
	in.flag("gwallet_usage", &d.GWallet)
	d.GWallet = d.GWallet && k.android
	if strings.TrimSpace(d.Name) == "" {
		in.wrong("name", "can't be blank")
	}
}

func (d *definition) readCode(in *input) {
	if raw, ok := in.given("code_type"); ok {
		if text, _ := textOf(raw); text == "sequential" {
			in.object["code_type"] = quoted(codeSequential)
		}
	}
	in.choice("code_type", &d.CodeType, codeSequential, codeFixed, codePerPass)
	in.text("code_fixed_value", &d.CodeFixed)
	if d.CodeType == codeFixed && textOr(d.CodeFixed, "") == "" {
		in.wrong("code_fixed_value", "can't be blank")
	}
}

// readPage reads what concerns the download page.
func (d *definition) readPage(in *input) {
	in.flag("og", &d.OG)
	in.word("og_description", &d.OGDescription)
	in.text("javascript", &d.Javascript)
	in.text("stylesheet", &d.Stylesheet)
	in.text("remote_form_url", &d.RemoteForm)
	in.flag("render_on_short_url", &d.ShortPages)
	if address := textOr(d.RemoteForm, ""); address != "" {
		if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			in.wrong("remote_form_url", "is not a valid URL")
		}
	}
}

func readStores(in *input, all []json.RawMessage) []int64 {
	out := make([]int64, 0, len(all))
	for _, raw := range all {
		item := input{object: object{"id": raw}, at: "associated_store_identifiers"}
		var n *float64
		if item.number("id", &n, 1<<53); n == nil || item.err != nil || *n != float64(int64(*n)) || *n < 1 {
			in.wrong("associated_store_identifiers", "must be an array of numbers")
			return nil
		}
		out = append(out, int64(*n))
	}
	return out
}

// numbering is how the engine makes the codes.
func (d *definition) numbering() store.Numbering {
	switch d.CodeType {
	case codeFixed:
		return store.Numbering{Kind: store.Fixed, Digits: codeDigits, Fixed: *d.CodeFixed}
	case codePerPass:
		return store.Numbering{Kind: store.Given}
	}
	return store.Numbering{Kind: store.Sequential, Digits: codeDigits}
}

// maxRedeems stands for as often as somebody likes: the kind of what redeeming means must
// not change once a pass was redeemed, how often may.
const maxRedeems = 1_000_000

func (d *definition) redemption() store.Redemption {
	if d.Multiple {
		return store.Redemption{Kind: store.Uses, Uses: maxRedeems}
	}
	return store.Redemption{Kind: store.Uses, Uses: 1}
}

// kind is the sort of campaign that it is.
func (d *definition) kind() *kind { return kindOf(d.Style) }

// description is the text for people who do not see the pass.
func (d *definition) description() string {
	if text := textOr(d.Description, ""); text != "" {
		return text
	}
	return d.Name
}
