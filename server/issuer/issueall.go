package issuer

import (
	"context"
	"fmt"

	"pocketpass/store"
)

// IssueAll makes a pass for each order in one commit, or none: an *ItemError says which
// of them is the reason. Orders bring neither pictures, places nor idempotency.
func (i *Issuer) IssueAll(ctx context.Context, a Actor, all []Order) (out []store.Pass, err error) {
	for n := range all {
		if all[n], err = all[n].checked(); err != nil {
			return nil, oneOf(len(all), n, err)
		}
	}
	err = unlessOutdated(ctx, func() error { // by a publication of a template
		judged, err := i.judgeOrders(ctx, a, all)
		if err != nil {
			return err
		}
		return i.update(ctx, func(tx store.Tx) error {
			out = make([]store.Pass, len(all))
			for n, o := range all {
				if out[n], err = i.addStanding(tx, a, o, judged[n]); err != nil {
					return oneOf(len(all), n, err)
				}
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("issue passes: %w", err)
	}
	return out, nil
}

// judgeOrders judges orders before there is a transaction that writes.
func (i *Issuer) judgeOrders(ctx context.Context, a Actor, all []Order) (out []judgement, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		out = make([]judgement, len(all))
		for n, o := range all {
			if out[n], err = i.judgeOrder(r, a, o); err != nil {
				return oneOf(len(all), n, err)
			}
		}
		return nil
	})
	return out, err
}

// addStanding adds a pass and brings it to where it is to stand.
func (i *Issuer) addStanding(tx store.Tx, a Actor, o Order, j judgement) (store.Pass, error) {
	p, err := i.addPass(tx, a, o, j)
	if err != nil || !o.Stand.given() {
		return p, err
	}
	return o.Stand.apply(tx, a, p)
}
