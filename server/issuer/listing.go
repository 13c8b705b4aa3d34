package issuer

import (
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
