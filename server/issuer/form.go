package issuer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"pocketpass/store"
)

// Letter is an event on the point of being sent.
type Letter struct {
	Delivery store.Delivery
	Endpoint store.Endpoint
	At       time.Time // of this attempt
	Keys     [][]byte  // to sign with; more than one while a secret is being replaced, the newest first
}

// Form writes letters as a kind of receiver expects them. Old services each have
// their own.
type Form interface {
	// Write returns body and headers of a POST. What it reads of r is as it is now; what
	// was so when the event happened is the delivery's Data.
	Write(r store.Reader, l Letter) (body []byte, header http.Header, err error)
}

// Fitting is a Form that does not suit every endpoint.
type Fitting interface {
	// Fit gives an endpoint what it leaves open, as the events that the form has a
	// request for and whether it is told addresses, and refuses one that it could write
	// nothing to.
	Fit(r store.Reader, e *store.Endpoint) error
}

// fit has an endpoint fitted to its form.
func (i *Issuer) fit(r store.Reader, e *store.Endpoint) error {
	if f, ok := i.form(e.Form).(Fitting); ok {
		return f.Fit(r, e)
	}
	return nil
}

// FormStandard is the name of the form that endpoints have unless they name another.
const FormStandard = "standard"

// AddForm lets endpoints have a form of this name. Call it before Run.
func (i *Issuer) AddForm(name string, f Form) { i.forms[name] = f }

// form is the form of an endpoint, nil if this program does not have it.
func (i *Issuer) form(name string) Form {
	if name == "" || name == FormStandard {
		return standardForm{}
	}
	return i.forms[name]
}

// formNames lists the forms that endpoints can have.
func (i *Issuer) formNames() string {
	return strings.Join(append([]string{FormStandard}, slices.Sorted(maps.Keys(i.forms))...), ", ")
}

// standardForm is that of Standard Webhooks 1.0.0, with symmetric signatures.
type standardForm struct{}

func (standardForm) Write(_ store.Reader, l Letter) ([]byte, http.Header, error) {
	body, err := json.Marshal(struct {
		Type      string          `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{l.Delivery.Type, l.Delivery.At, l.Delivery.Data})
	if err != nil {
		return nil, nil, fmt.Errorf("encode event: %w", err)
	}
	id, at := MessageID(l.Delivery), strconv.FormatInt(l.At.Unix(), 10)
	var signatures []string
	for _, key := range l.Keys {
		signatures = append(signatures, "v1,"+sign(key, id, at, body))
	}
	h := make(http.Header)
	h.Set("Content-Type", "application/json")
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", at)
	h.Set("Webhook-Signature", strings.Join(signatures, " "))
	return body, h, nil
}

// MessageID is what a receiver knows an event by, however often it comes.
func MessageID(d store.Delivery) string { return "evt_" + d.Event.Short() }

func sign(key []byte, id, at string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
