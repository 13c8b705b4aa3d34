package issuer

import (
	"context"
	"fmt"
	"time"

	"pocketpass/store"
)

// Redeliver sends a delivery once more, under the id that it had.
func (i *Issuer) Redeliver(ctx context.Context, a Actor, endpoint, delivery store.ID) (d store.Delivery, err error) {
	err = i.update(ctx, func(tx store.Tx) error {
		if err := sendable(tx, a, endpoint); err != nil {
			return err
		}
		if d, err = tx.Delivery(endpoint, delivery); err != nil {
			return err
		}
		if err := tx.RequeueDelivery(d); err != nil {
			return err
		}
		d, err = tx.Delivery(endpoint, delivery)
		return err
	})
	if err != nil {
		return store.Delivery{}, fmt.Errorf("redeliver: %w", err)
	}
	return d, nil
}

// sendable refuses an endpoint that is sent nothing.
func sendable(tx store.Tx, a Actor, endpoint store.ID) error {
	e, err := tx.Endpoint(a.Org, endpoint)
	if err == nil && e.State != store.EndpointActive {
		return conflict("endpoint_disabled", "the endpoint is disabled (%s); make it active first", e.Why)
	}
	return err
}

// replayBatch is how many deliveries one call of Replay looks at.
const replayBatch = 500

// Replay says what to send once more.
type Replay struct {
	Since time.Time
	All   bool     // what was delivered too; else only what failed or was dropped
	After store.ID // Next of the call before, zero for the first
}

// Replayed is what came of it.
type Replayed struct {
	Count int
	Next  store.ID // zero if that was all
}

// Replay sends deliveries to an endpoint once more, a batch with each call, the
// oldest first.
func (i *Issuer) Replay(ctx context.Context, a Actor, endpoint store.ID, what Replay) (out Replayed, err error) {
	if what.Since.IsZero() {
		return Replayed{}, invalid("/since", "since_missing", "say since when, like 2026-12-31T23:59:59Z")
	}
	err = i.update(ctx, func(tx store.Tx) error {
		if err := sendable(tx, a, endpoint); err != nil {
			return err
		}
		after := max(what.After, store.FirstDelivery(what.Since))
		all, next, err := tx.Deliveries(endpoint, what.takes, store.Page{After: after, Limit: replayBatch})
		if err != nil {
			return err
		}
		out = Replayed{Count: len(all), Next: next}
		for _, d := range all {
			if err := tx.RequeueDelivery(d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Replayed{}, fmt.Errorf("replay: %w", err)
	}
	return out, nil
}

func (p Replay) takes(d *store.Delivery) bool {
	switch d.State {
	case store.DeliveryFailed, store.DeliveryDropped:
		return !d.At.Before(p.Since)
	case store.DeliveryDelivered:
		return p.All && !d.At.Before(p.Since)
	}
	return false
}

// Endpoint returns an endpoint of the actor's organisation.
func (i *Issuer) Endpoint(ctx context.Context, a Actor, id store.ID) (e store.Endpoint, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		e, err = r.Endpoint(a.Org, id)
		return err
	})
	return e, err
}

// Deliveries lists what was and is to be sent to an endpoint, of one state or, with
// "", of all.
func (i *Issuer) Deliveries(ctx context.Context, a Actor, endpoint store.ID, state store.DeliveryState, p store.Page) (all []store.Delivery, next store.ID, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if _, err := r.Endpoint(a.Org, endpoint); err != nil {
			return err
		}
		all, next, err = r.Deliveries(endpoint, func(d *store.Delivery) bool { return state == "" || d.State == state }, p)
		return err
	})
	return all, next, err
}
