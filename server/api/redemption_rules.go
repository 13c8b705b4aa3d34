package api

import "pocketpass/store"

// redemptionRules are what a campaign says of redeeming its passes.
type redemptionRules struct {
	Kind      string     `json:"kind,omitempty" enum:"single,uses,window,stamps,points,value,attendance" example:"stamps" doc:"What a pass is good for: once, several times, so often an hour, day, week or month, stamps with a reward, points with tiers, money, or entry and exit. Without it redemptions are counted and none is refused"`
	Uses      int64      `json:"uses,omitempty" minimum:"0" doc:"How often, of uses in all and of window in each"`
	Window    string     `json:"window,omitempty" enum:"hour,day,week,month" doc:"Of the calendar in the campaign's time zone; weeks begin on Monday"`
	Goal      int64      `json:"goal,omitempty" minimum:"0" example:"10" doc:"Stamps for a reward. More carry over, up to most"`
	Reward    string     `json:"reward,omitempty" example:"A coffee of your choice" doc:"Up to 120 characters"`
	Tiers     []tierView `json:"tiers,omitempty" doc:"Up to 20, by ascending total of points"`
	Currency  string     `json:"currency,omitempty" example:"EUR" doc:"ISO 4217, of value"`
	Most      int64      `json:"most,omitempty" minimum:"0" doc:"Highest balance of stamps, points or money; 0 means no limit"`
	KeepValid bool       `json:"keepValid,omitempty" doc:"Do not void a pass that is used up"`
}

type tierView struct {
	Name string `json:"name" example:"Gold"`
	From int64  `json:"from" minimum:"0" doc:"Total of points from which on a pass has it"`
}

func (r redemptionRules) record() store.Redemption {
	out := store.Redemption{Kind: store.RedemptionKind(r.Kind), Uses: r.Uses, Window: store.Window(r.Window), Goal: r.Goal, Reward: r.Reward,
		Currency: r.Currency, Most: r.Most, KeepValid: r.KeepValid}
	for _, t := range r.Tiers {
		out.Tiers = append(out.Tiers, store.Tier(t))
	}
	return out
}

func newRedemptionRules(r store.Redemption) *redemptionRules {
	if r.Kind == store.Uncounted {
		return nil
	}
	out := &redemptionRules{Kind: string(r.Kind), Uses: r.Uses, Window: string(r.Window), Goal: r.Goal, Reward: r.Reward,
		Currency: r.Currency, Most: r.Most, KeepValid: r.KeepValid}
	for _, t := range r.Tiers {
		out.Tiers = append(out.Tiers, tierView(t))
	}
	return out
}
