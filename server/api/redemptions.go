package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"pocketpass/server/access"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

const aboutRedeeming = "In one commit with the pass, whose phones are told if it shows. What the rules do not allow is a 409 whose code says which rule; `redeemed` says who redeemed the pass, when and where, if that is in the way. " +
	"A request with a `key` of your own can be sent again at any time: it is answered with the redemption that it made."

// accountView is what the ledger of a pass comes to.
type accountView struct {
	Balance      int64     `json:"balance" doc:"Stamps, points or minor units of money now"`
	Total        int64     `json:"total" doc:"Everything that was ever put on it"`
	Uses         int64     `json:"uses" doc:"Redemptions that stand"`
	Left         *int64    `json:"left,omitempty" doc:"Uses, stamps to the reward, points to the next tier, or money"`
	Rewards      int64     `json:"rewards" doc:"Handed out"`
	Tier         string    `json:"tier,omitempty" example:"Gold"`
	Inside       bool      `json:"inside" doc:"Checked in and not out"`
	LastRedeemed time.Time `json:"lastRedeemed,omitzero"`
}

func newAccountView(c store.Campaign, a store.Account) accountView {
	v := accountView{Balance: a.Balance, Total: a.Total, Uses: a.Uses, Rewards: a.Rewards, Tier: issuer.Tier(c, a), Inside: a.Inside, LastRedeemed: a.Last}
	if left, counted := issuer.Left(c, a); counted {
		v.Left = &left
	}
	return v
}

// standsView is the redemption that is in the way of another.
type standsView struct {
	ID    ref       `json:"id"`
	At    time.Time `json:"at"`
	By    string    `json:"by,omitempty"`
	Place string    `json:"place,omitempty"`
}

func newStandsView(s *issuer.Stands) *standsView {
	if s == nil {
		return nil
	}
	return &standsView{ref{s.ID}, s.At, s.By, s.Place}
}

// redemptionView is an entry of a ledger.
type redemptionView struct {
	ID        ref         `json:"id"`
	Pass      ref         `json:"pass"`
	Campaign  ref         `json:"campaign"`
	Number    uint64      `json:"number" doc:"In the pass's ledger, from 1"`
	Action    string      `json:"action" enum:"redeem,stamp,reward,earn,spend,charge,pay,check-in,check-out,adjust,undo"`
	Amount    int64       `json:"amount"`
	Account   accountView `json:"account" doc:"What the pass came to with it"`
	Undoes    uint64      `json:"undoes,omitempty" doc:"Number of the entry that it takes back"`
	Voided    bool        `json:"voided,omitempty" doc:"The pass became void by it"`
	At        time.Time   `json:"at"`
	By        string      `json:"by,omitempty" doc:"Who, or else the name of the key"`
	Place     string      `json:"place,omitempty"`
	Note      string      `json:"note,omitempty"`
	Code      string      `json:"code,omitempty" doc:"What was scanned or typed, or the pass's code"`
	Source    string      `json:"source" enum:"api,scanner,web"`
	APIKey    *ref        `json:"apiKey,omitempty" doc:"Key that asked for it"`
	ClientKey string      `json:"key,omitempty" doc:"Key that the client chose"`
	Hash      string      `json:"hash" doc:"Of the chain up to here"`
}

func newRedemptionView(c store.Campaign, e store.Entry) redemptionView {
	v := redemptionView{ID: ref{e.ID}, Pass: ref{e.Pass}, Campaign: ref{e.Campaign}, Number: e.Number, Action: string(e.Action), Amount: e.Amount,
		Account: newAccountView(c, e.After), Undoes: e.Undoes, Voided: e.Voided, At: e.At,
		By: e.By.Text, Place: e.Place.Text, Note: e.Note.Text, Code: e.Code.Text, Source: string(e.Channel), ClientKey: e.Client, Hash: e.Hash}
	if e.Key != 0 {
		v.APIKey = &ref{e.Key}
	}
	return v
}

// redemptionReply answers with an entry, unless err is an error.
func redemptionReply(d issuer.Redemption, err error) (reply[redemptionView], error) {
	if err != nil {
		return reply[redemptionView]{}, err
	}
	return answer(newRedemptionView(d.Campaign, d.Entry))
}

// Redeeming is what is said of a redemption besides the pass. It is exported because huma
// skips embedded structs that are not.
type Redeeming struct {
	Action   string `json:"action,omitempty" enum:"redeem,stamp,reward,earn,spend,charge,pay,check-in,check-out,adjust" doc:"If there is a choice: a stamp or the reward; points earned or spent; money paid or charged; in or out. adjust corrects an account and is for keys of the roles admin and issuer"`
	Amount   int64  `json:"amount,omitempty" doc:"Stamps (1 if left out), points, or minor units of money; whole, and above 0 but to adjust"`
	Currency string `json:"currency,omitempty" example:"EUR" doc:"Has to be the campaign's"`
	Note     string `json:"note,omitempty" doc:"Up to 500 characters"`
	Place    string `json:"place,omitempty" example:"Till 2" doc:"Up to 120 characters"`
	By       string `json:"by,omitempty" example:"Kim" doc:"Who redeems, up to 120 characters; the name of the key if left out"`
	Source   string `json:"source,omitempty" enum:"api,scanner,web" doc:"Where it comes from; scanner for keys of that role and api for others if left out"`
	Key      string `json:"key,omitempty" example:"till-2-000173" doc:"Of your choice, up to 255 characters: the same redemption sent again with it, however late, changes nothing and gets the same answer"`
}

// redeemBody names the pass too.
type redeemBody struct {
	Pass       string `json:"pass,omitempty" doc:"Its id. Give one of pass, code, scan and externalId"`
	Code       string `json:"code,omitempty" example:"00000001" doc:"As people type it, in small letters too"`
	Scan       string `json:"scan,omitempty" doc:"What a barcode says: a signed code, a code, a serial number or an external id"`
	ExternalID string `json:"externalId,omitempty" example:"customer-4711"`
	Campaign   string `json:"campaign,omitempty" doc:"Only a pass of this one"`
	Redeeming
}

func (b Redeeming) order(who access.Caller, t issuer.Target) (issuer.Redeeming, error) {
	switch store.Channel(b.Source) {
	case "", store.ByAPI, store.ByScanner, store.ByWeb:
	default:
		return issuer.Redeeming{}, invalid("/source", "source", "the source must be api, scanner or web")
	}
	if b.Action == string(store.Adjust) && who.Role == store.Scanner {
		return issuer.Redeeming{}, refuse(http.StatusForbidden, "role", "/action", "a key of the role scanner may redeem, and not correct an account")
	}
	return issuer.Redeeming{Target: t, Action: store.Action(b.Action), Amount: b.Amount, Currency: b.Currency, Note: b.Note, Place: b.Place, Who: b.By,
		Channel: channelOf(b.Source, who), Key: b.Key}, nil
}

// channelOf is where a redemption comes from that does not say so.
func channelOf(given string, who access.Caller) store.Channel {
	if given == "" && who.Role == store.Scanner {
		return store.ByScanner
	}
	return cmp.Or(store.Channel(given), store.ByAPI)
}

func (b redeemBody) target() (t issuer.Target, err error) {
	t = issuer.Target{Code: b.Code, Scan: b.Scan, ExternalID: b.ExternalID}
	if t.Pass, err = bodyID("/pass", b.Pass); err != nil {
		return t, err
	}
	t.Campaign, err = bodyID("/campaign", b.Campaign)
	return t, err
}

func (b redeemBody) order(who access.Caller) (issuer.Redeeming, error) {
	t, err := b.target()
	if err != nil {
		return issuer.Redeeming{}, err
	}
	return b.Redeeming.order(who, t)
}

func (a *API) redeem(ctx context.Context, r request[none, redeemBody]) (reply[redemptionView], error) {
	o, err := r.body.order(r.caller)
	if err != nil {
		return reply[redemptionView]{}, err
	}
	o.Idempotency = r.once
	return redemptionReply(a.Issuer.Redeem(ctx, r.Actor, o))
}

func (a *API) redeemPass(ctx context.Context, r request[byID, Redeeming]) (reply[redemptionView], error) {
	o, err := r.body.order(r.caller, issuer.Target{Pass: r.params.ID.id})
	if err != nil {
		return reply[redemptionView]{}, err
	}
	o.Idempotency = r.once
	return redemptionReply(a.Issuer.Redeem(ctx, r.Actor, o))
}

type undoBody struct {
	Note  string `json:"note,omitempty" doc:"Up to 500 characters"`
	Place string `json:"place,omitempty" doc:"Up to 120 characters"`
	By    string `json:"by,omitempty" doc:"Who, up to 120 characters; the name of the key if left out"`
}

func (a *API) undo(ctx context.Context, r request[byID, undoBody]) (reply[redemptionView], error) {
	if r.caller.Role == store.Scanner {
		d, err := a.Issuer.Redemption(ctx, r.Actor, r.params.ID.id)
		if err != nil {
			return reply[redemptionView]{}, err
		}
		if d.Entry.Key != r.Key {
			return reply[redemptionView]{}, refuse(http.StatusForbidden, "role", "", "a key of the role scanner may take back what it redeemed itself; ask somebody with another key")
		}
	}
	return redemptionReply(a.Issuer.Undo(ctx, r.Actor, issuer.Undoing{Redemption: r.params.ID.id, Note: r.body.Note, Place: r.body.Place, Who: r.body.By, Idempotency: r.once}))
}

func (a *API) resetRedemptions(ctx context.Context, r request[byID, none]) (reply[passView], error) {
	p, err := a.Issuer.ResetRedemptions(ctx, r.Actor, r.params.ID.id)
	return a.passReply(ctx, p, err)
}
