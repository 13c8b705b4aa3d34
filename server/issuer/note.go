package issuer

import (
	"context"

	"pocketpass/store"
)

// UpdateNoted is Update for clients that ask later what came of it: it leaves the record
// of a job that is done, also if nothing changed.
func (i *Issuer) UpdateNoted(ctx context.Context, a Actor, id store.ID, ch Change) (p store.Pass, j store.Job, err error) {
	ch.noted = &j
	p, err = i.Update(ctx, a, id, ch)
	return p, j, err
}

func noteChange(tx store.Tx, a Actor, p store.Pass) (store.Job, error) {
	id, err := tx.NewID()
	j := store.Job{ID: id, Org: a.Org, Kind: KindUpdate, Campaign: p.Campaign, Template: p.Template, Source: store.Source{From: store.Listed},
		Key: a.Key, By: a.By, State: store.JobDone, Total: 1, Done: 1, Created: tx.Now, Started: tx.Now, Finished: tx.Now, Updated: tx.Now}
	if err == nil {
		err = tx.PutJob(j)
	}
	return j, err
}
