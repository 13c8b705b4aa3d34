package issuer

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/currency"

	"pocketpass/store"
)

// Limits of what a campaign says of redeeming.
const (
	maxUses     = 1_000_000
	maxGoal     = 1000
	maxTiers    = 20
	maxTierName = 60  // characters
	maxReward   = 120 // characters
)

// redeemable says what passes of a kind can be redeemed for. The first action is what an
// order without one means, unless it needs an amount that nobody could guess.
var redeemable = map[store.RedemptionKind][]store.Action{
	store.Uncounted:  {store.Redeem},
	store.Single:     {store.Redeem, store.Adjust},
	store.Uses:       {store.Redeem, store.Adjust},
	store.Windowed:   {store.Redeem},
	store.Stamps:     {store.Stamp, store.Reward, store.Adjust},
	store.Points:     {store.Earn, store.Spend, store.Adjust},
	store.Value:      {store.Pay, store.Charge, store.Adjust},
	store.Attendance: {store.CheckIn, store.CheckOut},
}

// member is a member of a campaign's redemption.
type member struct {
	name  string
	given bool
	kinds []store.RedemptionKind // that have it
}

func membersOf(r store.Redemption) []member {
	counted := []store.RedemptionKind{store.Stamps, store.Points, store.Value}
	return []member{
		{"uses", r.Uses != 0, []store.RedemptionKind{store.Uses, store.Windowed}},
		{"window", r.Window != "", []store.RedemptionKind{store.Windowed}},
		{"goal", r.Goal != 0, []store.RedemptionKind{store.Stamps}},
		{"reward", r.Reward != "", []store.RedemptionKind{store.Stamps}},
		{"tiers", len(r.Tiers) != 0, []store.RedemptionKind{store.Points}},
		{"currency", r.Currency != "", []store.RedemptionKind{store.Value}},
		{"most", r.Most != 0, counted},
		{"keepValid", r.KeepValid, []store.RedemptionKind{store.Single, store.Uses}},
	}
}

// checkRedemption refuses rules that contradict themselves.
func checkRedemption(r store.Redemption) error {
	if _, known := redeemable[r.Kind]; !known {
		return invalid("/redemption/kind", "redemption_kind", "the kind must be single, uses, window, stamps, points, value or attendance; leave it out to count redemptions only")
	}
	for _, m := range membersOf(r) {
		if m.given && !slices.Contains(m.kinds, r.Kind) {
			return invalid("/redemption/"+m.name, "redemption_member", "%s means nothing for the kind %q; leave it out", m.name, r.Kind)
		}
	}
	switch r.Kind {
	case store.Uses:
		return within("/redemption", checkNumber("uses", r.Uses, 1, maxUses))
	case store.Windowed:
		return within("/redemption", checkWindow(r))
	case store.Stamps:
		return within("/redemption", checkStamps(r))
	case store.Points:
		return within("/redemption", checkTiers(r))
	case store.Value:
		return within("/redemption", checkMoney(r))
	}
	return nil
}

func checkNumber(name string, n, least, most int64) error {
	if n < least || n > most {
		return invalid("/"+name, "redemption_"+name, "%s must be from %d to %d", name, least, most)
	}
	return nil
}

func checkWindow(r store.Redemption) error {
	if !slices.Contains([]store.Window{store.PerHour, store.PerDay, store.PerWeek, store.PerMonth}, r.Window) {
		return invalid("/window", "redemption_window", "the window must be hour, day, week or month")
	}
	return checkNumber("uses", r.Uses, 1, maxUses)
}

func checkStamps(r store.Redemption) error {
	if err := checkNumber("goal", r.Goal, 1, maxGoal); err != nil {
		return err
	}
	if utf8.RuneCountInString(r.Reward) > maxReward || !printable(r.Reward) {
		return invalid("/reward", "redemption_reward", "the reward has up to %d characters and no control characters", maxReward)
	}
	if r.Most != 0 && r.Most < r.Goal {
		return invalid("/most", "redemption_most", "no card could ever be full: most must be at least the goal, %d", r.Goal)
	}
	return checkNumber("most", r.Most, 0, store.MaxAmount)
}

func checkTiers(r store.Redemption) error {
	if len(r.Tiers) > maxTiers {
		return invalid("/tiers", "redemption_tiers", "there may be up to %d tiers", maxTiers)
	}
	for n, t := range r.Tiers {
		if strings.TrimSpace(t.Name) == "" || utf8.RuneCountInString(t.Name) > maxTierName || !printable(t.Name) {
			return invalid(fmt.Sprintf("/tiers/%d/name", n), "redemption_tiers", "the name of a tier has 1 to %d characters and no control characters", maxTierName)
		}
		if t.From < 0 || t.From > store.MaxAmount || n > 0 && t.From <= r.Tiers[n-1].From {
			return invalid(fmt.Sprintf("/tiers/%d/from", n), "redemption_tiers", "each tier must begin at a higher total than the one before it, none below 0")
		}
	}
	return checkNumber("most", r.Most, 0, store.MaxAmount)
}

func checkMoney(r store.Redemption) error {
	if _, err := currency.ParseISO(r.Currency); err != nil || strings.ToUpper(r.Currency) != r.Currency {
		return invalid("/currency", "redemption_currency", "the currency must be a code of ISO 4217 in capitals, as EUR")
	}
	return checkNumber("most", r.Most, 0, store.MaxAmount)
}

// sameUnit refuses another kind or currency once something was entered in it: what amounts in
// a ledger mean stays as it is.
func sameUnit(r store.Reader, campaign store.ID, was, is store.Redemption) error {
	if was.Kind == is.Kind && was.Currency == is.Currency {
		return nil
	}
	used, err := r.Redeemed(campaign)
	if used && err == nil {
		return conflict("redemption_in_use", "passes of this campaign were redeemed, so kind and currency stay; make another campaign for other rules")
	}
	return err
}
