package passkit

import (
	"encoding/json"
	"time"

	"pocketpass/store"
)

// passView is a pass as clients read it.
type passView struct {
	ID            string                       `json:"id"`
	TemplateName  string                       `json:"templateName"`
	CampaignName  string                       `json:"campaignName"`
	UserDefinedID string                       `json:"userDefinedId,omitempty"`
	Email         string                       `json:"recoveryEmail,omitempty"`
	ExpiryDate    string                       `json:"expiryDate,omitempty"`
	Voided        bool                         `json:"isVoided"`
	Redeemed      bool                         `json:"isRedeemed"`
	Invalid       bool                         `json:"isInvalid"`
	Data          map[string]json.RawMessage   `json:"dynamicData"`
	Images        map[string]map[string]string `json:"dynamicImages,omitempty"`
	Back          map[string][]json.RawMessage `json:"dynamicBackfields,omitempty"`
	Pass          *ownDoc                      `json:"passbook,omitempty"`
	LastRedeemAt  string                       `json:"lastRedeemAt,omitempty"`
	FirstAdded    string                       `json:"firstRegisteredAt,omitempty"`
	LastAdded     string                       `json:"lastRegisteredAt,omitempty"`
	FirstRemoved  string                       `json:"firstUnregisteredAt,omitempty"`
	LastRemoved   string                       `json:"lastUnregisteredAt,omitempty"`
	Devices       int                          `json:"passbookDevices"`
	Android       int                          `json:"androidPayDevices"`
	CreatedAt     string                       `json:"createdAt"`
	UpdatedAt     string                       `json:"updatedAt"`
}

func (s *Service) viewPass(r store.Reader, p store.Pass) (v passView, err error) {
	c, err := r.Campaign(p.Org, p.Campaign)
	if err != nil {
		return v, err
	}
	t, err := r.Template(p.Org, p.Template)
	if err != nil {
		return v, err
	}
	x, err := extrasOf(p)
	if err != nil {
		return v, err
	}
	v = passView{
		ID: p.PublicID, TemplateName: nameOf(t.Former, t.ID), CampaignName: nameOf(c.Former, c.ID), UserDefinedID: p.LocalID, Email: x.Email,
		ExpiryDate: writeTime(p.Expires), Voided: !p.Voided.IsZero(), Redeemed: p.Account.Uses > 0,
		Invalid: !p.Invalid.IsZero() || c.State == store.Invalid || !t.Invalid.IsZero(),
		Data:    p.Values, Back: x.Back,
		FirstAdded: writeTime(p.Devices.FirstAdded), LastAdded: writeTime(p.Devices.LastAdded),
		FirstRemoved: writeTime(p.Devices.FirstRemoved), LastRemoved: writeTime(p.Devices.LastRemoved),
		CreatedAt: writeTime(p.Created), UpdatedAt: writeTime(p.Updated),
	}
	if v.Data == nil {
		v.Data = map[string]json.RawMessage{}
	}
	if len(x.Images) > 0 {
		v.Images = map[string]map[string]string{"passbook": x.Images}
	}
	if !x.Pass.empty() {
		v.Pass = &x.Pass
	}
	at, err := lastRedeemed(r, p)
	if err != nil {
		return v, err
	}
	v.LastRedeemAt = writeTime(at)
	devices, err := r.RegistrationsOfPass(p.ID)
	v.Devices = len(devices)
	return v, err
}

func (d *ownDoc) empty() bool {
	return d.Group == "" && d.Background == "" && d.Label == "" && d.Foreground == "" && d.RelevantDate == "" && len(d.UserInfo) == 0 &&
		len(d.Locations) == 0 && len(d.Beacons) == 0
}

// maxTakenBack is how many entries of a ledger are looked at for the last redemption.
const maxTakenBack = 50

// lastRedeemed is when a pass was redeemed last, also if that was taken back.
func lastRedeemed(r store.Reader, p store.Pass) (at time.Time, err error) {
	if p.Account.Entries == 0 {
		return at, nil
	}
	if p.Account.Uses > 0 {
		return p.Account.Last, nil
	}
	all, _, err := r.Ledger(p.ID, store.Page{Reverse: true, Limit: maxTakenBack})
	for _, e := range all {
		if e.Action.Counted() {
			return e.At, err
		}
	}
	return at, err
}
