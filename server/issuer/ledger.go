package issuer

import (
	"context"
	"time"

	"pocketpass/store"
)

// Ledger lists the entries of a pass. Pages count by their numbers.
func (i *Issuer) Ledger(ctx context.Context, a Actor, pass store.ID, p store.Page) (out []store.Entry, next store.ID, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if _, err := r.Pass(a.Org, pass); err != nil {
			return err
		}
		out, next, err = r.Ledger(pass, p)
		return err
	})
	return out, next, err
}

// Redemption returns an entry of a ledger by its id.
func (i *Issuer) Redemption(ctx context.Context, a Actor, id store.ID) (out Redemption, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		out, err = redemption(r, a, id, nil)
		return err
	})
	return out, err
}

// RedemptionFilter narrows the redemptions of a campaign.
type RedemptionFilter struct {
	Campaign store.ID
	Key      store.ID  // that asked for them; 0 means any
	From, To time.Time // zero means open; To is not included
}

// Redemptions lists the entries of all passes of a campaign, in the order of time.
func (i *Issuer) Redemptions(ctx context.Context, a Actor, f RedemptionFilter, p store.Page) (out []store.Entry, next store.ID, err error) {
	if !f.From.IsZero() {
		p.From = store.IDAt(f.From)
	}
	if !f.To.IsZero() {
		p.Before = max(1, store.IDAt(f.To))
	}
	err = i.db.View(ctx, func(r store.Reader) error {
		if _, err := r.Campaign(a.Org, f.Campaign); err != nil {
			return err
		}
		out, next, err = r.Entries(store.EntryFilter{Org: a.Org, Campaign: f.Campaign, Key: f.Key}, p)
		return err
	})
	return out, next, err
}

// VerifyLedger recomputes the ledger of a pass from its first entry.
func (i *Issuer) VerifyLedger(ctx context.Context, a Actor, pass store.ID) (proof store.Proof, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		p, err := r.Pass(a.Org, pass)
		if err != nil {
			return err
		}
		proof, err = r.VerifyLedger(p)
		return err
	})
	return proof, err
}

// VerifyLedgers recomputes those of a campaign's passes, a page of them at a time. Only
// proofs with faults are returned; passes and entries say how many were looked at.
func (i *Issuer) VerifyLedgers(ctx context.Context, a Actor, campaign store.ID, p store.Page) (out Proofs, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if _, err := r.Campaign(a.Org, campaign); err != nil {
			return err
		}
		all, next, err := r.Passes(store.PassFilter{Org: a.Org, Campaign: campaign}, p)
		out = Proofs{Passes: len(all), Next: next}
		for _, pass := range all {
			proof, err := r.VerifyLedger(pass)
			if err != nil {
				return err
			}
			if out.Entries += proof.Entries; len(proof.Faults) > 0 {
				out.Faulty = append(out.Faulty, proof)
			}
		}
		return err
	})
	return out, err
}

// Proofs is what came of recomputing the ledgers of a page of passes.
type Proofs struct {
	Passes  int
	Entries uint64
	Faulty  []store.Proof
	Next    store.ID // After of the next page, zero if there is none
}
