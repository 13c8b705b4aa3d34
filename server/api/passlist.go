package api

import (
	"context"
	"net/http"
	"slices"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

type passesQuery struct {
	Page
	Campaign           ref    `query:"campaign" doc:"Of this campaign"`
	Template           ref    `query:"template" doc:"From this template"`
	Tag                string `query:"tag" doc:"With this tag"`
	Code               string `query:"code" doc:"With this code; campaigns may have the same ones"`
	Voided             string `query:"voided" enum:"true,false" doc:"Void ones only, or none of them"`
	ExternalID         string `query:"externalId" doc:"The one with this id of your own"`
	LocalID            string `query:"localId" doc:"The one with this id of your own within the campaign"`
	SerialNumber       string `query:"serialNumber" doc:"The one with this serial number, with passTypeIdentifier"`
	PassTypeIdentifier string `query:"passTypeIdentifier" doc:"With serialNumber"`
}

func (q passesQuery) filter(org store.ID) store.PassFilter {
	f := store.PassFilter{Org: org, Campaign: q.Campaign.id, Template: q.Template.id, Tag: q.Tag, Code: q.Code}
	if q.Voided != "" {
		voided := q.Voided == "true"
		f.Voided = &voided
	}
	return f
}

// names says whether q asks for one pass by what identifies it.
func (q passesQuery) names() bool {
	return q.ExternalID != "" || q.LocalID != "" || q.SerialNumber != ""
}

// name is what q names a pass by.
func (q passesQuery) name() issuer.PassName {
	return issuer.PassName{ExternalID: q.ExternalID, Campaign: q.Campaign.id, LocalID: q.LocalID, PassTypeIdentifier: q.PassTypeIdentifier, SerialNumber: q.SerialNumber}
}

func (a *API) passes(ctx context.Context, r request[passesQuery, none]) (reply[list[passView]], error) {
	q := r.params
	switch {
	case (q.SerialNumber == "") != (q.PassTypeIdentifier == ""):
		return reply[list[passView]]{}, invalid("query.passTypeIdentifier", "incomplete_name", "a serial number names a pass only together with its passTypeIdentifier; give both")
	case q.LocalID != "" && q.Campaign.id == 0:
		return reply[list[passView]]{}, invalid("query.campaign", "incomplete_name", "a local id names a pass only together with its campaign; give both")
	case q.names():
		return a.passNamed(ctx, r)
	case r.caller.Role == store.Scanner && q.Code == "":
		return reply[list[passView]]{}, refuse(http.StatusForbidden, "role", "", "a key of the role scanner may look up one pass: give its code, its externalId, its campaign and localId, or serialNumber and passTypeIdentifier")
	}
	l, err := a.Issuer.Passes(ctx, r.Actor, q.filter(r.Org), q.page())
	if err != nil {
		return reply[list[passView]]{}, err
	}
	return a.passViews(ctx, l.Passes, l.Next)
}

// passNamed answers with a list of one or none.
func (a *API) passNamed(ctx context.Context, r request[passesQuery, none]) (reply[list[passView]], error) {
	q := r.params
	var found []store.Pass
	p, err := a.Issuer.PassNamed(ctx, r.Actor, q.name())
	switch {
	case err == nil && q.matches(p):
		found = append(found, p)
	case err != nil && issuer.KindOf(err) != issuer.NotFound:
		return reply[list[passView]]{}, err
	}
	return a.passViews(ctx, found, 0)
}

// matches applies what q says besides the name.
func (q passesQuery) matches(p store.Pass) bool {
	return (q.SerialNumber == "" || p.SerialNumber == q.SerialNumber && p.PassTypeIdentifier == q.PassTypeIdentifier) &&
		(q.LocalID == "" || p.LocalID == q.LocalID) &&
		(q.Campaign.id == 0 || p.Campaign == q.Campaign.id) &&
		(q.Template.id == 0 || p.Template == q.Template.id) &&
		(q.Code == "" || p.Code == q.Code) &&
		(q.Tag == "" || slices.Contains(p.Tags, q.Tag)) &&
		(q.Voided == "" || (q.Voided == "true") == !p.Voided.IsZero())
}
