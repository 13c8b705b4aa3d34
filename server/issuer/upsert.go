package issuer

import (
	"context"
	"errors"

	"pocketpass/store"
)

// Upsert issues a pass under an external id, or changes the one that has it.
// created says which. Of a pass that is there the holder's details change, or it gets a
// holder if it has none; that somebody else is to hold it is a Conflict.
func (i *Issuer) Upsert(ctx context.Context, a Actor, o Order) (p store.Pass, created bool, err error) {
	if o.ExternalID == "" {
		return store.Pass{}, false, invalid("/externalId", "external_id", "give the external id to look for")
	}
	if o, err = o.checked(); err != nil {
		return store.Pass{}, false, err
	}
	err = unlessOutdated(ctx, func() error {
		p, err = i.updatePass(ctx, a, o.change(), o.find(a))
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		p, err = i.Issue(ctx, a, o)
		if created = err == nil; created {
			return nil
		}
		return i.issuedMeanwhile(ctx, a, o, err)
	})
	return p, created, err
}

// find returns the pass that an order names by its external id.
func (o Order) find(a Actor) func(store.Reader) (store.Pass, error) {
	return func(r store.Reader) (store.Pass, error) {
		p, err := r.PassByExternalID(a.Org, o.ExternalID)
		if err == nil && p.Campaign != o.Campaign {
			return p, conflict("external_id_elsewhere", "the pass with this external id belongs to another campaign; choose another id")
		}
		return p, err
	}
}

// issuedMeanwhile makes errOutdated of the failure of an order if somebody else
// issued a pass under its external id: that one is there to be changed. A serial
// number or code that is taken would stay so.
func (i *Issuer) issuedMeanwhile(ctx context.Context, a Actor, o Order, failure error) error {
	if e, ok := errors.AsType[*Error](failure); !ok || e.Code != codeTaken && e.Code != codeUsed {
		return failure
	}
	err := i.db.View(ctx, func(r store.Reader) error {
		_, err := r.PassByExternalID(a.Org, o.ExternalID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return failure
	}
	if err != nil {
		return errors.Join(failure, err)
	}
	return errOutdated
}

func (o Order) change() Change {
	ch := Change{Values: o.Values, Images: o.Images, Expires: o.Expires, holder: o.Holder}
	if o.Document != nil {
		ch.Document = &o.Document
	}
	if o.Tags != nil {
		ch.Tags = &o.Tags
	}
	if o.Near != (store.Point{}) {
		ch.Near = &o.Near
	}
	return ch
}
