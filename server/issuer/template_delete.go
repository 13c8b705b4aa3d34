package issuer

import (
	"context"
	"fmt"

	"pocketpass/store"
)

// DeleteTemplate ends a template: nothing is issued from it any more, and its external id
// is free again. Its passes stay good and go on showing it. Deleting it again is NotFound.
func (i *Issuer) DeleteTemplate(ctx context.Context, a Actor, id store.ID) error {
	err := i.update(ctx, func(tx store.Tx) error {
		t, err := tx.Template(a.Org, id)
		if err != nil {
			return err
		}
		if !t.Deleted.IsZero() {
			return store.ErrNotFound
		}
		return deleteTemplate(tx, t)
	})
	if err != nil {
		return fmt.Errorf("delete template: %w", err)
	}
	return nil
}

func deleteTemplate(tx store.Tx, t store.Template) error {
	t.Deleted, t.Updated = tx.Now, tx.Now
	t.Edited++
	return tx.PutTemplate(t)
}
