package issuer

import (
	"context"
	"fmt"
	"maps"

	"pocketpass/store"
)

// LinkPreview is what a page needs to draw a pass as it could come of a link. Nothing of
// it opens a door: the codes are those of no pass.
func (i *Issuer) LinkPreview(ctx context.Context, slug string) (v Preview, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		l, err := r.LinkBySlug(slug)
		if err != nil {
			return err
		}
		c, err := r.Campaign(l.Org, l.Campaign)
		if err != nil {
			return err
		}
		v, err = i.samplePass(r, c, l)
		return err
	})
	if err != nil {
		return Preview{}, fmt.Errorf("preview of a link: %w", err)
	}
	return v, nil
}

func (i *Issuer) samplePass(r store.Reader, c store.Campaign, l store.Link) (v Preview, err error) {
	t, err := templateFor(r, c, l.Template)
	if err != nil {
		return v, err
	}
	d, err := i.design(r, c.Org, t.ID, t.Published)
	if err != nil {
		return v, err
	}
	if id, err := i.identity(r, c.PassTypeIdentifier); err == nil {
		v.Demo = id.Demo
	}
	values := sampleValues(d.declared)
	maps.Copy(values, l.Values)
	v.Pass = store.Pass{Org: c.Org, Campaign: c.ID, Template: t.ID, PassTypeIdentifier: c.PassTypeIdentifier, SerialNumber: sampleSerial, Values: values,
		Expires: expires(c.Rules.Expiry, r.Now)}
	s := subject{pass: v.Pass, campaign: c, sample: true}
	v.Document = d.document.Clone()
	s.rule(v.Document, v.Document)
	filled := d.plan.Fill(v.Document, i.scope(d, s, false))
	for n := range v.Document.Barcodes {
		v.Document.Barcodes[n].Message, v.Document.Barcodes[n].AltText = "", ""
	}
	v.Document.Barcode, v.Document.NFC, v.Document.UserInfo = nil, nil, nil
	i.fill(v.Document, identity{passType: c.PassTypeIdentifier, team: sampleTeam, serial: sampleSerial})
	v.Document.WebServiceURL = ""
	v.Files, err = filesOf(r, d, v.Pass, filled.Strings)
	return v, err
}

// CampaignForm is what a form elsewhere has to know of the passes of a campaign: what is asked
// of a person, and every field.
type CampaignForm struct {
	Asks   store.Asks
	Fields []FormField
}

// CampaignForm returns that of the campaign's default template.
func (i *Issuer) CampaignForm(ctx context.Context, a Actor, campaign store.ID) (f CampaignForm, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		c, err := r.Campaign(a.Org, campaign)
		if err != nil {
			return err
		}
		t, err := templateFor(r, c, 0)
		if err != nil {
			return err
		}
		d, err := i.design(r, a.Org, t.ID, t.Published)
		if err != nil {
			return err
		}
		f = CampaignForm{Asks: asksOf(c.Rules, store.Link{}), Fields: formFields(d)}
		return nil
	})
	return f, err
}
