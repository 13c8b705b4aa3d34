package issuer

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"pocketpass/store"
)

// Courier calls addresses that users entered, and none that it should not. Package
// outbound has one.
type Courier interface {
	// Check refuses an address that could never be called, and says why.
	Check(address string) (*url.URL, error)
	// Post makes a POST, follows no redirect, and returns the status and at most limit
	// bytes of the answer. The status is 0 if there was none.
	Post(ctx context.Context, address string, header map[string][]string, body []byte, limit int) (status int, answer []byte, err error)
}

const (
	// maxEndpoints bounds what one event costs: of one organisation as a whole, and of
	// one campaign.
	maxEndpoints = 25

	maxEndpointURL    = 2048 // bytes
	maxEndpointEvents = 50

	// secretOverlap is how long the old secret of an endpoint signs too.
	secretOverlap = 24 * time.Hour
)

// NewEndpoint describes an endpoint to be made.
type NewEndpoint struct {
	Campaign    store.ID // zero for the whole organisation
	URL         string
	Events      []string // names of EventTypes, or beginnings as "pass.*"; none means all
	Form        string   // empty means FormStandard
	Key         store.ID // API key that the form shows or signs with; zero means the actor's
	Addresses   *bool    // of phones and visitors are told too; nil means as the form has it, or else not
	Idempotency Idempotency
}

// CreateEndpoint makes an endpoint and returns it with its secret.
func (i *Issuer) CreateEndpoint(ctx context.Context, a Actor, n NewEndpoint) (e store.Endpoint, secret string, err error) {
	if err := errors.Join(i.checkAddress(n.URL), checkEvents(n.Events)); err != nil {
		return store.Endpoint{}, "", err
	}
	if i.form(n.Form) == nil {
		return store.Endpoint{}, "", invalid("/form", "form_unknown", "there is no form %q; there are %s", n.Form, i.formNames())
	}
	err = i.update(ctx, func(tx store.Tx) error {
		id, _, err := i.once(tx, a, n.Idempotency, func() (store.ID, error) { return i.addEndpoint(tx, a, n) })
		if err == nil {
			e, err = tx.Endpoint(a.Org, id)
		}
		return err
	})
	if err != nil {
		return store.Endpoint{}, "", fmt.Errorf("create endpoint: %w", err)
	}
	return e, i.endpointSecret(e), nil
}

func (i *Issuer) addEndpoint(tx store.Tx, a Actor, n NewEndpoint) (store.ID, error) {
	if n.Campaign != 0 {
		if _, err := tx.Campaign(a.Org, n.Campaign); err != nil {
			return 0, missing(err, "/campaign", "campaign")
		}
	}
	if n.Key != 0 && n.Key != a.Key {
		if _, err := tx.Key(a.Org, n.Key); err != nil {
			return 0, missing(err, "/key", "key")
		}
	}
	if err := roomForEndpoint(tx, a.Org, n.Campaign); err != nil {
		return 0, err
	}
	id, err := tx.NewID()
	if err != nil {
		return 0, err
	}
	e := store.Endpoint{ID: id, Org: a.Org, Campaign: n.Campaign, URL: n.URL, Events: unique(n.Events), Form: n.Form, Key: cmp.Or(n.Key, a.Key), Addresses: n.Addresses,
		State: store.EndpointActive, Created: tx.Now, Updated: tx.Now}
	if e.Form == FormStandard {
		e.Form = ""
	}
	return id, errors.Join(i.fit(tx.Reader, &e), tx.PutEndpoint(e))
}

// roomForEndpoint refuses more active endpoints than one event should have to go to.
func roomForEndpoint(tx store.Tx, org, campaign store.ID) error {
	n, err := tx.CountReceivers(org, campaign)
	if err == nil && n >= maxEndpoints {
		return conflict("endpoint_limit", "there are %d active endpoints already; delete or disable one", maxEndpoints)
	}
	return err
}

// checkAddress refuses what could never be called. What a name resolves to is looked
// at when it is called.
func (i *Issuer) checkAddress(address string) error {
	if i.cfg.Courier == nil {
		return errOffline
	}
	if len(address) > maxEndpointURL {
		return invalid("/url", "url_too_long", "the address has more than %d bytes; shorten it", maxEndpointURL)
	}
	if _, err := i.cfg.Courier.Check(address); err != nil {
		return invalid("/url", "url_refused", "%v", err)
	}
	return nil
}

var errOffline = &Error{Kind: Unavailable, Code: "offline", Msg: "this server calls nobody; run it with a way out"}

func checkEvents(events []string) error {
	if len(events) > maxEndpointEvents {
		return invalid("/events", "too_many_events", "there are more than %d names; use beginnings as pass.*", maxEndpointEvents)
	}
	for n, pattern := range events {
		if !happens(pattern) {
			return invalid(pointer("events", strconv.Itoa(n)), "event_unknown", "there is no event %q; list the types of events, or give a beginning as pass.*", pattern)
		}
	}
	return nil
}

// EndpointChange says what to change; nil means leave as it is.
type EndpointChange struct {
	URL       *string
	Events    *[]string
	Addresses *bool // what is queued already stays as it is
	State     *store.EndpointState
	IfMatch   *int
}

// ChangeEndpoint changes an endpoint. What is queued for one that is disabled is dropped.
func (i *Issuer) ChangeEndpoint(ctx context.Context, a Actor, id store.ID, ch EndpointChange) (e store.Endpoint, err error) {
	err = i.update(ctx, func(tx store.Tx) (err error) {
		if e, err = tx.Endpoint(a.Org, id); err != nil {
			return err
		}
		if err := unchanged(ch.IfMatch, e.Edited); err != nil {
			return err
		}
		if err := i.applyEndpoint(tx, &e, ch); err != nil {
			return err
		}
		e.Edited++
		e.Updated = tx.Now
		return tx.PutEndpoint(e)
	})
	if err != nil {
		return store.Endpoint{}, fmt.Errorf("change endpoint: %w", err)
	}
	return e, nil
}

func (i *Issuer) applyEndpoint(tx store.Tx, e *store.Endpoint, ch EndpointChange) error {
	if ch.URL != nil {
		if err := i.checkAddress(*ch.URL); err != nil {
			return err
		}
		e.URL, e.Failing = *ch.URL, time.Time{}
	}
	if ch.Events != nil {
		if err := checkEvents(*ch.Events); err != nil {
			return err
		}
		e.Events = unique(*ch.Events)
	}
	if ch.Addresses != nil {
		e.Addresses = ch.Addresses
	}
	if err := i.fit(tx.Reader, e); err != nil {
		return err
	}
	if ch.State == nil || *ch.State == e.State {
		return nil
	}
	switch e.State = *ch.State; e.State {
	case store.EndpointActive:
		e.Why, e.Failing = "", time.Time{}
		return roomForEndpoint(tx, e.Org, e.Campaign)
	case store.EndpointDisabled:
		e.Why = "its owner disabled it"
		return nil
	}
	return invalid("/state", "state_unknown", "the state must be active or disabled")
}

// DeleteEndpoint ends an endpoint. What is queued for it is dropped.
func (i *Issuer) DeleteEndpoint(ctx context.Context, a Actor, id store.ID) error {
	err := i.update(ctx, func(tx store.Tx) error {
		if _, err := tx.Endpoint(a.Org, id); err != nil {
			return err
		}
		return tx.DeleteEndpoint(id)
	})
	if err != nil {
		return fmt.Errorf("delete endpoint: %w", err)
	}
	return nil
}

// RotateEndpoint gives an endpoint a new secret, which it returns. The old one signs
// beside it for a day.
func (i *Issuer) RotateEndpoint(ctx context.Context, a Actor, id store.ID) (e store.Endpoint, secret string, err error) {
	err = i.update(ctx, func(tx store.Tx) (err error) {
		if e, err = tx.Endpoint(a.Org, id); err != nil {
			return err
		}
		e.Secret++
		e.Edited++
		e.Rotated, e.Updated = tx.Now, tx.Now
		return tx.PutEndpoint(e)
	})
	if err != nil {
		return store.Endpoint{}, "", fmt.Errorf("rotate the secret of an endpoint: %w", err)
	}
	return e, i.endpointSecret(e), nil
}

// endpointKey is the key of a generation of an endpoint's secret: 24 bytes.
func (i *Issuer) endpointKey(id store.ID, generation int) []byte {
	key, err := base64.RawURLEncoding.DecodeString(i.cfg.Master.Derive("endpoint", id.Short()+"."+strconv.Itoa(generation)))
	if err != nil {
		panic(err) // Derive returns base64
	}
	return key
}

// endpointSecret spells the newest key of an endpoint as Standard Webhooks does.
func (i *Issuer) endpointSecret(e store.Endpoint) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(i.endpointKey(e.ID, e.Secret))
}

// endpointKeys are the keys that sign now.
func (i *Issuer) endpointKeys(e store.Endpoint, now time.Time) [][]byte {
	keys := [][]byte{i.endpointKey(e.ID, e.Secret)}
	if e.Secret > 0 && now.Sub(e.Rotated) < secretOverlap {
		keys = append(keys, i.endpointKey(e.ID, e.Secret-1))
	}
	return keys
}
