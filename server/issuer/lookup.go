package issuer

import (
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

// Prospect is what redeeming a pass would do now.
type Prospect struct {
	Pass     store.Pass
	Campaign store.Campaign
	Action   store.Action   // empty if the order does not say enough
	Amount   int64          //
	After    store.Account  // what the pass would come to; as it is now if Action is empty or Refusal is not nil
	Refusal  *Error         // what stands in the way, nil if nothing does
	Can      []store.Action // what passes of the campaign can be redeemed for
	Left     int64          // uses left in the window of now
	Windowed bool           // Left counts
}

// LookUp says what Redeem would do, and changes nothing. What Redeem refuses with a Conflict
// is the answer; everything else is an error here too. An order that leaves out what
// only people at the till can say, as an amount, is judged as far as it goes.
func (i *Issuer) LookUp(ctx context.Context, a Actor, o Redeeming) (out Prospect, err error) {
	if err := o.Target.check(); err != nil {
		return Prospect{}, err
	}
	err = i.db.View(ctx, func(r store.Reader) error {
		if out.Pass, err = i.find(r, a, o.Target); err != nil {
			return err
		}
		if out.Campaign, err = r.Campaign(a.Org, out.Pass.Campaign); err != nil {
			return err
		}
		t, err := tillFor(r, out.Campaign, out.Pass)
		if err != nil {
			return err
		}
		return out.judge(t, o)
	})
	if err != nil {
		return Prospect{}, fmt.Errorf("look up: %w", err)
	}
	return out, nil
}

func (p *Prospect) judge(t till, o Redeeming) (err error) {
	p.Can, p.After = redeemable[p.Campaign.Redemption.Kind], p.Pass.Account
	if p.Windowed = p.Campaign.Redemption.Kind == store.Windowed; p.Windowed {
		if p.Left, _, err = t.windowLeft(); err != nil {
			return err
		}
	}
	if vague(p.Campaign.Redemption.Kind, o) {
		return p.answer(t.usable(p.Can[0], o.Expired))
	}
	m, err := t.judge(o)
	if p.Action, p.Amount = m.action, m.amount; err != nil {
		return p.answer(err)
	}
	p.After = p.Pass.Account.With(m.action, m.amount)
	if m.action.Counted() {
		p.After.Last = t.Now
	}
	return nil
}

// vague says whether an order lacks what its kind cannot do without.
func vague(k store.RedemptionKind, o Redeeming) bool {
	return o.Amount == 0 && (k == store.Points || k == store.Value)
}

// answer makes an answer of a Conflict.
func (p *Prospect) answer(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == Conflict {
		p.Refusal = e
		return nil
	}
	return err
}
