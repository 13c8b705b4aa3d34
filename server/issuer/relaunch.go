package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pocketpass/store"
)

// Listing is what a service lists a campaign as.
type Listing struct {
	Campaign NewItem
	Template *NewItem // that is made with it; nil if the campaign's needs name one
}

// addListing lists a campaign and returns the item that its design is made from.
func addListing(tx store.Tx, a Actor, l Listing, campaign store.ID) (template store.ID, err error) {
	if template, err = listTemplate(tx, a, &l); err != nil {
		return 0, err
	}
	_, err = addItem(tx, a, campaign, l.Campaign)
	return template, err
}

// listTemplate makes the template of a listing, if it has to be made.
func listTemplate(tx store.Tx, a Actor, l *Listing) (store.ID, error) {
	if l.Template != nil {
		made, err := addItem(tx, a, 0, *l.Template)
		if err != nil {
			return 0, err
		}
		l.Campaign.Needs = []store.ID{made.ID}
	}
	if len(l.Campaign.Needs) == 0 {
		return 0, nil
	}
	return l.Campaign.Needs[0], nil
}

// Relaunch says what becomes of a campaign that was launched, all in one commit.
type Relaunch struct {
	Campaign CampaignChange // IfMatch has to be given
	Design   store.Design
	Source   []byte
	Pictures map[string]Upload
	Link     LinkSettings
	Listing  Listing
}

// Relaunch publishes another design of a campaign's template and changes the campaign,
// its first link and its listing with it. Pinned passes stay as they are.
func (i *Issuer) Relaunch(ctx context.Context, a Actor, id store.ID, l Relaunch) (c store.Campaign, err error) {
	pictures, err := i.prepareImages(ctx, "", l.Pictures)
	if err != nil {
		return c, err
	}
	err = i.db.View(ctx, func(r store.Reader) error {
		if c, err = r.Campaign(a.Org, id); err != nil {
			return err
		}
		t, err := r.Template(a.Org, c.Template)
		if err != nil {
			return err
		}
		style, err := i.judgeLaunch(r, c, l.Design, pictures)
		if err == nil && style != t.Style {
			err = conflict("style_fixed", "passes were issued as %s; make another campaign for a %s", t.Style, style)
		}
		return errors.Join(err, within("/link", i.judgeSettings(r, c, store.Link{ID: id}, l.Link)))
	})
	if err != nil {
		return c, fmt.Errorf("relaunch: %w", err)
	}
	err = i.update(ctx, func(tx store.Tx) error {
		c, err = relaunch(tx, a, id, l, pictures)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("relaunch: %w", err)
	}
	return c, nil
}

func relaunch(tx store.Tx, a Actor, id store.ID, l Relaunch, pictures map[string]prepared) (c store.Campaign, err error) {
	before, err := tx.Campaign(a.Org, id)
	if err != nil {
		return c, err
	}
	if err := unchanged(l.Campaign.IfMatch, before.Edited); err != nil {
		return c, err
	}
	c = before
	if err := applyCampaign(tx, &c, l.Campaign); err != nil {
		return c, err
	}
	if err := saveCampaign(tx, a, before, &c); err != nil {
		return c, err
	}
	t, err := tx.Template(a.Org, c.Template)
	if err != nil {
		return c, err
	}
	if t.Item, err = relist(tx, a, l.Listing, id); err != nil {
		return c, err
	}
	if t.Source, err = tx.PutBlob(l.Source); err != nil {
		return c, err
	}
	design := l.Design
	if design.Images, err = putAssets(tx, a, design.Images, pictures); err != nil {
		return c, err
	}
	return c, errors.Join(tx.PutDraft(t.ID, design), publish(tx, a, &Edited{Template: t, Draft: design}, loud), relink(tx, id, l.Link))
}

// relist changes what a campaign is listed as, and returns the item that its design is
// made from.
func relist(tx store.Tx, a Actor, l Listing, campaign store.ID) (template store.ID, err error) {
	was, err := tx.Item(a.Org, campaign)
	if err != nil {
		return 0, err
	}
	if template, err = listTemplate(tx, a, &l); err != nil {
		return 0, err
	}
	n := l.Campaign
	if err := n.hasNeeds(tx.Reader, a.Org); err != nil {
		return 0, err
	}
	if n.Name != was.Name {
		if was.Name, err = n.name(tx.Reader, a.Org); err != nil {
			return 0, err
		}
	}
	was.Body, was.Needs, was.Updated = n.Body, n.Needs, tx.Now
	return template, tx.PutItem(was)
}

// relink changes the first link of a campaign, if it has one.
func relink(tx store.Tx, campaign store.ID, s LinkSettings) error {
	all, _, err := tx.Links(campaign, store.Page{Limit: 1})
	if err != nil || len(all) == 0 {
		return err
	}
	l := all[0]
	if err := s.apply(tx, &l); err != nil {
		return err
	}
	l.Edited++
	l.Updated = tx.Now
	return tx.PutLink(l)
}

// Discontinue takes a campaign from its shelf and withdraws all of its passes, which
// a job does: their links work until it gets to them. It issues nothing any more, and
// nobody finds its own links.
func (i *Issuer) Discontinue(ctx context.Context, a Actor, id store.ID) error {
	d, err := i.draftJob(NewJob{Kind: KindDelete, Campaign: id})
	if err != nil {
		return err
	}
	err = i.update(ctx, func(tx store.Tx) error { return discontinue(tx, a, id, d) })
	if err != nil {
		return fmt.Errorf("discontinue campaign: %w", err)
	}
	i.rouse()
	return nil
}

func discontinue(tx store.Tx, a Actor, id store.ID, d jobDraft) error {
	it, err := tx.Item(a.Org, id)
	if err != nil {
		return err
	}
	before, err := tx.Campaign(a.Org, id)
	if err != nil {
		return err
	}
	c := before
	if slices.Contains(moves[c.State], store.Archived) {
		c.State = store.Archived
	}
	links, _, err := tx.Links(id, store.Page{Limit: maxLinks})
	for _, l := range links {
		err = errors.Join(err, tx.DeleteLink(l.ID))
	}
	if err == nil {
		_, err = d.add(tx, a)
	}
	return errors.Join(err, dropItem(tx, it), saveCampaign(tx, a, before, &c))
}
