package store

import (
	"time"

	"pocketpass/store/kv"
)

// Endpoint is an address that events are sent to. Its secret is not here: it is
// derived from the master key, the id and the generation.
type Endpoint struct {
	ID       ID            `json:"id"`
	Org      ID            `json:"org"`
	Campaign ID            `json:"campaign,omitempty"` // whose events it gets; 0 means those of the whole organisation
	URL      string        `json:"url"`
	Events   []string      `json:"events,omitempty"` // names, or beginnings as "pass.*"; none means all
	Form     string        `json:"form,omitempty"`   // of the requests; empty means Standard Webhooks
	Key      ID            `json:"key,omitempty"`    // API key that a form may show the receiver, or sign with; 0 if no key made it
	State    EndpointState `json:"state"`
	Why      string        `json:"why,omitempty"`    // it was disabled
	Failing  time.Time     `json:"failing,omitzero"` // since when it took nothing
	Secret   int           `json:"secret,omitempty"` // generation, which grows when the secret is replaced
	Rotated  time.Time     `json:"rotated,omitzero"` // when that was
	Edited   int           `json:"edited,omitempty"` // counts the changes, for If-Match
	Created  time.Time     `json:"created"`          //
	Updated  time.Time     `json:"updated"`          // by its owner

	Addresses *bool `json:"addresses,omitempty"` // of phones and visitors are told too; nil if neither its owner nor its form said so
}

// WantsAddresses says whether it is told the addresses of phones and visitors.
func (e Endpoint) WantsAddresses() bool { return e.Addresses != nil && *e.Addresses }

// EndpointState says whether an endpoint is sent anything.
type EndpointState string

// The states of an endpoint.
const (
	EndpointActive   EndpointState = "active"
	EndpointDisabled EndpointState = "disabled"
)

var endpoints = table[Endpoint]{
	name: "endpoint",
	key:  func(e *Endpoint) []byte { return e.ID.key() },
	indexes: []index[Endpoint]{
		{name: endpointByOrg, bare: true, keys: func(e *Endpoint) [][]byte { return [][]byte{join(e.Org, e.ID)} }},
		{name: endpointByCampaign, bare: true, keys: func(e *Endpoint) [][]byte {
			if e.State != EndpointActive {
				return nil
			}
			return [][]byte{join(e.Org, e.Campaign, e.ID)}
		}},
	},
}

const (
	endpointByOrg      kv.Table = "endpoint_organisation"
	endpointByCampaign kv.Table = "endpoint_campaign" // of the active ones
)

// Endpoint returns an endpoint of the organisation.
func (r Reader) Endpoint(org, id ID) (Endpoint, error) {
	e, err := r.AnyEndpoint(id)
	return owned(e, err, org, e.Org)
}

// AnyEndpoint returns an endpoint of any organisation, as one with a queue.
func (r Reader) AnyEndpoint(id ID) (Endpoint, error) {
	return copied(r.memo.endpoints.get(r.kv, id.key()))
}

// Endpoints lists the endpoints of the organisation.
func (r Reader) Endpoints(org ID, p Page) ([]Endpoint, ID, error) {
	return endpoints.list(r.kv, endpointByOrg, join(org), p, nil)
}

// Receivers lists the active endpoints that get events of a campaign, or with 0 those
// that get events of none. An organisation without endpoints pays two look-ups.
// What it returns is shared and must not be changed.
func (r Reader) Receivers(org, campaign ID) ([]Endpoint, error) {
	return r.recent.receivers.or(audience{org, campaign}, func() (out []Endpoint, err error) {
		if out, err = r.receivers(out, join(org, ID(0))); err != nil || campaign == 0 {
			return out, err
		}
		return r.receivers(out, join(org, campaign))
	})
}

// CountReceivers is how many active endpoints a campaign has, or with 0 the
// organisation as a whole.
func (r Reader) CountReceivers(org, campaign ID) (n int, err error) {
	prefix := join(org, campaign)
	err = r.kv.Scan(endpointByCampaign, kv.Range{From: prefix, To: successor(prefix)}, func(_, _ []byte) error { n++; return nil })
	return n, err
}

func (r Reader) receivers(out []Endpoint, prefix []byte) ([]Endpoint, error) {
	err := r.kv.Scan(endpointByCampaign, kv.Range{From: prefix, To: successor(prefix)}, func(key, _ []byte) error {
		e, err := copied(r.memo.endpoints.get(r.kv, named(key, nil)))
		out = append(out, e)
		return err
	})
	return out, err
}

// PutEndpoint writes e.
func (tx Tx) PutEndpoint(e Endpoint) error {
	tx.recent.forget()
	return endpoints.put(tx.kv, &e)
}

// DeleteEndpoint removes an endpoint. What is queued for it is dropped when its turn
// comes; what was sent to it is forgotten in time.
func (tx Tx) DeleteEndpoint(id ID) error {
	tx.recent.forget()
	return endpoints.remove(tx.kv, id.key())
}
