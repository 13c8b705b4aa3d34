package api

import (
	"context"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// ledger pages by the numbers of entries, which clients take from nextCursor like any id.
func (a *API) ledger(ctx context.Context, r request[passPage, none]) (reply[list[redemptionView]], error) {
	all, next, err := a.Issuer.Ledger(ctx, r.Actor, r.params.ID.id, r.params.page())
	return a.entries(ctx, r.Actor, all, next, err)
}

// entries answers with entries of one campaign, unless err is an error.
func (a *API) entries(ctx context.Context, who issuer.Actor, all []store.Entry, next store.ID, err error) (reply[list[redemptionView]], error) {
	var c store.Campaign
	if err == nil && len(all) > 0 {
		c, err = a.Issuer.Campaign(ctx, who, all[0].Campaign)
	}
	return reply[list[redemptionView]]{view: listOf(all, next, func(e store.Entry) redemptionView { return newRedemptionView(c, e) })}, err
}

type redemptionsQuery struct {
	ID ref `path:"id"`
	Page
	From time.Time `query:"from" doc:"Not before this time"`
	To   time.Time `query:"to" doc:"Before this time"`
	Key  ref       `query:"key" doc:"That this API key asked for"`
}

func (a *API) redemptions(ctx context.Context, r request[redemptionsQuery, none]) (reply[list[redemptionView]], error) {
	q := r.params
	f := issuer.RedemptionFilter{Campaign: q.ID.id, Key: q.Key.id, From: q.From, To: q.To}
	all, next, err := a.Issuer.Redemptions(ctx, r.Actor, f, q.page())
	return a.entries(ctx, r.Actor, all, next, err)
}

type proofView struct {
	Pass    ref               `json:"pass"`
	Sound   bool              `json:"sound"`
	Entries uint64            `json:"entries" doc:"That were looked at"`
	Faults  []ledgerFaultView `json:"faults" doc:"What is not as it was entered"`
}

type ledgerFaultView struct {
	Number uint64 `json:"number" doc:"Of the entry; 0 for the pass itself"`
	What   string `json:"what"`
}

func newProofView(p store.Proof) proofView {
	v := proofView{Pass: ref{p.Pass}, Sound: len(p.Faults) == 0, Entries: p.Entries, Faults: []ledgerFaultView{}}
	for _, f := range p.Faults {
		v.Faults = append(v.Faults, ledgerFaultView(f))
	}
	return v
}

func (a *API) verifyLedger(ctx context.Context, r request[byID, none]) (reply[proofView], error) {
	p, err := a.Issuer.VerifyLedger(ctx, r.Actor, r.params.ID.id)
	return reply[proofView]{view: newProofView(p)}, err
}

type proofsView struct {
	Items      []proofView `json:"items" doc:"Of ledgers with faults"`
	NextCursor *ref        `json:"nextCursor,omitempty" doc:"Ask for the next page with it; missing on the last one"`
	Passes     int         `json:"passes" doc:"Of this page, with and without faults"`
	Entries    uint64      `json:"entries" doc:"Of their ledgers"`
}

func (a *API) verifyLedgers(ctx context.Context, r request[passPage, none]) (reply[proofsView], error) {
	p, err := a.Issuer.VerifyLedgers(ctx, r.Actor, r.params.ID.id, r.params.page())
	found := listOf(p.Faulty, p.Next, newProofView)
	return reply[proofsView]{view: proofsView{found.Items, found.NextCursor, p.Passes, p.Entries}}, err
}
