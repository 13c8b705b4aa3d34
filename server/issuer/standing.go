package issuer

import (
	"pocketpass/store"
)

// Standing says what a pass is to be; nil leaves it as it is.
type Standing struct {
	Voided   *bool
	Refilled bool // a pass that is to be void no more, and is used up, gets its uses back
	Redeemed *bool
	Invalid  *bool // only true: there is no way back
}

func (s Standing) given() bool { return s.Voided != nil || s.Redeemed != nil || s.Invalid != nil }

// apply brings p to where it is to stand. What is so already changes nothing.
func (s Standing) apply(tx store.Tx, a Actor, p store.Pass) (_ store.Pass, err error) {
	if s.Voided != nil && !*s.Voided {
		if p, err = s.restore(tx, a, p); err != nil {
			return p, err
		}
	}
	if s.Redeemed != nil {
		if p, err = setRedeemed(tx, a, p, *s.Redeemed); err != nil {
			return p, err
		}
	}
	if s.Voided != nil && *s.Voided {
		if p, _, err = setVoid(tx, a, p.ID, true); err != nil {
			return p, err
		}
	}
	if s.Invalid == nil {
		return p, nil
	}
	return setInvalid(tx, a, p.ID, *s.Invalid)
}

// restore makes p good again.
func (s Standing) restore(tx store.Tx, a Actor, p store.Pass) (_ store.Pass, err error) {
	if s.Refilled {
		return reset(tx, a, p.ID)
	}
	p, _, err = setVoid(tx, a, p.ID, false)
	return p, err
}

// setRedeemed redeems a pass that is not, an expired one too, or takes its last
// redemption back.
func setRedeemed(tx store.Tx, a Actor, p store.Pass, redeemed bool) (store.Pass, error) {
	if redeemed == (p.Account.Uses > 0) {
		return p, nil
	}
	if redeemed {
		out, err := redeem(tx, a, Redeeming{Target: Target{Pass: p.ID}, Expired: true})
		return out.Pass, err
	}
	out, err := undo(tx, a, Undoing{Pass: p.ID})
	return out.Pass, err
}
