package store

import (
	"errors"

	"pocketpass/store/kv"
)

// Former is how an old service called a record that came from it. In an organisation
// no two records of a kind have the same. The zero Former is of all others.
type Former struct {
	Service string `json:"service,omitempty"` // "passworks"
	ID      string `json:"id,omitempty"`      // as that service spelt it
}

// Indexes of records by their Former.
const (
	assetByFormer    kv.Table = "asset_former"
	campaignByFormer kv.Table = "campaign_former"
	templateByFormer kv.Table = "template_former"
	passByFormer     kv.Table = "pass_former"
	itemByFormer     kv.Table = "item_former"
)

// Of is the id if that service gave it, else nothing.
func (f Former) Of(service string) string {
	if f.Service != service {
		return ""
	}
	return f.ID
}

// key is what leads to the record of an organisation.
func (f Former) key(org ID) []byte { return join(org, f.Service, f.ID) }

// keys are those of a record in its index.
func (f Former) keys(org ID) [][]byte {
	if f.ID == "" {
		return nil
	}
	return [][]byte{f.key(org)}
}

func (f *Former) fields(to *fields) {
	text(to, &f.Service)
	text(to, &f.ID)
}

// AssetByFormer finds an asset by what an old service called it.
func (r Reader) AssetByFormer(org ID, f Former) (Asset, error) {
	return assets.find(r.kv, assetByFormer, f.key(org))
}

// CampaignByFormer finds a campaign by what an old service called it.
func (r Reader) CampaignByFormer(org ID, f Former) (Campaign, error) {
	return campaigns.find(r.kv, campaignByFormer, f.key(org))
}

// TemplateByFormer finds a template by what an old service called it.
func (r Reader) TemplateByFormer(org ID, f Former) (Template, error) {
	return templates.find(r.kv, templateByFormer, f.key(org))
}

// ItemByFormer finds an item by what an old service called it.
func (r Reader) ItemByFormer(org ID, f Former) (Item, error) {
	return items.find(r.kv, itemByFormer, f.key(org))
}

// FormerOf is what an old service called the item or pass of the organisation with this
// id; zero if it is neither, or came from nowhere.
func (r Reader) FormerOf(org, id ID) (Former, error) {
	it, err := r.Item(org, id)
	if !errors.Is(err, ErrNotFound) {
		return it.Former, err
	}
	p, err := passes.get(r.kv, id.key())
	if p, err = owned(p, err, org, p.Org); errors.Is(err, ErrNotFound) {
		return Former{}, nil
	}
	return p.Former, err
}

// PassByFormer finds a pass that was not deleted by what an old service called it.
func (r Reader) PassByFormer(org ID, f Former) (Pass, error) {
	return passes.find(r.kv, passByFormer, f.key(org))
}
