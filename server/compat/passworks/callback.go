package passworks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"pocketpass/server/access"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

// FormName is the form of endpoints that are written to as Passworks wrote to webhooks.
const FormName = "passworks"

// Callback writes webhooks: the header Authorization is the bare secret of the endpoint's
// key, which is how receivers know that it is their account.
type Callback struct{ Access *access.Access }

// Pace is the service's: ten seconds, and five further tries with growing pauses. Any
// answer but a success is a failure like others.
func (Callback) Pace() issuer.Pace {
	return issuer.Pace{Within: 10 * time.Second, Waits: []time.Duration{5 * time.Second, 30 * time.Second, 3 * time.Minute, 15 * time.Minute, time.Hour}}
}

// told lists the events of the service by what they are here.
var told = map[string]string{
	"pass.created": "created", "pass.downloaded": "downloaded", "pass.installed": "installed",
	"pass.fetched": "fetched", "pass.redeemed": "redeemed", "pass.uninstalled": "uninstalled",
}

// tried is the event of somebody who tries an endpoint out.
const tried = "webhook.test"

// Fit gives an endpoint all events of the service unless it names some, and the addresses
// of phones and visitors unless it declines them, and wants a key whose secret can be shown.
func (f Callback) Fit(r store.Reader, e *store.Endpoint) error {
	if len(e.Events) == 0 {
		for name := range told {
			e.Events = append(e.Events, name)
		}
		slices.Sort(e.Events)
	}
	if e.Addresses == nil {
		e.Addresses = new(true)
	}
	for n, name := range e.Events {
		if told[name] == "" {
			return unfit(fmt.Sprintf("/events/%d", n), "Passworks tells of %s in none of its requests; leave it out", name)
		}
	}
	_, err := f.secret(r, *e)
	return err
}

// secret is what a receiver is shown. The operator's own key is nobody else's business,
// and of one that came from elsewhere only a hash is known.
func (f Callback) secret(r store.Reader, e store.Endpoint) (string, error) {
	k, err := r.Key(e.Org, e.Key)
	switch {
	case e.Key == 0 || issuer.KindOf(err) == issuer.NotFound:
		return "", unfit("/key", "requests of this form show the receiver the secret of an API key; name one")
	case err != nil:
		return "", err
	case k.Operator || k.Given != "" || !k.Revoked.IsZero():
		return "", unfit("/key", "requests of this form show the receiver the secret of an API key; name one that this server made, that is not the operator's and was not revoked")
	}
	return f.Access.Secret(k), nil
}

func unfit(path, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return &issuer.Error{Kind: issuer.Invalid, Code: "form_unfit", Msg: text, Fields: []issuer.FieldError{{Path: path, Msg: text}}}
}

// notice is the body of a webhook.
type notice struct {
	Event        string            `json:"event"`
	Context      string            `json:"context"`
	Campaign     string            `json:"campaign_id"`
	Distribution string            `json:"distribution_id"`
	Pass         string            `json:"pass_id"`
	Voided       bool              `json:"voided"`
	SerialNumber string            `json:"serial_number"`
	Redeemed     int64             `json:"redeemed_count"`
	RedeemedAt   *string           `json:"redeemed_at"`
	Created      string            `json:"created_at"`
	Updated      string            `json:"updated_at"`
	Fetched      *string           `json:"last_fetched_at"`
	At           string            `json:"event_at"`
	Metadata     map[string]string `json:"metadata"`
	Extra        details           `json:"event_extra"`
}

// happening is what a delivery carries of an event.
type happening struct {
	Pass struct {
		SerialNumber     string
		Voided           bool
		Uses             int64
		Created, Updated time.Time
	}
	Detail  map[string]string
	Address *string
}

// Write writes a webhook.
func (f Callback) Write(r store.Reader, l issuer.Letter) ([]byte, http.Header, error) {
	secret, err := f.secret(r, l.Endpoint)
	if err != nil {
		return nil, nil, err
	}
	h := make(http.Header)
	h.Set("Authorization", secret)
	h.Set("Content-Type", "application/json; charset=utf-8")
	if l.Delivery.Type == tried {
		return []byte(`{"event":"test","context":"webhook"}`), h, nil
	}
	n, err := noticeOf(r, l.Delivery)
	if err != nil {
		return nil, nil, err
	}
	body, err := json.Marshal(n)
	if err == nil {
		body, err = formerIDs(r, l.Delivery.Org, body)
	}
	return body, h, err
}

// noticeOf says what happened as it was then; what events do not carry is as it is now,
// as long as it is no later.
func noticeOf(r store.Reader, d store.Delivery) (n notice, err error) {
	var was happening
	if err := json.Unmarshal(d.Data, &was); err != nil {
		return n, fmt.Errorf("read event: %w", err)
	}
	p, err := r.AnyPass(d.Subject)
	if err != nil {
		return n, err
	}
	n = notice{Event: told[d.Type], Context: "pass", Campaign: d.Campaign.UUID(), Pass: p.ID.UUID(), Voided: was.Pass.Voided,
		SerialNumber: was.Pass.SerialNumber, Redeemed: was.Pass.Uses, RedeemedAt: until(p.Account.Last, d.At),
		Created: seconds(was.Pass.Created), Updated: seconds(was.Pass.Updated), At: seconds(d.At), Metadata: metadata(p)}
	if n.Distribution, err = distributionID(r, p); err != nil {
		return n, err
	}
	if n.Fetched, err = lastFetch(r, d); err != nil {
		return n, err
	}
	if n.Event == "redeemed" {
		n.RedeemedAt = until(d.At, d.At)
	}
	n.Extra, err = extraOf(r, d, was)
	return n, err
}

// until is a time that is no later than another, or null.
func until(t, last time.Time) *string {
	if t.IsZero() || t.After(last) {
		return nil
	}
	text := seconds(t)
	return &text
}

// metadata are the parameters of the visit that a pass came of.
func metadata(p store.Pass) map[string]string {
	out := make(map[string]string, len(p.Meta))
	for name, text := range p.Meta {
		if p.Link != 0 && issuer.OfVisit(name) {
			out[name] = text
		}
	}
	return out
}

// distributionID is the link that a pass came through, else the first one of its campaign.
func distributionID(r store.Reader, p store.Pass) (string, error) {
	if p.Link != 0 {
		return p.Link.UUID(), nil
	}
	all, _, err := r.Links(p.Campaign, store.Page{Limit: 1})
	if err != nil || len(all) == 0 {
		return p.Campaign.UUID(), err
	}
	return all[0].ID.UUID(), nil
}

// someDevices is how many devices of a pass are asked when they fetched it.
const someDevices = 20

// lastFetch is when a device fetched the pass last.
func lastFetch(r store.Reader, d store.Delivery) (*string, error) {
	if d.Type == "pass.fetched" {
		return until(d.At, d.At), nil
	}
	all, err := r.SomeRegistrationsOfPass(d.Subject, someDevices)
	var last time.Time
	for _, g := range all {
		if g.Fetched.After(last) && !g.Fetched.After(d.At) {
			last = g.Fetched
		}
	}
	return until(last, d.At), err
}
