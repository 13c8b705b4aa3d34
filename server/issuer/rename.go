package issuer

import (
	"errors"

	"pocketpass/store"
)

// renaming says whether passes show the name of a campaign, and by which designs that
// was found out.
type renaming struct {
	shown    bool
	editions int
}

// judgeRename looks through the designs in force. Compiling them may be slow, so it
// is done before the transaction.
func (i *Issuer) judgeRename(r store.Reader, a Actor, campaign store.ID) (n renaming, err error) {
	return n, eachPublished(r, campaign, func(t store.Template) error {
		n.editions += t.Published
		d, err := i.design(r, a.Org, t.ID, t.Published)
		n.shown = n.shown || err == nil && d.plan.Names("campaign.name")
		return err
	})
}

// apply announces a campaign with another name, if passes show it. A design that was
// published meanwhile has it judged again.
func (n renaming) apply(tx store.Tx, c *store.Campaign) error {
	editions := 0
	err := eachPublished(tx.Reader, c.ID, func(t store.Template) error {
		editions += t.Published
		return nil
	})
	switch {
	case err != nil:
		return err
	case editions != n.editions:
		return errOutdated
	case n.shown:
		return errors.Join(announceCampaign(tx, c), tx.PutCampaign(*c))
	}
	return nil
}

// eachPublished visits the templates of a campaign that were published.
func eachPublished(r store.Reader, campaign store.ID, visit func(store.Template) error) error {
	return store.EachPage(func(p store.Page) (store.ID, error) {
		all, next, err := r.Templates(campaign, p)
		for _, t := range all {
			if err != nil {
				break
			}
			if t.Published > 0 {
				err = visit(t)
			}
		}
		return next, err
	})
}
