package issuer

import (
	"math"

	"pocketpass/store"
)

// Left is what is left of a pass with an account: uses, stamps to the next reward, points to the
// next tier, or money. counted is false if its kind has no such number: of a window it
// depends on the time.
func Left(c store.Campaign, a store.Account) (left int64, counted bool) {
	switch r := c.Redemption; r.Kind {
	case store.Single, store.Uses:
		return max(0, Goal(c, a)-a.Uses), true
	case store.Stamps, store.Points:
		goal := Goal(c, a)
		return max(0, goal-reached(r.Kind, a)), goal > 0
	case store.Value:
		return a.Balance, true
	}
	return 0, false
}

// reached is the number that a goal is compared with.
func reached(k store.RedemptionKind, a store.Account) int64 {
	if k == store.Points {
		return a.Total
	}
	return a.Balance
}

// Goal is what a pass is on its way to: all of its uses, the stamps of a reward, or the total of
// the next tier, at last of the highest. 0 means none.
func Goal(c store.Campaign, a store.Account) (goal int64) {
	switch r := c.Redemption; r.Kind {
	case store.Single:
		return 1 + a.Total
	case store.Uses:
		return r.Uses + a.Total
	case store.Stamps:
		return r.Goal
	case store.Points:
		for _, t := range r.Tiers {
			if goal = t.From; a.Total < goal {
				break
			}
		}
	}
	return goal
}

// Tier is the name of the highest tier whose total was reached, empty if there is none.
func Tier(c store.Campaign, a store.Account) (name string) {
	for _, t := range c.Redemption.Tiers {
		if a.Total >= t.From {
			name = t.Name
		}
	}
	return name
}

// usesLeft is how often a pass can still be redeemed.
func usesLeft(c store.Campaign, a store.Account) int64 {
	switch c.Redemption.Kind {
	case store.Single, store.Uses:
		left, _ := Left(c, a)
		return left
	}
	return math.MaxInt64
}
