package api

import (
	"context"
	"strings"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

type personView struct {
	ID         ref               `json:"id"`
	ExternalID string            `json:"externalId,omitempty" example:"customer-4711"`
	Name       string            `json:"name,omitempty" example:"Ada Lovelace"`
	Email      string            `json:"email,omitempty" example:"ada@example.org"`
	Phone      string            `json:"phone,omitempty" example:"+4930123456"`
	Language   string            `json:"language,omitempty" example:"en"`
	Attributes map[string]string `json:"attributes"`
	Created    time.Time         `json:"created"`
	Updated    time.Time         `json:"updated"`
}

func newPersonView(p store.Person) personView {
	v := personView{ID: ref{p.ID}, ExternalID: p.ExternalID, Name: p.Name, Email: p.Email, Phone: p.Phone, Language: p.Language,
		Attributes: p.Attributes, Created: p.Created, Updated: p.Updated}
	if v.Attributes == nil {
		v.Attributes = map[string]string{}
	}
	return v
}

func personReply(p store.Person) reply[personView] {
	return reply[personView]{view: newPersonView(p), tag: etag(p.Edited)}
}

// personBody is what is said of a person. A member that is missing leaves what is
// known as it is.
type personBody struct {
	ExternalID *string           `json:"externalId,omitempty" doc:"Your own id of them, up to 128 characters, unique in the organisation"`
	Name       *string           `json:"name,omitempty" doc:"Up to 120 characters; an empty text takes it away, here and below"`
	Email      *string           `json:"email,omitempty"`
	Phone      *string           `json:"phone,omitempty" doc:"With the country's code, like +49 30 123456"`
	Language   *string           `json:"language,omitempty" doc:"Language tag, like en or pt-BR"`
	Attributes map[string]string `json:"attributes,omitempty" doc:"Up to 32 of your own; merged by name, an empty text takes one away"`
}

func (b personBody) details() issuer.Details {
	return issuer.Details{ExternalID: b.ExternalID, Name: b.Name, Email: b.Email, Phone: b.Phone, Language: b.Language, Attributes: b.Attributes}
}

func (a *API) createPerson(ctx context.Context, r request[none, personBody]) (reply[personView], error) {
	p, err := a.Issuer.CreatePerson(ctx, r.Actor, r.body.details(), r.once)
	if err != nil {
		return reply[personView]{}, err
	}
	out := personReply(p)
	out.location = "/people/" + p.ID.Short()
	return out, nil
}

type peopleQuery struct {
	Page
	Email      string `query:"email" doc:"With this address, whatever the case"`
	Phone      string `query:"phone" doc:"With this number, with the country's code and no blanks"`
	ExternalID string `query:"externalId" doc:"The one with this id of your own"`
}

func (a *API) people(ctx context.Context, r request[peopleQuery, none]) (reply[list[personView]], error) {
	q := r.params
	if q.ExternalID != "" {
		return a.personNamed(ctx, r)
	}
	if national, ok := strings.CutPrefix(q.Phone, " "); ok {
		q.Phone = "+" + national // a plus that was not escaped
	}
	l, err := a.Issuer.People(ctx, r.Actor, store.PersonFilter{Email: q.Email, Phone: q.Phone}, q.page())
	if err != nil {
		return reply[list[personView]]{}, err
	}
	return answer(listOf(l.People, l.Next, newPersonView))
}

// personNamed answers with a list of one or none.
func (a *API) personNamed(ctx context.Context, r request[peopleQuery, none]) (reply[list[personView]], error) {
	var found []store.Person
	p, err := a.Issuer.PersonNamed(ctx, r.Actor, r.params.ExternalID)
	if err == nil {
		found = append(found, p)
	} else if issuer.KindOf(err) != issuer.NotFound {
		return reply[list[personView]]{}, err
	}
	return answer(listOf(found, 0, newPersonView))
}

func (a *API) person(ctx context.Context, r request[byID, none]) (reply[personView], error) {
	p, err := a.Issuer.Person(ctx, r.Actor, r.params.ID.id)
	return personReply(p), err
}

func (a *API) changePerson(ctx context.Context, r request[byID, personBody]) (reply[personView], error) {
	p, err := a.Issuer.ChangePerson(ctx, r.Actor, r.params.ID.id, r.body.details(), r.ifMatch)
	return personReply(p), err
}

func (a *API) passesOfPerson(ctx context.Context, r request[passPage, none]) (reply[list[passView]], error) {
	var held []store.Pass
	var next store.ID
	err := a.Issuer.View(ctx, func(s store.Reader) (err error) {
		if _, err = s.Person(r.Org, r.params.ID.id); err != nil {
			return err
		}
		held, next, err = s.PassesOf(r.params.ID.id, r.params.page())
		return err
	})
	if err != nil {
		return reply[list[passView]]{}, err
	}
	return a.passViews(ctx, held, next)
}

type exportView struct {
	Person personView `json:"person"`
	Passes []heldView `json:"passes"`
}

type heldView struct {
	Pass       passView         `json:"pass"`
	History    []Event          `json:"history" doc:"The newest 1,000 events"`
	Devices    []Registration   `json:"devices"`
	Deliveries []deliveryView   `json:"deliveries" doc:"The newest 1,000"`
	Ledger     []redemptionView `json:"ledger" doc:"The newest 1,000 entries"`
	Consents   []consentView    `json:"consents" doc:"What they agreed to, the newest 100"`
}

func (a *API) exportPerson(ctx context.Context, r request[byID, none]) (reply[exportView], error) {
	k, err := a.Issuer.ExportPerson(ctx, r.Actor, r.params.ID.id)
	if err != nil {
		return reply[exportView]{}, err
	}
	v := exportView{Person: newPersonView(k.Person), Passes: []heldView{}}
	for _, h := range k.Passes {
		held, err := a.heldView(ctx, r.Actor, h)
		if err != nil {
			return reply[exportView]{}, err
		}
		v.Passes = append(v.Passes, held)
	}
	return answer(v)
}

func (a *API) heldView(ctx context.Context, who issuer.Actor, h issuer.HeldPass) (heldView, error) {
	pass, err := a.passView(ctx, h.Pass)
	if err != nil {
		return heldView{}, err
	}
	ledger, err := a.entries(ctx, who, h.Entries, 0, nil)
	return heldView{Pass: pass, Ledger: ledger.view.Items,
		History: listOf(h.Events, 0, newEvent).Items, Devices: listOf(h.Devices, 0, newRegistration).Items,
		Deliveries: listOf(h.Parcels, 0, newDeliveryView).Items,
		Consents:   listOf(h.Agreed, 0, newConsentView).Items}, err
}

type erasureView struct {
	Passes int `json:"passes" doc:"That were emptied and voided"`
}

func (a *API) erasePerson(ctx context.Context, r request[byID, none]) (reply[erasureView], error) {
	e, err := a.Issuer.ErasePerson(ctx, r.Actor, r.params.ID.id)
	return reply[erasureView]{view: erasureView{e.Passes}}, err
}
