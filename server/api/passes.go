package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

type passView struct {
	ID                 ref               `json:"id"`
	PublicID           string            `json:"publicId" example:"h7Kd2mPq9RsTvw" doc:"In the links; cannot be guessed"`
	SerialNumber       string            `json:"serialNumber" example:"5f0c3c1e-8f63-4a5e-9d0a-3a1d5a7f2b10"`
	PassTypeIdentifier string            `json:"passTypeIdentifier" example:"pass.com.example.coffee"`
	ExternalID         string            `json:"externalId,omitempty" example:"customer-4711"`
	LocalID            string            `json:"localId,omitempty" example:"member-17"`
	Code               string            `json:"code,omitempty" example:"00004711" doc:"What tills type and scanners read, if the campaign numbers its passes"`
	Campaign           ref               `json:"campaign"`
	Template           ref               `json:"template"`
	Pinned             bool              `json:"pinned" doc:"Stays at one revision of the template instead of following it"`
	PinnedRevision     int               `json:"pinnedRevision,omitempty"`
	Voided             bool              `json:"voided"`
	VoidedAt           time.Time         `json:"voidedAt,omitzero"`
	Invalid            bool              `json:"invalid" doc:"Good for nothing, for ever. Passes of an invalid campaign are too, whatever this says"`
	InvalidAt          time.Time         `json:"invalidAt,omitzero"`
	Expires            time.Time         `json:"expires,omitzero"`
	Near               *point            `json:"near,omitempty" doc:"Where the holder is at home"`
	Values             values            `json:"values"`
	Document           object            `json:"document,omitempty" doc:"Keys of pass.json that this pass has over its template's"`
	Images             map[string]ref    `json:"images,omitempty"`
	Hidden             []string          `json:"hidden,omitempty" doc:"Keys of fields of the template that it does not show"`
	Message            string            `json:"message,omitempty" doc:"The last text that was sent to its holder and not taken back"`
	Tags               []string          `json:"tags"`
	Holder             *ref              `json:"holder,omitempty" doc:"Person that it was issued to"`
	Link               *ref              `json:"link,omitempty" doc:"Link that it came of"`
	Origin             string            `json:"origin,omitempty" doc:"How it came about other than by an order: form, for one"`
	Meta               map[string]string `json:"meta,omitempty" doc:"Kept with it and never shown, as what the address of a visit said of where it came from"`
	Person             map[string]string `json:"person,omitempty" doc:"What the holder gave through a personalisation form"`
	PersonalizedAt     time.Time         `json:"personalizedAt,omitzero"`
	Account            accountView       `json:"account" doc:"What its redemptions come to"`
	FormerID           *formerID         `json:"formerId,omitempty" doc:"What the service called it that it came from"`
	Created            time.Time         `json:"created"`
	Updated            time.Time         `json:"updated"`
	PageURL            string            `json:"pageUrl" format:"uri" doc:"Page to send to the holder"`
	PkpassURL          string            `json:"pkpassUrl" format:"uri" doc:"The file itself, for whoever has the link"`
}

func (a *API) passView(ctx context.Context, p store.Pass) (passView, error) {
	c, err := a.Issuer.Campaign(ctx, issuer.Actor{Org: p.Org}, p.Campaign)
	v := passView{
		ID: ref{p.ID}, PublicID: p.PublicID, SerialNumber: p.SerialNumber, PassTypeIdentifier: p.PassTypeIdentifier,
		ExternalID: p.ExternalID, LocalID: p.LocalID, Code: p.Code, Campaign: ref{p.Campaign}, Template: ref{p.Template}, Pinned: p.Pinned > 0, PinnedRevision: pinnedRevision(p),
		Voided: !p.Voided.IsZero(), VoidedAt: p.Voided, Invalid: !p.Invalid.IsZero(), InvalidAt: p.Invalid, Expires: p.Expires, Near: newPoint(p.Near), Values: p.Values, Document: object(p.Patch), Images: imageRefs(p.Images),
		Hidden: p.Hidden, Message: issuer.Shown(p), Tags: p.Tags, Person: p.Person, PersonalizedAt: p.Personalized, Account: newAccountView(c, p.Account), Created: p.Created, Updated: p.Updated,
		Link: refOf(p.Link), Origin: p.Origin, FormerID: newFormerID(p.Former), Meta: p.Meta, PageURL: a.BaseURL + "/p/" + p.PublicID,
	}
	v.PkpassURL = v.PageURL + ".pkpass"
	if p.Holder != 0 {
		v.Holder = &ref{p.Holder}
	}
	if v.Values == nil {
		v.Values = values{}
	}
	if v.Tags == nil {
		v.Tags = []string{}
	}
	return v, err
}

// passReply answers with p, unless err is an error.
func (a *API) passReply(ctx context.Context, p store.Pass, err error) (reply[passView], error) {
	if err != nil {
		return reply[passView]{}, err
	}
	callOf(ctx).campaign = p.Campaign
	v, err := a.passView(ctx, p)
	return reply[passView]{view: v, tag: etag(p.Edited)}, err
}

func (a *API) passViews(ctx context.Context, all []store.Pass, next store.ID) (reply[list[passView]], error) {
	var failed error
	out := listOf(all, next, func(p store.Pass) passView {
		v, err := a.passView(ctx, p)
		failed = errors.Join(failed, err)
		return v
	})
	return reply[list[passView]]{view: out}, failed
}

type issueBody struct {
	ExternalID          string            `json:"externalId,omitempty" example:"customer-4711" doc:"Your own id of it, up to 128 characters, unique in the organisation"`
	LocalID             string            `json:"localId,omitempty" example:"member-17" doc:"Your own id of it within the campaign, up to 255 characters; other campaigns may have the same"`
	Values              values            `json:"values,omitempty"`
	Hidden              []string          `json:"hidden,omitempty" doc:"Keys of fields of the template that it does not show, up to 100"`
	Template            string            `json:"template,omitempty" doc:"Id of a template of the campaign, if not its default"`
	SerialNumber        string            `json:"serialNumber,omitempty" doc:"Up to 64 characters A-Z a-z 0-9 . _ -; a random UUID if there is none"`
	AuthenticationToken string            `json:"authenticationToken,omitempty" doc:"16 to 128 characters A-Z a-z 0-9 _ -, for passes that moved here; a secret one if there is none"`
	FormerID            *formerID         `json:"formerId,omitempty" doc:"What the service calls it that it comes from; unique among the passes of the organisation. Such a pass keeps any serial number and token that phones know it by"`
	PublicID            string            `json:"publicId,omitempty" doc:"14 characters A-Z a-z 0-9 of its links, for passes that moved here; random ones if there are none"`
	Code                string            `json:"code,omitempty" doc:"Its code, if the campaign's are given with the orders; up to 128 characters, unique in the campaign"`
	Pinned              bool              `json:"pinned,omitempty" doc:"Stay at the template's revision of now"`
	Expires             maybe[moment]     `json:"expires,omitzero" doc:"When it expires; null means never, whatever the campaign says"`
	Near                maybe[*point]     `json:"near,omitzero" doc:"Where the holder is at home: of many shared places the nearest are put on the pass"`
	Document            object            `json:"document,omitempty" doc:"Keys of pass.json over the template's"`
	Images              map[string]string `json:"images,omitempty" doc:"Image kind to the id of an asset"`
	Tags                []string          `json:"tags,omitempty" doc:"Up to 15 of up to 255 characters"`
	Holder              string            `json:"holder,omitempty" doc:"Id of the person it is for"`
	Person              *personBody       `json:"person,omitempty" doc:"Or who that is: found by external id, else by e-mail address, else by phone number, and added if there is nobody"`
}

func (b issueBody) order(campaign store.ID) (issuer.Order, error) {
	template, err := bodyID("/template", b.Template)
	if err != nil {
		return issuer.Order{}, err
	}
	holder, err := b.holder()
	if err != nil {
		return issuer.Order{}, err
	}
	near, err := pointOf(b.Near)
	if err != nil {
		return issuer.Order{}, err
	}
	expires, err := timeOf("/expires", b.Expires)
	if err != nil {
		return issuer.Order{}, err
	}
	images, err := imageIDs("/images", b.Images)
	return issuer.Order{
		Campaign: campaign, Template: template, ExternalID: b.ExternalID, LocalID: b.LocalID, Hidden: b.Hidden, SerialNumber: b.SerialNumber, Token: b.AuthenticationToken, Pinned: b.Pinned,
		Code: b.Code, Expires: expires, Near: near, Holder: holder, Former: b.FormerID.former(), PublicID: b.PublicID,
		Content: issuer.Content{Values: b.Values, Document: b.Document.raw(), Images: images, Tags: b.Tags},
	}, err
}

func (b issueBody) holder() (h issuer.Holder, err error) {
	if b.Person != nil {
		h.Details = b.Person.details()
	}
	h.ID, err = bodyID("/holder", b.Holder)
	return h, err
}

func (a *API) issuePass(ctx context.Context, r request[inCampaign, issueBody]) (reply[passView], error) {
	order, err := r.body.order(r.params.Campaign.id)
	if err != nil {
		return reply[passView]{}, err
	}
	order.Idempotency = r.once
	p, err := a.Issuer.Issue(ctx, r.Actor, order)
	return a.issued(ctx, p, err)
}

func (a *API) issued(ctx context.Context, p store.Pass, err error) (reply[passView], error) {
	out, err := a.passReply(ctx, p, err)
	out.location = "/passes/" + p.ID.Short()
	return out, err
}

type externalPath struct {
	Campaign   ref    `path:"campaign" doc:"id of the campaign"`
	ExternalID string `path:"externalId" doc:"Your own id of the pass"`
}

func (a *API) upsertPass(ctx context.Context, r request[externalPath, issueBody]) (reply[passView], error) {
	if r.body.ExternalID != "" && r.body.ExternalID != r.params.ExternalID {
		return reply[passView]{}, invalid("/externalId", "external_id", "the external id in the address is another; leave it out here")
	}
	r.body.ExternalID = r.params.ExternalID
	order, err := r.body.order(r.params.Campaign.id)
	if err != nil {
		return reply[passView]{}, err
	}
	p, created, err := a.Issuer.Upsert(ctx, r.Actor, order)
	if created {
		return a.issued(ctx, p, err)
	}
	out, err := a.passReply(ctx, p, err)
	out.status = http.StatusOK
	return out, err
}

func (a *API) pass(ctx context.Context, r request[byID, none]) (reply[passView], error) {
	p, err := a.Issuer.Pass(ctx, r.Actor, r.params.ID.id)
	return a.passReply(ctx, p, err)
}

type changePassBody struct {
	Values   values                   `json:"values,omitempty" doc:"Merged by key; null takes a value back to the template's"`
	Document maybe[object]            `json:"document,omitzero" doc:"Replaces what the pass had; null takes it away"`
	Images   maybe[map[string]string] `json:"images,omitzero" doc:"Replaces what the pass had; null takes them away"`
	Tags     maybe[[]string]          `json:"tags,omitzero" doc:"Replaces what the pass had; null takes them away"`
	Hidden   maybe[[]string]          `json:"hidden,omitzero" doc:"Keys of fields of the template that it does not show; null shows all again"`
	LocalID  maybe[string]            `json:"localId,omitzero" doc:"Your own id of it within the campaign; null takes it away"`
	Pinned   maybe[bool]              `json:"pinned,omitzero" doc:"Stay at the template's revision of now, or follow it"`
	Expires  maybe[moment]            `json:"expires,omitzero" doc:"When it expires; null means never"`
	Near     maybe[*point]            `json:"near,omitzero" doc:"Where the holder is at home; null forgets it"`
}

func (b changePassBody) change() (ch issuer.Change, err error) {
	ch.Values = b.Values
	if b.Document.given {
		ch.Document = (*json.RawMessage)(&b.Document.value)
	}
	if b.Images.given {
		if ch.Images, err = imageIDs("/images", b.Images.value); ch.Images == nil {
			ch.Images = map[string]store.ID{}
		}
	}
	if b.Tags.given {
		ch.Tags = &b.Tags.value
	}
	ch.Pinned, ch.Hidden, ch.LocalID = b.Pinned.pointer(), b.Hidden.pointer(), b.LocalID.pointer()
	if b.Near.given {
		near, err := pointOf(b.Near)
		if err != nil {
			return ch, err
		}
		ch.Near = &near
	}
	if err != nil {
		return ch, err
	}
	ch.Expires, err = timeOf("/expires", b.Expires)
	return ch, err
}

func (a *API) changePass(ctx context.Context, r request[byID, changePassBody]) (reply[passView], error) {
	ch, err := r.body.change()
	if err != nil {
		return reply[passView]{}, err
	}
	ch.IfMatch = r.ifMatch
	p, err := a.Issuer.Update(ctx, r.Actor, r.params.ID.id, ch)
	return a.passReply(ctx, p, err)
}

func (a *API) voidPass(ctx context.Context, r request[byID, none]) (reply[passView], error) {
	p, err := a.Issuer.Void(ctx, r.Actor, r.params.ID.id, true)
	return a.passReply(ctx, p, err)
}

func (a *API) unvoidPass(ctx context.Context, r request[byID, none]) (reply[passView], error) {
	p, err := a.Issuer.Void(ctx, r.Actor, r.params.ID.id, false)
	return a.passReply(ctx, p, err)
}

func (a *API) invalidatePass(ctx context.Context, r request[byID, none]) (reply[passView], error) {
	p, err := a.Issuer.Invalidate(ctx, r.Actor, r.params.ID.id)
	return a.passReply(ctx, p, err)
}

func (a *API) deletePass(ctx context.Context, r request[byID, none]) (reply[none], error) {
	return reply[none]{}, a.Issuer.Delete(ctx, r.Actor, r.params.ID.id, r.ifMatch)
}

// pinnedRevision is the revision that p stays at, 0 if it is none of its template's.
func pinnedRevision(p store.Pass) int {
	if p.Pinned == store.OwnDesign {
		return 0
	}
	return p.Pinned
}
