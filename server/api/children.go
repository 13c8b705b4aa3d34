package api

import (
	"context"
	"time"

	"pocketpass/server/access"
)

type childView struct {
	ID       ref       `json:"id"`
	Name     string    `json:"name" example:"Example Events"`
	Created  time.Time `json:"created"`
	Locked   time.Time `json:"locked,omitzero" doc:"Since when the operator lets none of its keys work"`
	Username string    `json:"username" example:"example-events" doc:"Id of its first key, beside that key's own"`
	Token    string    `json:"token,omitempty" example:"example-events.QmFzZTY0…" doc:"The key, <username>.<secret>; shown when it is made or refreshed"`
}

func newChildView(c access.Child) childView {
	return childView{ID: ref{c.ID}, Name: c.Name, Created: c.Created, Locked: c.Locked, Username: c.Username}
}

// childReply shows the key of a child too.
func childReply(c access.Child) reply[childView] {
	v := newChildView(c)
	v.Token = c.Username + "." + c.Password
	return reply[childView]{view: v}
}

type createChildBody struct {
	Name string `json:"name" example:"Example Events" doc:"Up to 120 characters; others may have it too"`
}

func (a *API) createChild(ctx context.Context, r request[none, createChildBody]) (reply[childView], error) {
	c, err := a.Access.CreateChild(ctx, r.caller, r.body.Name, onceOf(r.Actor, r.once))
	if err != nil {
		return reply[childView]{}, err
	}
	a.Log.InfoContext(ctx, "child organisation created", "organisation", c.ID.Short(), "by", caller(r.Actor))
	return childReply(c), nil
}

func (a *API) children(ctx context.Context, r request[Page, none]) (reply[list[childView]], error) {
	all, next, err := a.Access.Children(ctx, r.caller, r.params.page())
	return reply[list[childView]]{view: listOf(all, next, newChildView)}, err
}

func (a *API) refreshChild(ctx context.Context, r request[byID, none]) (reply[childView], error) {
	c, err := a.Access.RefreshChild(ctx, r.caller, r.params.ID.id)
	if err != nil {
		return reply[childView]{}, err
	}
	a.Log.InfoContext(ctx, "key of a child organisation refreshed", "organisation", c.ID.Short(), "by", caller(r.Actor))
	return childReply(c), nil
}

type lockBody struct {
	Locked bool `json:"locked" doc:"Whether its keys are refused from now on"`
}

func (a *API) lockOrganisation(ctx context.Context, r request[byID, lockBody]) (reply[organisationView], error) {
	o, err := a.Access.Lock(ctx, r.caller, r.params.ID.id, r.body.Locked)
	if err != nil {
		return reply[organisationView]{}, err
	}
	a.Log.InfoContext(ctx, "organisation locked or opened", "organisation", o.ID.Short(), "locked", r.body.Locked, "by", caller(r.Actor))
	return reply[organisationView]{view: newOrganisationView(o)}, nil
}
