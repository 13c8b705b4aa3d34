package passkit

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// callbacks are the addresses of a campaign, with the engine's events that go there and
// what the service calls them.
var callbacks = []struct {
	member, event string
	events        []string
}{
	{"onIssueCallbackUrl", "issue", []string{"pass.created"}},
	{"onUpdateCallbackUrl", "update", []string{"pass.updated", "pass.voided", "pass.unvoided", "pass.invalidated", "pass.redeemed", "pass.undone",
		"pass.charged", "pass.left", "pass.corrected"}},
	{"onRegisterCallbackUrl", "register", []string{"pass.installed"}},
	{"onDeregisterCallbackUrl", "deregister", []string{"pass.uninstalled"}},
}

// callbackForm writes events as the service told of them.
type callbackForm struct{ service *Service }

// Pace is the service's: five tries of ten seconds, within twenty minutes or so. Any answer
// but 2xx is a failure like others.
func (callbackForm) Pace() issuer.Pace {
	return issuer.Pace{Within: 10 * time.Second, Waits: []time.Duration{5 * time.Second, 30 * time.Second, 3 * time.Minute, 15 * time.Minute}}
}

// callbackBody is what a receiver reads.
type callbackBody struct {
	Event         string    `json:"event"`
	EventAt       string    `json:"eventAt"`
	ID            string    `json:"id,omitempty"`
	CampaignName  string    `json:"campaignName,omitempty"`
	TemplateName  string    `json:"templateName,omitempty"`
	UserDefinedID string    `json:"userDefinedId,omitempty"`
	Wallet        string    `json:"wallet,omitempty"`
	Pass          *passView `json:"pass,omitempty"`
}

// Write is the request for one event. What it tells of the pass is as it is now.
func (f callbackForm) Write(r store.Reader, l issuer.Letter) ([]byte, http.Header, error) {
	b := callbackBody{Event: eventOf(l.Delivery.Type), EventAt: writeTime(l.Delivery.At)}
	if b.Event == "register" || b.Event == "deregister" {
		b.Wallet = "passbook"
	}
	p, err := r.Pass(l.Delivery.Org, l.Delivery.Subject)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, nil, err
	}
	if err == nil {
		v, err := f.service.viewPass(r, p)
		if err != nil {
			return nil, nil, err
		}
		b.Pass, b.ID, b.CampaignName, b.TemplateName, b.UserDefinedID = &v, v.ID, v.CampaignName, v.TemplateName, v.UserDefinedID
	}
	body, err := json.Marshal(b)
	if err != nil {
		return nil, nil, err
	}
	h := make(http.Header)
	h.Set("Content-Type", "application/json")
	f.sign(r, l.Endpoint, h, l.At)
	return body, h, nil
}

// sign adds a token of the key that the address was set with, if it can sign.
func (f callbackForm) sign(r store.Reader, e store.Endpoint, h http.Header, now time.Time) {
	k, err := r.Key(e.Org, e.Key)
	if err != nil || !k.Revoked.IsZero() {
		return
	}
	secret, err := f.service.Access.SigningSecret(k)
	if err != nil {
		return
	}
	id := k.ID.Short()
	if len(k.Sealed) > 0 {
		id = k.External
	}
	h.Set("Authorization", scheme+" "+newToken(id, secret, now))
}

// eventOf is how the service calls an event. One that somebody tries an address out with
// is its own.
func eventOf(kind string) string {
	for _, c := range callbacks {
		if slices.Contains(c.events, kind) {
			return c.event
		}
	}
	return kind
}
