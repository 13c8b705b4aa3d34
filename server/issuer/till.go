package issuer

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pocketpass/store"
)

// till judges what is asked for a pass. It changes nothing.
type till struct {
	store.Reader
	campaign store.Campaign
	pass     store.Pass
	template store.Template // the zero Template of a pass that has none
}

// tillFor is the till for a pass of a campaign.
func tillFor(r store.Reader, c store.Campaign, p store.Pass) (t till, err error) {
	t = till{Reader: r, campaign: c, pass: p}
	if p.Template != 0 {
		t.template, err = r.Template(p.Org, p.Template)
	}
	return t, err
}

// move is what may be entered.
type move struct {
	action store.Action
	amount int64
}

// judge says what to enter for o, or which rule it breaks.
func (t till) judge(o Redeeming) (move, error) {
	m, err := t.read(o)
	if err != nil {
		return m, err
	}
	if err := t.usable(m.action, o.Expired); err != nil {
		return m, err
	}
	switch m.action {
	case store.Redeem:
		return m, t.inWindow()
	case store.CheckIn, store.CheckOut:
		return m, t.passing(m.action)
	}
	return m, t.affordable(m)
}

// read makes a move of an order, by the kind of the campaign.
func (t till) read(o Redeeming) (m move, err error) {
	may := redeemable[t.campaign.Redemption.Kind]
	m.action = o.Action
	if m.action == "" {
		if m.action = may[0]; t.campaign.Redemption.Kind == store.Points {
			return m, invalid("/action", "action_missing", "say whether points are earned or spent: action must be one of %s", words(may))
		}
	}
	if !slices.Contains(may, m.action) {
		return m, invalid("/action", "action_unknown", "passes of this campaign can be redeemed for: %s", words(may))
	}
	if o.Currency != "" && o.Currency != t.campaign.Redemption.Currency {
		return m, invalid("/currency", "currency_other", "the campaign counts in %q; give the amount in that, or leave the currency out", t.campaign.Redemption.Currency)
	}
	m.amount, err = t.amount(m.action, o.Amount)
	return m, err
}

func words(actions []store.Action) string {
	out := make([]string, 0, len(actions))
	for _, a := range actions {
		out = append(out, string(a))
	}
	return strings.Join(out, ", ")
}

// amount is what to enter for an action for which n was given.
func (t till) amount(x store.Action, n int64) (int64, error) {
	const path, code = "/amount", "amount"
	switch x {
	case store.Redeem, store.CheckIn, store.CheckOut, store.Reward:
		if n != 0 && n != 1 {
			return 0, invalid(path, code, "the action %s has no amount; leave it out", x)
		}
		if x == store.Reward {
			return t.campaign.Redemption.Goal, nil
		}
		return 1, nil
	case store.Stamp:
		if n == 0 {
			n = 1
		}
	case store.Adjust:
		if n == 0 || n > store.MaxAmount || n < -store.MaxAmount {
			return 0, invalid(path, code, "a correction is a whole number other than 0, up to %d either way", int64(store.MaxAmount))
		}
		return n, nil
	}
	if n < 1 || n > store.MaxAmount {
		return 0, invalid(path, code, "the amount must be a whole number from 1 to %d; money counts in minor units", int64(store.MaxAmount))
	}
	return n, nil
}

// usable refuses a pass that is good for nothing now. Of void and expired ones too the account can be
// corrected, and their holders may leave.
func (t till) usable(x store.Action, expired bool) error {
	p := t.pass
	switch {
	case t.campaign.State == store.Invalid:
		return conflict("campaign_invalid", "the campaign was made invalid for ever, and all its passes with it")
	case !t.template.Invalid.IsZero():
		return conflict("template_invalid", "the template was made invalid for ever, and all its passes with it")
	case !p.Invalid.IsZero():
		return conflict("pass_invalid", "the pass was made invalid for ever on %s; issue another", written(p.Invalid))
	case x == store.Adjust || x == store.CheckOut:
		return nil
	case usesLeft(t.campaign, p.Account) == 0:
		return t.redeemed("pass_redeemed", "the pass was redeemed")
	case !p.Voided.IsZero() && !voidWhileSpent(t.campaign, p):
		return conflict("pass_void", "the pass was voided on %s; take that back first if that was wrong", written(p.Voided))
	case !expired && !p.Expires.IsZero() && !p.Expires.After(t.Now):
		return conflict("pass_expired", "the pass expired on %s; change its date first if it may still be used", written(p.Expires))
	}
	return nil
}

// Stands is the redemption that is in the way of another.
type Stands struct {
	ID    store.ID
	At    time.Time
	By    string
	Place string
}

// redeemed is a Conflict that says which redemption stands.
func (t till) redeemed(code, what string) error {
	for e, err := range t.Standing(t.pass.ID) {
		if err != nil {
			return err
		}
		if e.Action.Counted() {
			return standing(code, what, e)
		}
	}
	return conflict(code, "%s", what)
}

func standing(code, what string, e store.Entry) error {
	msg := fmt.Sprintf("%s on %s", what, written(e.At))
	if e.By.Text != "" {
		msg += " by " + e.By.Text
	}
	if e.Place.Text != "" {
		msg += " at " + e.Place.Text
	}
	return &Error{Kind: Conflict, Code: code, Msg: msg, Stands: &Stands{e.ID, e.At, e.By.Text, e.Place.Text}}
}

// affordable refuses what would bring a balance below nothing or above the most.
func (t till) affordable(m move) error {
	before := t.pass.Account
	after := before.With(m.action, m.amount)
	most := t.campaign.Redemption.Most
	if most == 0 {
		most = store.MaxAmount
	}
	switch {
	case after.Balance < 0 || after.Total < 0:
		return conflict("balance_short", "the balance is %d, which is %d too few", before.Balance, -min(after.Balance, after.Total))
	case after.Balance > before.Balance && after.Balance > most:
		return conflict("balance_full", "the balance is %d and may be at most %d; take something off first", before.Balance, most)
	case after.Total > store.MaxAmount:
		return conflict("balance_full", "the pass has had %d in all and cannot count further; issue another", before.Total)
	}
	return nil
}

// passing refuses to let in who is inside, and out who is not.
func (t till) passing(x store.Action) error {
	switch {
	case x == store.CheckIn && t.pass.Account.Inside:
		return t.redeemed("already_inside", "the pass was checked in")
	case x == store.CheckOut && !t.pass.Account.Inside:
		return conflict("not_inside", "the pass is not checked in; check it in first")
	}
	return nil
}

// inWindow refuses more redemptions than the window has.
func (t till) inWindow() error {
	r := t.campaign.Redemption
	if r.Kind != store.Windowed {
		return nil
	}
	left, last, err := t.windowLeft()
	if left > 0 || err != nil {
		return err
	}
	_, next := windowAt(r.Window, t.Now, zoneOf(t.campaign))
	return standing("window_used", fmt.Sprintf("the pass can be redeemed again from %s (%d in a %s); it was redeemed", written(next), r.Uses, r.Window), last)
}

// windowLeft is how often a pass can still be redeemed in the window of now, and the newest
// redemption in it.
func (t till) windowLeft() (left int64, last store.Entry, err error) {
	r := t.campaign.Redemption
	if r.Kind != store.Windowed {
		return math.MaxInt64, last, nil
	}
	from, _ := windowAt(r.Window, t.Now, zoneOf(t.campaign))
	left = r.Uses
	for e, err := range t.Standing(t.pass.ID) {
		if err != nil {
			return 0, last, err
		}
		if left == 0 || e.At.Before(from) {
			break
		}
		if left--; last.Number == 0 {
			last = e
		}
	}
	return left, last, nil
}
