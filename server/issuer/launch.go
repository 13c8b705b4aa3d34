package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pocketpass/store"
)

// Launch asks for a campaign that issues at once.
type Launch struct {
	Campaign NewCampaign       // without a pass type it gets the first of the organisation's that can be signed now
	Template NewTemplate       // its only one; Campaign and both idempotencies are not looked at
	Pictures map[string]Upload // that become images of the design; after "redeemed/" of that for redeemed passes
	Into     store.ID          // an existing campaign that gets the template, instead of a new one; 0 if there is none
	Link     *NewLink          // to its passes, of random address; nil for none
	Listing  *Listing          // of the service whose client makes it; nil for none

	Idempotency Idempotency
}

// Launch makes a campaign with a published template and its pictures, all in one
// commit, or gives a campaign that there is another template. It refuses what phones
// would refuse. Unavailable if nothing could be signed.
func (i *Issuer) Launch(ctx context.Context, a Actor, l Launch) (c store.Campaign, t store.Template, err error) {
	if l.Into == 0 {
		c, err = l.Campaign.campaign(a)
		if err = errors.Join(err, i.checkReceivers(l.Campaign.Receivers)); err != nil {
			return c, t, err
		}
	}
	if err := errors.Join(checkName("/name", l.Template.Name), checkFormer(l.Template.Former)); err != nil {
		return c, t, within("/template", err)
	}
	pictures, err := i.prepareImages(ctx, "", l.Pictures)
	if err != nil {
		return c, t, err
	}
	var style string
	err = i.db.View(ctx, func(r store.Reader) error {
		if l.Into != 0 {
			if c, err = r.Campaign(a.Org, l.Into); err != nil {
				return err
			}
		}
		if c.PassTypeIdentifier, err = i.signable(r, a, c.PassTypeIdentifier); err != nil {
			return err
		}
		if style, err = i.judgeLaunch(r, c, l.Template.Design, pictures); err != nil || l.Link == nil {
			return err
		}
		l.Link.Kind, l.Link.Slug = store.PublicLink, randomText(slugAlphabet, randomSlug)
		return within("/link", i.judgeSettings(r, c, store.Link{ID: 1}, l.Link.LinkSettings))
	})
	if err != nil {
		return c, t, fmt.Errorf("launch: %w", err)
	}
	err = i.update(ctx, func(tx store.Tx) error {
		id, _, err := i.once(tx, a, l.Idempotency, func() (store.ID, error) { return i.launch(tx, a, l, c, style, pictures) })
		if err == nil {
			t, err = tx.Template(a.Org, id)
		}
		if err == nil {
			c, err = tx.Campaign(a.Org, t.Campaign)
		}
		return err
	})
	if err != nil {
		return c, t, fmt.Errorf("launch: %w", err)
	}
	return c, t, nil
}

// Signable is the pass type of the organisation's first certificate that can sign now.
// Unavailable if there is none.
func (i *Issuer) Signable(ctx context.Context, a Actor) (passType string, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		passType, err = i.signable(r, a, "")
		return err
	})
	return passType, err
}

// signable is the pass type that was asked for, or the first that can be signed now.
func (i *Issuer) signable(r store.Reader, a Actor, passType string) (string, error) {
	if passType != "" {
		_, err := i.identity(r, passType)
		return passType, errors.Join(ownsPassType(r, a.Org, passType), err)
	}
	err := store.EachPage(func(p store.Page) (store.ID, error) {
		all, next, err := r.Certificates(a.Org, p)
		at := slices.IndexFunc(all, func(c store.Certificate) bool {
			_, err := i.identity(r, c.PassTypeIdentifier)
			return err == nil
		})
		if at < 0 || err != nil {
			return next, err
		}
		passType = all[at].PassTypeIdentifier
		return 0, nil
	})
	if err == nil && passType == "" {
		err = &Error{Kind: Unavailable, Code: "certificate_missing", Msg: "there is no certificate that could sign passes now: request or import one"}
	}
	return passType, err
}

// judgeLaunch is checkDesign that refuses what phones would refuse, and a field for the
// messages of a new campaign that announces none.
func (i *Issuer) judgeLaunch(r store.Reader, c store.Campaign, s store.Design, pictures map[string]prepared) (string, error) {
	style, found, err := i.checkDesign(r, c, s, pictures)
	if err != nil {
		return "", err
	}
	if err := refused(found); err != nil || c.ID != 0 || c.MessageField == "" {
		return style, err
	}
	doc, err := parseDocument("/design/document", s.Document)
	if err != nil {
		return "", err
	}
	return style, announces(doc, c.MessageField)
}

// launch writes everything and returns the id of the template.
func (i *Issuer) launch(tx store.Tx, a Actor, l Launch, c store.Campaign, style string, pictures map[string]prepared) (store.ID, error) {
	n := l.Template
	if n.Campaign = l.Into; l.Into == 0 {
		campaign, err := i.addCampaignWith(tx, a, c, l.Campaign)
		if err != nil {
			return 0, err
		}
		n.Campaign = campaign
	}
	var err error
	if l.Listing != nil {
		if n.Item, err = addListing(tx, a, *l.Listing, n.Campaign); err != nil {
			return 0, err
		}
	}
	if n.Design, err = withPictures(tx, a, n.Design, pictures); err != nil {
		return 0, err
	}
	id, err := addTemplate(tx, a, n, style)
	if err != nil {
		return 0, err
	}
	t, err := tx.Template(a.Org, id)
	if err != nil {
		return 0, err
	}
	e := Edited{Template: t, Draft: n.Design}
	if err := publish(tx, a, &e, edition{}, false); err != nil {
		return 0, err
	}
	if err := tx.PutTemplate(e.Template); err != nil || l.Link == nil {
		return id, err
	}
	c.ID = n.Campaign
	_, err = addLink(tx, a, c, *l.Link)
	return id, err
}
