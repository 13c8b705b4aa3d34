package issuer

import (
	"context"

	"pocketpass/store"
)

// OrganisationName is what passes call the actor's organisation that name no other.
func (i *Issuer) OrganisationName(ctx context.Context, a Actor) (name string, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		o, err := r.Organisation(a.Org)
		name = o.Shown()
		return err
	})
	return name, err
}
