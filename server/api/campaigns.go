package api

import (
	"context"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

type campaignView struct {
	ID                 ref              `json:"id"`
	Name               string           `json:"name" example:"Coffee card"`
	PassTypeIdentifier string           `json:"passTypeIdentifier" example:"pass.com.example.coffee"`
	State              string           `json:"state" enum:"active,paused,archived"`
	Template           *ref             `json:"template,omitempty" doc:"Issued from when an order names none"`
	Counters           campaignCounters `json:"counters"`
	Created            time.Time        `json:"created"`
	Updated            time.Time        `json:"updated"`
}

type campaignCounters struct {
	Passes     int64 `json:"passes" doc:"Issued and not deleted"`
	Issued     int64 `json:"issued" doc:"Ever issued"`
	Registered int64 `json:"registered" doc:"Installations now"`
}

// campaignReply reads the counters of c; a change of them does not change its ETag.
func campaignReply(s store.Reader, c store.Campaign) (reply[campaignView], error) {
	v, err := newCampaignView(s, c)
	return reply[campaignView]{view: v, tag: etag(c.Edited)}, err
}

func newCampaignView(s store.Reader, c store.Campaign) (v campaignView, err error) {
	v = campaignView{ID: ref{c.ID}, Name: c.Name, PassTypeIdentifier: c.PassTypeIdentifier, State: string(c.State),
		Created: c.Created, Updated: c.Updated}
	if c.Template != 0 {
		v.Template = &ref{c.Template}
	}
	for name, number := range map[string]*int64{
		store.CountPasses: &v.Counters.Passes, store.CountIssued: &v.Counters.Issued, store.CountRegistered: &v.Counters.Registered,
	} {
		if *number, err = s.Counter(c.ID, name); err != nil {
			return v, err
		}
	}
	return v, nil
}

type createCampaignBody struct {
	Name               string `json:"name" example:"Coffee card" doc:"Up to 120 characters"`
	PassTypeIdentifier string `json:"passTypeIdentifier" example:"pass.com.example.coffee" doc:"Of one of your certificates; fixed for life"`
}

func (a *API) createCampaign(ctx context.Context, r request[none, createCampaignBody]) (reply[campaignView], error) {
	c, err := a.Issuer.CreateCampaign(ctx, r.Actor, issuer.NewCampaign{Name: r.body.Name, PassTypeIdentifier: r.body.PassTypeIdentifier, Idempotency: r.once})
	if err != nil {
		return reply[campaignView]{}, err
	}
	out, err := a.campaignAfter(ctx, c)
	out.location = "/campaigns/" + c.ID.Short()
	return out, err
}

func (a *API) campaignAfter(ctx context.Context, c store.Campaign) (out reply[campaignView], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		out, err = campaignReply(s, c)
		return err
	})
	return out, err
}

func (a *API) campaigns(ctx context.Context, r request[Page, none]) (out reply[list[campaignView]], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		all, next, err := s.Campaigns(r.Org, r.params.page())
		out.view = listOf(all, next, func(c store.Campaign) campaignView {
			v, failed := newCampaignView(s, c)
			if failed != nil {
				err = failed
			}
			return v
		})
		return err
	})
	return out, err
}

func (a *API) campaign(ctx context.Context, r request[byID, none]) (out reply[campaignView], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		c, err := s.Campaign(r.Org, r.params.ID.id)
		if err != nil {
			return err
		}
		out, err = campaignReply(s, c)
		return err
	})
	return out, err
}

type changeCampaignBody struct {
	Name     *string `json:"name,omitempty" example:"Coffee card"`
	State    *string `json:"state,omitempty" enum:"active,paused,archived" doc:"An archived campaign stays so"`
	Template *string `json:"template,omitempty" doc:"Id of the template to issue from"`
}

func (a *API) changeCampaign(ctx context.Context, r request[byID, changeCampaignBody]) (reply[campaignView], error) {
	ch := issuer.CampaignChange{Name: r.body.Name, State: (*store.CampaignState)(r.body.State), IfMatch: r.ifMatch}
	if r.body.Template != nil {
		id, err := bodyID("/template", *r.body.Template)
		if err != nil {
			return reply[campaignView]{}, err
		}
		ch.Template = &id
	}
	c, err := a.Issuer.ChangeCampaign(ctx, r.Actor, r.params.ID.id, ch)
	if err != nil {
		return reply[campaignView]{}, err
	}
	return a.campaignAfter(ctx, c)
}
