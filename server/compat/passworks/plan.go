package passworks

import (
	"cmp"
	"encoding/json"
	"errors"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// plan is what the engine is asked for to make a campaign of a definition.
type plan struct {
	passType string // empty means any that can be signed
	design   store.Design
	source   []byte
	pictures map[string]issuer.Upload
	link     issuer.LinkSettings
	listing  issuer.Listing
}

// plan lays a request over a definition. before is the campaign as it is, nil of a new
// one.
func (s *Service) plan(c call, d *definition, in *input, before *campaign) (p plan, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		if err := s.dress(r, c, d, in, before, &p.listing); err != nil {
			return err
		}
		if p.passType, err = d.chooseCertificate(r, c, in, before); err != nil {
			return err
		}
		account, err := r.Organisation(c.actor.Org)
		if err != nil {
			return err
		}
		d.sync(before)
		if err := p.draw(r, c, d, account.Shown(), before); err != nil {
			return err
		}
		p.link, err = d.link(account.Shown(), s.Issuer.RunsScripts()), nil
		return err
	})
	if err != nil {
		return p, err
	}
	if p.source, err = json.Marshal(d); err != nil {
		return p, err
	}
	p.listing.Campaign.Shelf, p.listing.Campaign.Name, p.listing.Campaign.Body = c.kind.shelf(), d.Name, p.source
	return p, nil
}

// dress reads a request and decides which template the campaign has: the one that is
// asked for or that it had, if nothing of it is said otherwise, and a new one else.
func (s *Service) dress(r store.Reader, c call, d *definition, in *input, before *campaign, l *issuer.Listing) error {
	var template store.ID
	if in.id("template_id", &template); in.err != nil {
		return in.err
	}
	switch {
	case template != 0:
		chosen, err := s.template(r, c, template)
		if errors.Is(err, store.ErrNotFound) { // one of somebody else is copied
			chosen, err = s.pattern(r, c, template)
			template = 0
		}
		if err != nil || chosen.Style != d.Style {
			return invalid("template_id", "does not exist")
		}
		d.Look = chosen.Look
	case before != nil && len(before.item.Needs) > 0:
		template = before.item.Needs[0]
	}
	was := d.Look
	d.Look.read(in)
	d.read(in, c.kind)
	if d.Look.check(in, d.Style); in.err != nil {
		return in.err
	}
	if template != 0 && d.Look.same(was) {
		l.Campaign.Needs = []store.ID{template}
		return nil
	}
	if err := hasAssets(r, c.actor.Org, d.Look.Images); err != nil {
		return err
	}
	made, err := newTemplate("Template for "+d.Name, templateBody{Description: d.description(), Style: d.Style, Look: d.Look})
	made.Numbered = true
	l.Template = &made
	return err
}

// chooseCertificate is the pass type that a request asks for.
func (d *definition) chooseCertificate(r store.Reader, c call, in *input, before *campaign) (string, error) {
	var id store.ID
	if in.id("certificate_id", &id); in.err != nil || id == 0 {
		return "", in.err
	}
	found, err := r.Certificate(c.actor.Org, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !found.Ready() {
		return "", invalid("certificate_id", "does not exist")
	}
	if err != nil {
		return "", err
	}
	if before != nil && found.PassTypeIdentifier != before.PassTypeIdentifier {
		return "", invalid("certificate_id", "is for another pass type identifier, which passes keep")
	}
	d.Certificate = id
	return found.PassTypeIdentifier, nil
}

// sync notes that Google's side knows nothing of the definition.
func (d *definition) sync(before *campaign) {
	d.GWalletStatus = nil
	if !d.GWallet {
		return
	}
	status := "local"
	if before != nil {
		status = "updated"
	}
	d.GWalletStatus = &status
}

// draw makes the design with the images that its style shows. What was prepared for the
// design before is taken from there.
func (p *plan) draw(r store.Reader, c call, d *definition, account string, before *campaign) (err error) {
	if p.design, err = d.design(account); err != nil {
		return err
	}
	var had map[string]store.ID
	if before != nil {
		draft, err := r.Draft(before.Template)
		if err != nil {
			return err
		}
		had = draft.Images
	}
	p.design.Images, p.pictures = make(map[string]store.ID), make(map[string]issuer.Upload)
	for slot, id := range d.Look.Images {
		if !shows(d.Style, slot, d.Look.Images["strip"] != 0) {
			continue
		}
		if before != nil && before.Look.Images[slot] == id && had[slot] != 0 {
			p.design.Images[slot] = had[slot]
			continue
		}
		if err := picture(r, c.actor.Org, id, slot, p.design.Images, p.pictures); err != nil {
			return err
		}
	}
	return nil
}

// settings are the rules of the engine's campaign.
func (d *definition) settings() issuer.CampaignSettings {
	numbering, redemption, expiry := d.numbering(), d.redemption(), store.ExpiryRule{At: d.Expires}
	return issuer.CampaignSettings{Numbering: &numbering, Redemption: &redemption, Expiry: &expiry}
}

// Limits of what messengers show, in characters.
const (
	maxShareTitle = 120
	maxShareText  = 300
)

// link is the download page of an account with this name.
func (d *definition) link(account string, scripts bool) issuer.LinkSettings {
	var out issuer.LinkSettings
	title, text, form := "", "", textOr(d.RemoteForm, "")
	if d.OG {
		title = clipped(d.organisation(account)+" "+d.Name, maxShareTitle)
		text = clipped(cmp.Or(d.OGDescription, d.description()), maxShareText)
	}
	name, script, sheet := clipped(d.Name, maxShareTitle), "", textOr(d.Stylesheet, "")
	if scripts {
		script = textOr(d.Javascript, "")
	}
	out.Title, out.ShareTitle, out.ShareText = &name, &title, &text
	out.Script, out.Stylesheet, out.RemoteForm = &script, &sheet, &form
	uuids := true
	out.UUIDs = &uuids
	return out
}

// clone is a copy that can be changed.
func (d *definition) clone() *definition {
	out := *d
	out.Fields = d.Fields.clone()
	return &out
}

func parseDefinition(raw json.RawMessage) (*definition, error) {
	d := new(definition)
	err := json.Unmarshal(raw, d)
	return d, err
}
