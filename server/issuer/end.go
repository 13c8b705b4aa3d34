package issuer

import (
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

// EndCampaigns starts a job that voids what is left of each campaign whose end has
// come, once. It has jobs looked at in any case: another process may have accepted one.
func (i *Issuer) EndCampaigns(ctx context.Context) error {
	defer i.rouse()
	for ctx.Err() == nil {
		due := store.ErrNotFound
		err := i.db.View(ctx, func(r store.Reader) error {
			_, due = r.CampaignToEnd()
			return nil
		})
		if err == nil && errors.Is(due, store.ErrNotFound) {
			return nil
		}
		if err = errors.Join(err, due); err == nil {
			err = i.update(ctx, endCampaign)
		}
		if err != nil {
			return fmt.Errorf("end campaign: %w", err)
		}
	}
	return ctx.Err()
}

// endCampaign marks one campaign and starts its job in the same commit.
func endCampaign(tx store.Tx) error {
	c, err := tx.CampaignToEnd()
	if errors.Is(err, store.ErrNotFound) {
		return nil // by another process
	}
	if err != nil {
		return err
	}
	c.Rules.Ended, c.Updated = tx.Now, tx.Now
	c.Edited++
	if c.State == store.Invalid { // with all its passes
		return tx.PutCampaign(c)
	}
	total, err := tx.Counter(c.ID, store.CountPasses)
	if err != nil {
		return err
	}
	d := jobDraft{job: store.Job{Kind: KindEnd, Campaign: c.ID, State: store.JobWaiting, Source: store.Source{From: store.Filtered}, Total: total}}
	_, err = d.add(tx, Actor{Org: c.Org})
	return errors.Join(err, tx.PutCampaign(c))
}
