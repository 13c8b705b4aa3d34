package api

import (
	"context"
	"time"

	"pocketpass/server/access"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

type keyView struct {
	ID       ref       `json:"id"`
	Name     string    `json:"name" example:"Web shop"`
	Role     string    `json:"role" enum:"admin,issuer,scanner,viewer"`
	Operator bool      `json:"operator" doc:"May manage organisations too"`
	Created  time.Time `json:"created"`
	Revoked  time.Time `json:"revoked,omitzero"`
	LastUsed time.Time `json:"lastUsed,omitzero" doc:"To the minute"`
	Token    string    `json:"token,omitempty" example:"02vq8m5c0k1.QmFzZTY0…" doc:"The key itself, <id>.<secret>; shown only when it is made"`
}

func newKeyView(k store.Key) keyView {
	return keyView{ID: ref{k.ID}, Name: k.Name, Role: string(k.Role), Operator: k.Operator, Created: k.Created, Revoked: k.Revoked, LastUsed: k.LastUsed}
}

func newSecretView(k store.Key, secret string) keyView {
	v := newKeyView(k)
	if secret != "" { // else it is the token that came with the request
		v.Token = k.ID.Short() + "." + secret
	}
	return v
}

// onceOf is an idempotency key in the form of package access.
func onceOf(a issuer.Actor, m issuer.Idempotency) access.Once {
	return access.Once{Caller: a.Key, Key: m.Key, Request: m.Request}
}

// caller is who did something, for the log: the id of a key, or local for the
// command line, which has none.
func caller(a issuer.Actor) string {
	if a.Key == 0 {
		return "local"
	}
	return a.Key.Short()
}

type createKeyBody struct {
	Name string `json:"name" example:"Web shop" doc:"Up to 120 characters"`
	Role string `json:"role" enum:"admin,issuer,scanner,viewer" example:"issuer"`

	Token   string `json:"token,omitempty" minLength:"8" maxLength:"321" doc:"Token of another service that is taken over as it is, so that its clients need no other; only its hash is kept"`
	Signs   bool   `json:"signs,omitempty" doc:"The token is <id>.<secret> of a service whose clients sign with the secret, as PassKit's did; the secret is kept, encrypted"`
	Devices *bool  `json:"devices,omitempty" doc:"Whether the key may stand in for the tokens of passes where a service lets it, as Kony MobileFabric did; true if left out"`
}

func (a *API) createKey(ctx context.Context, r request[none, createKeyBody]) (reply[keyView], error) {
	k, secret, err := a.Access.Create(ctx, access.NewKey{Org: r.Org, Name: r.body.Name, Role: store.Role(r.body.Role),
		Token: r.body.Token, Signs: r.body.Signs, NoDevices: r.body.Devices != nil && !*r.body.Devices, Once: onceOf(r.Actor, r.once)})
	if err != nil {
		return reply[keyView]{}, err
	}
	a.Log.InfoContext(ctx, "key created", "key", k.ID.Short(), "role", k.Role, "by", caller(r.Actor))
	return reply[keyView]{view: newSecretView(k, secret)}, nil
}

func (a *API) keys(ctx context.Context, r request[Page, none]) (out reply[list[keyView]], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		all, next, err := s.Keys(r.Org, r.params.page())
		out.view = listOf(all, next, newKeyView)
		return err
	})
	return out, err
}

func (a *API) rotateKey(ctx context.Context, r request[byID, none]) (reply[keyView], error) {
	k, secret, err := a.Access.Rotate(ctx, r.caller, r.params.ID.id)
	if err != nil {
		return reply[keyView]{}, err
	}
	a.Log.InfoContext(ctx, "key rotated", "key", k.ID.Short(), "by", caller(r.Actor))
	return reply[keyView]{view: newSecretView(k, secret)}, nil
}

func (a *API) revokeKey(ctx context.Context, r request[byID, none]) (reply[none], error) {
	if err := a.Access.Revoke(ctx, r.caller, r.params.ID.id); err != nil {
		return reply[none]{}, err
	}
	a.Log.InfoContext(ctx, "key revoked", "key", r.params.ID.id.Short(), "by", caller(r.Actor))
	return reply[none]{}, nil
}

type organisationView struct {
	ID      ref       `json:"id"`
	Name    string    `json:"name" example:"Example Ltd"`
	Created time.Time `json:"created"`
	Parent  *ref      `json:"parent,omitempty" doc:"The organisation that made it"`
	Locked  time.Time `json:"locked,omitzero" doc:"Since when none of its keys works"`
	Key     *keyView  `json:"key,omitempty" doc:"Its first admin key; shown only when it is made"`
}

func newOrganisationView(o store.Organisation) organisationView {
	v := organisationView{ID: ref{o.ID}, Name: o.Name, Created: o.Created, Locked: o.Locked}
	if o.Parent != 0 {
		v.Parent = &ref{o.Parent}
	}
	return v
}

type createOrganisationBody struct {
	Name string `json:"name" example:"Example Ltd" doc:"Up to 120 characters; no other organisation has it"`
}

func (a *API) createOrganisation(ctx context.Context, r request[none, createOrganisationBody]) (reply[organisationView], error) {
	o, k, secret, err := a.Access.CreateOrganisation(ctx, r.body.Name, onceOf(r.Actor, r.once))
	if err != nil {
		return reply[organisationView]{}, err
	}
	a.Log.InfoContext(ctx, "organisation created", "organisation", o.ID.Short(), "by", caller(r.Actor))
	v, key := newOrganisationView(o), newSecretView(k, secret)
	v.Key = &key
	return reply[organisationView]{view: v}, nil
}

func (a *API) organisations(ctx context.Context, r request[Page, none]) (out reply[list[organisationView]], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		all, next, err := s.Organisations(r.params.page())
		out.view = listOf(all, next, newOrganisationView)
		return err
	})
	return out, err
}

type meView struct {
	Organisation organisationView `json:"organisation"`
	Role         string           `json:"role" enum:"admin,issuer,scanner,viewer"`
	Key          *keyView         `json:"key,omitempty" doc:"Missing for the command line of the server itself, which needs none"`
}

func (a *API) me(ctx context.Context, r request[none, none]) (out reply[meView], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		o, err := s.Organisation(r.Org)
		out.view = meView{Organisation: newOrganisationView(o), Role: string(r.caller.Role)}
		if err != nil || r.Key == 0 {
			return err
		}
		k, err := s.Key(r.Org, r.Key)
		v := newKeyView(k)
		out.view.Key = &v
		return err
	})
	return out, err
}
