package api

import (
	"context"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// feedView is an event with what it is about.
type feedView struct {
	Event
	Subject  ref  `json:"subject" doc:"Id of the pass, template, certificate … that the type names"`
	Campaign *ref `json:"campaign,omitempty"`
}

func newFeedView(e store.Event) feedView {
	v := feedView{Event: newEvent(e), Subject: ref{e.Subject}}
	if e.Campaign != 0 {
		v.Campaign = &ref{e.Campaign}
	}
	return v
}

type feedQuery struct {
	Page
	Type     string `query:"type" doc:"A name, or a beginning as pass.*" example:"pass.*"`
	Campaign ref    `query:"campaign" doc:"Of this campaign"`
	Pass     ref    `query:"pass" doc:"About this pass"`
}

func (a *API) feed(ctx context.Context, r request[feedQuery, none]) (reply[list[feedView]], error) {
	f := issuer.FeedFilter{Type: r.params.Type, Campaign: r.params.Campaign.id, Pass: r.params.Pass.id}
	all, next, err := a.Issuer.Feed(ctx, r.Actor, f, r.params.page())
	return reply[list[feedView]]{view: listOf(all, next, newFeedView)}, err
}

type eventTypeView struct {
	Name     string `json:"name" example:"pass.updated"`
	About    string `json:"about"`
	Subject  string `json:"subject" example:"pass" doc:"What it is about"`
	Observed bool   `json:"observed" doc:"Seen and not done: what is seen of one pass within a second is one event, which is in no history, and a crash may lose it"`
}

func newEventTypeView(t issuer.EventType) eventTypeView {
	subject, _, _ := strings.Cut(t.Name, ".")
	return eventTypeView{t.Name, t.About, subject, t.Observed}
}

func (a *API) eventTypes(context.Context, request[none, none]) (reply[list[eventTypeView]], error) {
	return answer(listOf(issuer.EventTypes, 0, newEventTypeView))
}
