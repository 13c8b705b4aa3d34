package store

// Action is what an entry of a ledger does.
type Action string

// The actions.
const (
	Redeem   Action = "redeem"   // one use
	Stamp    Action = "stamp"    // adds stamps
	Reward   Action = "reward"   // takes the stamps of one reward off
	Earn     Action = "earn"     // adds points
	Spend    Action = "spend"    // takes points off
	Charge   Action = "charge"   // puts money on
	Pay      Action = "pay"      // takes money off
	CheckIn  Action = "check-in" //
	CheckOut Action = "check-out"
	Adjust   Action = "adjust" // corrects what was put on, either way; of a pass with uses it grants more of them
	Undo     Action = "undo"   // takes back another entry
)

// Counted says whether a is a redemption: what reports and Account.Uses count.
func (a Action) Counted() bool {
	switch a {
	case Charge, CheckOut, Adjust, Undo:
		return false
	}
	return true
}

// effect is what an action adds to an account: for each unit of its amount, and once.
type effect struct {
	balance, total int64
	uses, rewards  int64
}

var effects = map[Action]effect{
	Redeem:   {uses: 1},
	Stamp:    {balance: 1, total: 1, uses: 1},
	Reward:   {balance: -1, uses: 1, rewards: 1},
	Earn:     {balance: 1, total: 1, uses: 1},
	Spend:    {balance: -1, uses: 1},
	Charge:   {balance: 1, total: 1},
	Pay:      {balance: -1, uses: 1},
	CheckIn:  {uses: 1},
	CheckOut: {},
	Adjust:   {balance: 1, total: 1},
}

// MaxAmount is the highest amount, balance and total: JavaScript knows no higher
// whole number. Two of them can be added without overflow.
const MaxAmount = 1<<53 - 1

// With is the account after an action. The caller has made sure that the amount is
// within MaxAmount either way.
func (a Account) With(x Action, amount int64) Account {
	a = a.plus(effects[x], amount, 1)
	switch x {
	case CheckIn:
		a.Inside = true
	case CheckOut:
		a.Inside = false
	}
	return a
}

// Without is the account after an action was taken back. Its Last is for the caller
// to find.
func (a Account) Without(x Action, amount int64) Account {
	a = a.plus(effects[x], amount, -1)
	switch x {
	case CheckIn:
		a.Inside = false
	case CheckOut:
		a.Inside = true
	}
	return a
}

func (a Account) plus(e effect, amount, sign int64) Account {
	a.Balance += sign * e.balance * amount
	a.Total += sign * e.total * amount
	a.Uses += sign * e.uses
	a.Rewards += sign * e.rewards
	return a
}

// Sound says whether an account is one that may be: nothing below zero, nothing above MaxAmount.
func (a Account) Sound() bool {
	return min(a.Balance, a.Total, a.Uses, a.Rewards) >= 0 && max(a.Balance, a.Total) <= MaxAmount
}

// sum is the part of an account that amounts make, without its place in the chain.
func (a Account) sum() Account {
	a.Entries, a.Hash = 0, ""
	return a
}
