package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pocketpass/store"
)

// EndCampaign archives a campaign and deletes its templates. Its passes stay good. One
// that is over is NotFound.
func (i *Issuer) EndCampaign(ctx context.Context, a Actor, id store.ID) error {
	err := i.update(ctx, func(tx store.Tx) error {
		before, err := tx.Campaign(a.Org, id)
		if err != nil {
			return err
		}
		if before.Over() {
			return store.ErrNotFound
		}
		c := before
		if err := moveCampaign(&c, store.Archived); err != nil {
			return err
		}
		return errors.Join(saveCampaign(tx, a, before, &c), deleteTemplates(tx, id))
	})
	if err != nil {
		return fmt.Errorf("end campaign: %w", err)
	}
	return nil
}

func deleteTemplates(tx store.Tx, campaign store.ID) error {
	all, _, err := tx.Templates(campaign, store.Page{})
	for _, t := range all {
		if t.Deleted.IsZero() {
			err = errors.Join(err, deleteTemplate(tx, t))
		}
	}
	return err
}

// Discontinue takes a campaign from its shelf, if it is on one, deletes its templates and
// withdraws all of its passes, which a job does: their links work until it gets to them.
// It issues nothing any more, and nobody finds its own links.
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
	before, err := tx.Campaign(a.Org, id)
	if err != nil {
		return err
	}
	it, err := tx.Item(a.Org, id)
	switch {
	case err == nil:
		err = dropItem(tx, it)
	case errors.Is(err, store.ErrNotFound) && before.Style != "":
		err = nil // it was on no shelf
	}
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
	return errors.Join(err, saveCampaign(tx, a, before, &c), deleteTemplates(tx, id))
}
