package issuer

import (
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

// RefreshCampaign makes every device that has a pass of the campaign fetch it anew, though
// nothing of it changes: one commit, however many passes there are.
func (i *Issuer) RefreshCampaign(ctx context.Context, a Actor, id store.ID) (c store.Campaign, err error) {
	err = i.update(ctx, func(tx store.Tx) error {
		if c, err = tx.Campaign(a.Org, id); err != nil {
			return err
		}
		return errors.Join(announceCampaign(tx, &c), tx.PutCampaign(c))
	})
	if err != nil {
		return store.Campaign{}, fmt.Errorf("refresh campaign: %w", err)
	}
	return c, nil
}

// RefreshPass is the same for one pass.
func (i *Issuer) RefreshPass(ctx context.Context, a Actor, id store.ID) (p store.Pass, err error) {
	err = i.update(ctx, func(tx store.Tx) error {
		if p, err = tx.Pass(a.Org, id); err != nil {
			return err
		}
		return saveSeen(tx, a, &p, eventUpdated, nil)
	})
	if err != nil {
		return store.Pass{}, fmt.Errorf("refresh pass: %w", err)
	}
	i.tell(p)
	return p, nil
}
