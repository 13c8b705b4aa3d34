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

	// Past are redemptions of a pass that moved here, oldest first, by what was noted of
	// each. It stands beside Voided alone.
	Past []string
}

// maxPast bounds the redemptions that one pass brings.
const maxPast = 1000

func (s Standing) given() bool {
	return s.Voided != nil || s.Redeemed != nil || s.Invalid != nil || len(s.Past) > 0
}

func (s Standing) check() error {
	if len(s.Past) > maxPast {
		return invalid("/redemptions", "too_many_redemptions", "a pass brings up to %d redemptions along", maxPast)
	}
	for _, note := range s.Past {
		if err := checkTexts(note, "", ""); err != nil {
			return within("/redemptions", err)
		}
	}
	return nil
}

// apply brings p to where it is to stand. What is so already changes nothing.
func (s Standing) apply(tx store.Tx, a Actor, p store.Pass) (_ store.Pass, err error) {
	if len(s.Past) > 0 {
		return s.relive(tx, a, p)
	}
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

// relive redeems p as often as it was redeemed elsewhere. One that was used up in between,
// or is good all the same, got its uses back.
func (s Standing) relive(tx store.Tx, a Actor, p store.Pass) (_ store.Pass, err error) {
	for _, note := range s.Past {
		if !p.Voided.IsZero() {
			if p, err = reset(tx, a, p.ID); err != nil {
				return p, err
			}
		}
		done, err := redeem(tx, a, Redeeming{Target: Target{Pass: p.ID}, Note: note, Expired: true})
		if err != nil {
			return p, err
		}
		p = done.Pass
	}
	if s.Voided == nil || *s.Voided == !p.Voided.IsZero() {
		return p, nil
	}
	return Standing{Voided: s.Voided, Refilled: true}.apply(tx, a, p)
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
