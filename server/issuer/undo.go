package issuer

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

// Undoing asks to take a redemption back: the one given, or the last one of a pass that stands.
type Undoing struct {
	Redemption  store.ID
	Pass        store.ID
	Note        string
	Place       string
	Who         string // empty means the name of the actor
	Channel     store.Channel
	Idempotency Idempotency

	still still
}

// Undo takes back a redemption with all that it did: a pass that is no longer used up is valid
// again, unless it was voided otherwise; of one that was made invalid nothing is taken
// back. What was spent meanwhile cannot be taken
// back (balance_short), and neither can what was taken back before (already_undone).
func (i *Issuer) Undo(ctx context.Context, a Actor, u Undoing) (out Redemption, err error) {
	if err := checkTexts(u.Note, u.Place, u.Who); err != nil {
		return Redemption{}, err
	}
	u.still = i.stillnessOf(ctx, a, u)
	fresh := false
	err = i.update(ctx, func(tx store.Tx) error {
		id, replayed, err := i.once(tx, a, u.Idempotency, func() (store.ID, error) {
			out, err = undo(tx, a, u)
			return out.Entry.ID, err
		})
		if fresh = !replayed; replayed {
			out, err = redemption(tx.Reader, a, id, err)
		}
		return err
	})
	if err != nil {
		return Redemption{}, fmt.Errorf("undo redemption: %w", err)
	}
	if fresh {
		i.tell(out.Pass)
	}
	return out, nil
}

func undo(tx store.Tx, a Actor, u Undoing) (out Redemption, err error) {
	undone, err := toUndo(tx.Reader, a, u)
	if err != nil {
		return out, err
	}
	if out.Pass, err = tx.Pass(a.Org, undone.Pass); err != nil {
		return out, err
	}
	if out.Campaign, err = tx.Campaign(a.Org, undone.Campaign); err != nil {
		return out, err
	}
	if err := undoable(tx.Reader, out.Pass, undone); err != nil {
		return out, err
	}
	p, before := &out.Pass, out.Pass
	out.Entry, err = tx.Enter(p, store.Entry{
		Action: store.Undo, Amount: undone.Amount, Undoes: undone.Number, Key: a.Key, Channel: cmp.Or(u.Channel, store.ByAPI),
		By: erasable(cmp.Or(u.Who, a.By)), Place: erasable(u.Place), Note: erasable(u.Note), Code: erasable(p.Code),
	}, &undone)
	if err != nil {
		return out, err
	}
	spend(out.Campaign, p, tx.Now)
	event := eventUndone
	if !undone.Action.Counted() {
		event = eventCorrected
	}
	detail := entryDetail(out.Entry)
	detail["undoes"] = undone.ID.Short()
	return out, u.still.save(tx, a, &before, p, event, detail)
}

// toUndo finds the entry that is meant.
func toUndo(r store.Reader, a Actor, u Undoing) (store.Entry, error) {
	if u.Redemption != 0 {
		return r.Entry(a.Org, u.Redemption)
	}
	if _, err := r.Pass(a.Org, u.Pass); err != nil {
		return store.Entry{}, err
	}
	for e, err := range r.Standing(u.Pass) {
		return e, err
	}
	return store.Entry{}, conflict("nothing_to_undo", "no redemption of this pass stands")
}

// undoable refuses what cannot be taken back as things stand.
func undoable(r store.Reader, p store.Pass, e store.Entry) error {
	if err := alterable(r, &p); err != nil {
		return err
	}
	if e.Action == store.Undo {
		return conflict("undo_of_undo", "this took back another redemption; redeem the pass again instead")
	}
	gate := e.Action == store.CheckIn || e.Action == store.CheckOut
	stands := errors.New("taken back")
	for s, err := range r.Standing(p.ID) {
		if err != nil {
			return err
		}
		if s.Number == e.Number {
			stands = nil
		}
		if s.Number <= e.Number {
			break
		}
		if gate {
			return conflict("not_last", "the pass went through the gate again since; take back the last time first")
		}
	}
	if stands != nil {
		return conflict("already_undone", "this redemption was taken back before")
	}
	if after := p.Account.Without(e.Action, e.Amount); !after.Sound() {
		return conflict("balance_short", "the balance is %d, so %d of this redemption cannot be taken back any more", p.Account.Balance, e.Amount)
	}
	return nil
}

// ResetRedemptions makes a pass that is void, used up or not, valid again and gives it its
// uses back. Its ledger stays as it is and gets an entry more. A pass that is
// neither void nor used up stays as it is.
func (i *Issuer) ResetRedemptions(ctx context.Context, a Actor, id store.ID) (p store.Pass, err error) {
	err = i.update(ctx, func(tx store.Tx) error {
		p, err = reset(tx, a, id)
		return err
	})
	if err != nil {
		return store.Pass{}, fmt.Errorf("reset redemptions: %w", err)
	}
	i.tell(p)
	return p, nil
}

func reset(tx store.Tx, a Actor, id store.ID) (p store.Pass, err error) {
	if p, err = tx.Pass(a.Org, id); err != nil {
		return p, err
	}
	if err = alterable(tx.Reader, &p); err != nil {
		return p, err
	}
	if err = resetSpent(tx, a, &p); err != nil || p.Voided.IsZero() {
		return p, err
	}
	p.Voided = p.Spent // zero
	return p, saveSeen(tx, a, &p, eventUnvoided, nil)
}

// resetSpent grants a pass that is used up as many uses as it had at first.
func resetSpent(tx store.Tx, a Actor, p *store.Pass) error {
	if p.Spent.IsZero() {
		return nil
	}
	c, err := tx.Campaign(a.Org, p.Campaign)
	if err != nil {
		return err
	}
	_, err = enter(tx, a, c, p, store.Entry{Action: store.Adjust, Amount: max(1, c.Redemption.Uses), Key: a.Key, Channel: store.ByAPI,
		By: erasable(a.By), Code: erasable(p.Code)}, still{})
	return err
}
