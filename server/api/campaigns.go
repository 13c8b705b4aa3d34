package api

import (
	"context"
	"errors"
	"strings"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

type campaignView struct {
	ID                 ref              `json:"id"`
	Name               string           `json:"name" example:"Coffee card"`
	Description        string           `json:"description,omitempty"`
	PassTypeIdentifier string           `json:"passTypeIdentifier" example:"pass.com.example.coffee"`
	State              string           `json:"state" enum:"draft,active,paused,archived,invalid"`
	Template           *ref             `json:"template,omitempty" doc:"Issued from when an order names none"`
	Language           string           `json:"language,omitempty" example:"de"`
	TimeZone           string           `json:"timeZone,omitempty" example:"Europe/Berlin"`
	Starts             time.Time        `json:"starts,omitzero"`
	Ends               time.Time        `json:"ends,omitzero"`
	Ended              time.Time        `json:"ended,omitzero" doc:"When what was left at the end was voided"`
	MaxIssued          int64            `json:"maxIssued,omitempty"`
	PerPerson          int              `json:"perPerson,omitempty"`
	Unique             string           `json:"unique,omitempty" enum:"email,phone"`
	Numbering          *numbering       `json:"numbering,omitempty"`
	Expiry             *expiry          `json:"expiry,omitempty"`
	SharingProhibited  bool             `json:"sharingProhibited,omitempty"`
	Meta               object           `json:"meta,omitempty" doc:"Yours; never shown to holders"`
	Redemption         *redemptionRules `json:"redemption,omitempty" doc:"What passes are good for; missing if redemptions are counted and none is refused"`
	SignedCodes        bool             `json:"signedCodes,omitempty" doc:"Barcodes without a message of their own say a code that scanners verify offline"`
	Counters           campaignCounters `json:"counters"`
	MessageField       string           `json:"messageField,omitempty" doc:"Key of the field that shows messages"`
	Letter             *letterBody      `json:"letter,omitempty" doc:"What mails with its passes say, if not the usual"`
	FormerID           *formerID        `json:"formerId,omitempty" doc:"What the service called it that it came from"`
	Created            time.Time        `json:"created"`
	Updated            time.Time        `json:"updated"`
}

type campaignCounters struct {
	Passes     int64  `json:"passes" doc:"Issued and not deleted"`
	Issued     int64  `json:"issued" doc:"Ever issued"`
	Registered int64  `json:"registered" doc:"Installations now"`
	Redeemed   int64  `json:"redeemed" doc:"Redemptions that stand"`
	FreeCodes  *int64 `json:"freeCodes,omitempty" doc:"Left on the list of codes, if the campaign has one"`
}

// campaignReply reads the counters of c; a change of them does not change its ETag.
func campaignReply(s store.Reader, c store.Campaign) (reply[campaignView], error) {
	v, err := newCampaignView(s, c)
	return reply[campaignView]{view: v, tag: etag(c.Edited)}, err
}

func newCampaignView(s store.Reader, c store.Campaign) (v campaignView, err error) {
	r := c.Rules
	v = campaignView{ID: ref{c.ID}, Name: c.Name, Description: c.Description, PassTypeIdentifier: c.PassTypeIdentifier, State: string(c.State),
		Language: c.Language, MessageField: c.MessageField, TimeZone: c.TimeZone, Starts: r.Starts, Ends: r.Ends, Ended: r.Ended, MaxIssued: r.MaxIssued, PerPerson: r.PerPerson,
		Unique: string(r.Unique), Numbering: newNumbering(r.Numbering), Expiry: newExpiry(r.Expiry), SharingProhibited: r.SharingProhibited,
		Redemption: newRedemptionRules(c.Redemption), SignedCodes: c.SignedCodes, Created: c.Created, Updated: c.Updated}
	v.Letter, v.FormerID = newLetter(c.Letter), newFormerID(c.Former)
	if c.Template != 0 {
		v.Template = &ref{c.Template}
	}
	meta, err := s.CampaignMeta(c.ID)
	if err != nil {
		return v, err
	}
	v.Meta = object(meta)
	v.Counters, err = countersOf(s, c)
	return v, err
}

func countersOf(s store.Reader, c store.Campaign) (n campaignCounters, err error) {
	for name, number := range map[string]*int64{
		store.CountPasses: &n.Passes, store.CountIssued: &n.Issued, store.CountRegistered: &n.Registered,
		store.CountRedeemed: &n.Redeemed,
	} {
		if *number, err = s.Counter(c.ID, name); err != nil {
			return n, err
		}
	}
	if c.Rules.Numbering.Kind != store.FromList {
		return n, nil
	}
	free, err := s.FreeCodes(c.ID)
	n.FreeCodes = &free
	return n, err
}

type createCampaignBody struct {
	Name               string    `json:"name" example:"Coffee card" doc:"Up to 120 characters"`
	PassTypeIdentifier string    `json:"passTypeIdentifier" example:"pass.com.example.coffee" doc:"Of one of your certificates; fixed for life"`
	State              string    `json:"state,omitempty" enum:"active,draft" default:"active" doc:"A draft issues nothing yet"`
	FormerID           *formerID `json:"formerId,omitempty" doc:"What the service calls it that it comes from; unique among the campaigns of the organisation"`
	CampaignSettings

	Template *createTemplateBody `json:"template,omitempty" doc:"Made with it and published, so that it issues at once: both or neither. What phones would refuse is refused"`
}

func (a *API) createCampaign(ctx context.Context, r request[none, createCampaignBody]) (reply[campaignView], error) {
	settings, err := r.body.settings()
	if err != nil {
		return reply[campaignView]{}, err
	}
	c, err := a.newCampaign(ctx, r, issuer.NewCampaign{
		Name: r.body.Name, PassTypeIdentifier: r.body.PassTypeIdentifier, State: store.CampaignState(r.body.State),
		Former: r.body.FormerID.former(), CampaignSettings: settings,
	})
	if err != nil {
		return reply[campaignView]{}, err
	}
	out, err := a.campaignAfter(ctx, c)
	out.location = "/campaigns/" + c.ID.Short()
	return out, err
}

// newCampaign makes a campaign, with its template if the body has one.
func (a *API) newCampaign(ctx context.Context, r request[none, createCampaignBody], n issuer.NewCampaign) (store.Campaign, error) {
	if r.body.Template == nil {
		n.Idempotency = r.once
		return a.Issuer.CreateCampaign(ctx, r.Actor, n)
	}
	t, err := r.body.Template.template()
	if err != nil {
		return store.Campaign{}, under("/template", err)
	}
	c, _, err := a.Issuer.Launch(ctx, r.Actor, issuer.Launch{Campaign: n, Template: t, Idempotency: r.once})
	if e, ok := errors.AsType[*issuer.Error](err); ok && len(e.Fields) > 0 && strings.HasPrefix(e.Fields[0].Path, "/design") {
		err = under("/template", problemOf(err))
	}
	return c, err
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
	State    *string `json:"state,omitempty" enum:"draft,active,paused,archived,invalid" doc:"A draft becomes active or archived; active and paused change into each other and become archived; all but a draft become invalid, which makes every pass of the campaign invalid, for ever"`
	Template *string `json:"template,omitempty" doc:"Id of the template to issue from"`
	CampaignSettings
}

func (a *API) changeCampaign(ctx context.Context, r request[byID, changeCampaignBody]) (reply[campaignView], error) {
	settings, err := r.body.settings()
	if err != nil {
		return reply[campaignView]{}, err
	}
	ch := issuer.CampaignChange{Name: r.body.Name, State: (*store.CampaignState)(r.body.State), CampaignSettings: settings, IfMatch: r.ifMatch}
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
