package issuer

import (
	"context"
	"errors"
	"strings"

	"pocketpass/store"
)

// still says that a pass looks the same however it is redeemed, so that no phone needs to
// be told: one that fetches a version without a difference logs that the server is at fault.
// It holds as long as neither the pass nor its design became another.
type still struct {
	sure      bool
	edited    int // of the pass
	published int // revision of its template
}

// stillness looks, before there is a transaction that writes, whether anything that p shows
// is made of its account. A design that cannot be read is no reason not to redeem the pass.
func (i *Issuer) stillness(r store.Reader, c store.Campaign, p store.Pass) still {
	if p.IsFile() {
		return still{sure: true, edited: p.Edited}
	}
	d, errDesign := i.designOf(r, p)
	t, err := r.Template(p.Org, p.Template)
	if err != nil || errDesign != nil {
		return still{}
	}
	return still{!d.moves && !c.Placed && !mayHavePlaceholders(p.Patch), p.Edited, t.Published}
}

// stillnessOf is stillness of the pass of which u takes a redemption back. What is wrong
// with u is for the transaction to say.
func (i *Issuer) stillnessOf(ctx context.Context, a Actor, u Undoing) (s still) {
	err := i.db.View(ctx, func(r store.Reader) error {
		e, err := toUndo(r, a, u)
		if err != nil {
			return err
		}
		p, errPass := r.Pass(a.Org, e.Pass)
		c, err := r.Campaign(a.Org, e.Campaign)
		if err = errors.Join(errPass, err); err == nil {
			s = i.stillness(r, c, p)
		}
		return err
	})
	if err != nil {
		return still{}
	}
	return s
}

// ofAccount tells the facts that a redemption changes.
func ofAccount(fact string) bool { return strings.HasPrefix(fact, "account.") }

// save saves p after something was entered in its ledger.
func (s still) save(tx store.Tx, a Actor, before, p *store.Pass, event string, detail map[string]string) error {
	if s.holds(tx.Reader, before, p) {
		return saveUnseen(tx, a, p, event, detail)
	}
	return saveSeen(tx, a, p, event, detail)
}

// holds compares a pass before and after it was redeemed.
func (s still) holds(r store.Reader, before, after *store.Pass) bool {
	if !s.sure || before.Edited != s.edited || !before.Voided.Equal(after.Voided) {
		return false
	}
	if after.IsFile() {
		return true
	}
	t, err := r.Template(after.Org, after.Template)
	return err == nil && t.Published == s.published
}
