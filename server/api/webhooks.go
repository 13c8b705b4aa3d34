package api

import (
	"context"
	"encoding/json"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

type endpointView struct {
	ID        ref       `json:"id"`
	URL       string    `json:"url" example:"https://shop.example.com/passes"`
	Campaign  *ref      `json:"campaign,omitempty" doc:"Whose events it gets; missing for those of the whole organisation"`
	Events    []string  `json:"events" example:"[\"pass.*\"]" doc:"Names, or beginnings as pass.*; none means all"`
	Form      string    `json:"form" example:"standard" doc:"How its requests look; standard is that of Standard Webhooks"`
	Key       *ref      `json:"key,omitempty" doc:"API key whose secret a form of an old service shows the receiver or signs with"`
	Addresses bool      `json:"addresses" doc:"It is told the IP addresses of phones and visitors"`
	State     string    `json:"state" enum:"active,disabled"`
	Why       string    `json:"why,omitempty" doc:"It is disabled"`
	Failing   time.Time `json:"failingSince,omitzero" doc:"It has taken nothing since. After three days it is disabled."`
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
	Secret    string    `json:"secret,omitempty" example:"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" doc:"To verify signatures with; shown only when it is made"`
}

func newEndpointView(e store.Endpoint) endpointView {
	v := endpointView{ID: ref{e.ID}, URL: e.URL, Events: append([]string{}, e.Events...), Form: e.Form, Addresses: e.WantsAddresses(), State: string(e.State), Why: e.Why,
		Failing: e.Failing, Created: e.Created, Updated: e.Updated}
	if v.Form == "" {
		v.Form = issuer.FormStandard
	}
	if e.Campaign != 0 {
		v.Campaign = &ref{e.Campaign}
	}
	if e.Key != 0 && e.Form != "" {
		v.Key = &ref{e.Key}
	}
	return v
}

func endpointReply(e store.Endpoint, secret string) reply[endpointView] {
	v := newEndpointView(e)
	v.Secret = secret
	return reply[endpointView]{view: v, tag: etag(e.Edited)}
}

type createEndpointBody struct {
	URL       string   `json:"url" example:"https://shop.example.com/passes" doc:"http or https, up to 2048 bytes. Private addresses are called only if the server's [outbound] allow lists them."`
	Campaign  string   `json:"campaign,omitempty" doc:"Only the events of this campaign"`
	Events    []string `json:"events,omitempty" example:"[\"pass.*\"]" doc:"Names, or beginnings as pass.*; none means all"`
	Form      string   `json:"form,omitempty" example:"standard" doc:"How the requests look; missing means standard. Others are those of old services, by their names"`
	Key       string   `json:"key,omitempty" doc:"API key whose secret the form of an old service shows the receiver or signs with; missing means the one that calls"`
	Addresses *bool    `json:"addresses,omitempty" doc:"Tell the IP address of the phone or visitor too, as data.address of pass.installed, pass.uninstalled, pass.viewed, pass.downloaded and pass.fetched. It is personal data: it stays in the delivery, which viewers may read, until that is forgotten, or the pass is erased or deleted; no other record has it. Missing means false, unless the form of an old service had it"`
}

func (a *API) createEndpoint(ctx context.Context, r request[none, createEndpointBody]) (reply[endpointView], error) {
	campaign, err := bodyID("/campaign", r.body.Campaign)
	if err != nil {
		return reply[endpointView]{}, err
	}
	key, err := bodyID("/key", r.body.Key)
	if err != nil {
		return reply[endpointView]{}, err
	}
	e, secret, err := a.Issuer.CreateEndpoint(ctx, r.Actor, issuer.NewEndpoint{
		Campaign: campaign, URL: r.body.URL, Events: r.body.Events, Form: r.body.Form, Key: key, Addresses: r.body.Addresses, Idempotency: r.once})
	if err != nil {
		return reply[endpointView]{}, err
	}
	a.Log.InfoContext(ctx, "webhook created", "webhook", e.ID.Short(), "by", caller(r.Actor))
	out := endpointReply(e, secret)
	out.location = "/webhooks/" + e.ID.Short()
	return out, nil
}

func (a *API) endpoints(ctx context.Context, r request[Page, none]) (out reply[list[endpointView]], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		all, next, err := s.Endpoints(r.Org, r.params.page())
		out.view = listOf(all, next, newEndpointView)
		return err
	})
	return out, err
}

func (a *API) endpoint(ctx context.Context, r request[byID, none]) (reply[endpointView], error) {
	e, err := a.Issuer.Endpoint(ctx, r.Actor, r.params.ID.id)
	return endpointReply(e, ""), err
}

type changeEndpointBody struct {
	URL       *string   `json:"url,omitempty" example:"https://shop.example.com/passes"`
	Events    *[]string `json:"events,omitempty" doc:"Replace those before"`
	Addresses *bool     `json:"addresses,omitempty" doc:"Whether it is told the IP addresses of phones and visitors from now on; what is queued or was sent stays as it is"`
	State     *string   `json:"state,omitempty" enum:"active,disabled" doc:"What is queued for one that is disabled is dropped and can be replayed later"`
}

func (a *API) changeEndpoint(ctx context.Context, r request[byID, changeEndpointBody]) (reply[endpointView], error) {
	e, err := a.Issuer.ChangeEndpoint(ctx, r.Actor, r.params.ID.id, issuer.EndpointChange{
		URL: r.body.URL, Events: r.body.Events, Addresses: r.body.Addresses, State: (*store.EndpointState)(r.body.State), IfMatch: r.ifMatch})
	return endpointReply(e, ""), err
}

func (a *API) deleteEndpoint(ctx context.Context, r request[byID, none]) (reply[none], error) {
	if err := a.Issuer.DeleteEndpoint(ctx, r.Actor, r.params.ID.id); err != nil {
		return reply[none]{}, err
	}
	a.Log.InfoContext(ctx, "webhook deleted", "webhook", r.params.ID.id.Short(), "by", caller(r.Actor))
	return reply[none]{}, nil
}

func (a *API) rotateEndpoint(ctx context.Context, r request[byID, none]) (reply[endpointView], error) {
	e, secret, err := a.Issuer.RotateEndpoint(ctx, r.Actor, r.params.ID.id)
	if err != nil {
		return reply[endpointView]{}, err
	}
	a.Log.InfoContext(ctx, "webhook secret rotated", "webhook", e.ID.Short(), "by", caller(r.Actor))
	return endpointReply(e, secret), nil
}

type attemptView struct {
	Taken  bool      `json:"taken" doc:"The receiver answered with a status of 2xx"`
	At     time.Time `json:"at,omitzero"`
	Millis int64     `json:"millis" doc:"How long it took"`
	Status int       `json:"status,omitempty" doc:"Of the answer; missing if there was none"`
	Answer string    `json:"answer,omitempty" doc:"Its beginning, up to 1 KiB"`
	Error  string    `json:"error,omitempty" doc:"Why there was no answer, or why it was no good"`
}

func (a *API) testEndpoint(ctx context.Context, r request[byID, none]) (reply[attemptView], error) {
	t, err := a.Issuer.TestEndpoint(ctx, r.Actor, r.params.ID.id)
	return reply[attemptView]{view: attemptView{t.Taken(), t.At, t.Took.Milliseconds(), t.Status, t.Answer, t.Error}}, err
}

type webhookDeliveryView struct {
	ID       ref             `json:"id"`
	Message  string          `json:"webhookId" example:"evt_02vq8m5c0k1" doc:"What the receiver knows the event by, however often it comes"`
	Type     string          `json:"type" example:"pass.updated"`
	Subject  ref             `json:"subject" doc:"Id of what the event is about, mostly a pass"`
	At       time.Time       `json:"at" doc:"When it happened"`
	Data     json.RawMessage `json:"data" doc:"What was sent besides type and time"`
	State    string          `json:"state" enum:"queued,delivered,failed,dropped"`
	Attempts int             `json:"attempts"`
	Next     time.Time       `json:"next,omitzero" doc:"When it is tried next; missing while an earlier event about the same subject is queued"`
	Last     *attemptView    `json:"lastAttempt,omitempty"`
}

func newWebhookDeliveryView(d store.Delivery) webhookDeliveryView {
	v := webhookDeliveryView{ID: ref{d.ID}, Message: issuer.MessageID(d), Type: d.Type, Subject: ref{d.Subject}, At: d.At, Data: d.Data,
		State: string(d.State), Attempts: d.Attempts, Next: d.Due}
	if !d.Tried.IsZero() {
		v.Last = &attemptView{d.Error == "", d.Tried, d.Took.Milliseconds(), d.Status, d.Answer, d.Error}
	}
	return v
}

type deliveriesQuery struct {
	ID ref `path:"id"`
	Page
	State string `query:"state" enum:"queued,delivered,failed,dropped" doc:"Of this state"`
}

func (a *API) webhookDeliveries(ctx context.Context, r request[deliveriesQuery, none]) (reply[list[webhookDeliveryView]], error) {
	all, next, err := a.Issuer.Deliveries(ctx, r.Actor, r.params.ID.id, store.DeliveryState(r.params.State), r.params.page())
	return reply[list[webhookDeliveryView]]{view: listOf(all, next, newWebhookDeliveryView)}, err
}

type oneDelivery struct {
	ID       ref `path:"id"`
	Delivery ref `path:"delivery" doc:"id of the delivery"`
}

func (a *API) redeliver(ctx context.Context, r request[oneDelivery, none]) (reply[webhookDeliveryView], error) {
	d, err := a.Issuer.Redeliver(ctx, r.Actor, r.params.ID.id, r.params.Delivery.id)
	return reply[webhookDeliveryView]{view: newWebhookDeliveryView(d)}, err
}

type replayBody struct {
	Since     moment `json:"since" doc:"Events that happened since then"`
	Delivered bool   `json:"delivered,omitempty" doc:"Those that were delivered too; else only what failed or was dropped"`
	Cursor    string `json:"cursor,omitempty" doc:"nextCursor of the call before"`
}

type replayView struct {
	Replayed   int  `json:"replayed" doc:"How many are queued again"`
	NextCursor *ref `json:"nextCursor,omitempty" doc:"Call again with it for the next batch; missing if that was all"`
}

func (a *API) replay(ctx context.Context, r request[byID, replayBody]) (reply[replayView], error) {
	after, err := bodyID("/cursor", r.body.Cursor)
	if err != nil {
		return reply[replayView]{}, err
	}
	since, err := r.body.Since.time("/since")
	if err != nil {
		return reply[replayView]{}, err
	}
	done, err := a.Issuer.Replay(ctx, r.Actor, r.params.ID.id, issuer.Replay{Since: since, All: r.body.Delivered, After: after})
	v := replayView{Replayed: done.Count}
	if done.Next != 0 {
		v.NextCursor = &ref{done.Next}
	}
	return reply[replayView]{view: v}, err
}
