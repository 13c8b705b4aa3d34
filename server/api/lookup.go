package api

import (
	"context"

	"pocketpass/server/issuer"
)

// prospectView is what redeeming a pass would do now.
type prospectView struct {
	Pass    passView     `json:"pass"`
	Allowed bool         `json:"allowed" doc:"Nothing that is known now stands in the way"`
	Refusal *refusalView `json:"refusal,omitempty" doc:"What does"`
	Actions []string     `json:"actions" doc:"What the pass can be redeemed for"`
	Action  string       `json:"action,omitempty" doc:"What was asked for; missing if an amount is needed first"`
	Amount  int64        `json:"amount,omitempty"`
	After   accountView  `json:"after" doc:"What the pass would come to"`
	Left    *int64       `json:"leftInWindow,omitempty" doc:"Redemptions left in the window of now"`
}

type refusalView struct {
	Code     string      `json:"code" example:"pass_redeemed" doc:"That redeem would answer with"`
	Detail   string      `json:"detail"`
	Redeemed *standsView `json:"redeemed,omitempty" doc:"The redemption that stands in the way"`
}

func (a *API) lookUp(ctx context.Context, r request[none, redeemBody]) (reply[prospectView], error) {
	o, err := r.body.order(r.caller)
	if err != nil {
		return reply[prospectView]{}, err
	}
	p, err := a.Issuer.LookUp(ctx, r.Actor, o)
	if err != nil {
		return reply[prospectView]{}, err
	}
	callOf(ctx).campaign = p.Campaign.ID
	pass, err := a.passView(ctx, p.Pass)
	return reply[prospectView]{view: newProspectView(p, pass)}, err
}

func newProspectView(p issuer.Prospect, pass passView) prospectView {
	v := prospectView{Pass: pass, Allowed: p.Refusal == nil, Action: string(p.Action), Amount: p.Amount, After: newAccountView(p.Campaign, p.After)}
	for _, x := range p.Can {
		v.Actions = append(v.Actions, string(x))
	}
	if p.Windowed {
		v.Left = &p.Left
	}
	if e := p.Refusal; e != nil {
		v.Refusal = &refusalView{e.Code, e.Msg, newStandsView(e.Stands)}
	}
	return v
}
