package issuer

import (
	"context"
	"errors"
	"fmt"

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
