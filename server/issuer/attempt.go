package issuer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"pocketpass/store"
)

const (
	maxAnswer = 1 << 10 // bytes of an answer that are kept

	// disableAfter is how long an endpoint may take nothing before it is disabled.
	disableAfter = 72 * time.Hour

	keepDelivered = 7 * 24 * time.Hour
	keepFailed    = 30 * 24 * time.Hour
)

// Attempt is what came of sending a delivery once.
type Attempt struct {
	At     time.Time
	Took   time.Duration
	Status int    // 0 if there was no answer
	Answer string // its beginning
	Error  string // why there was none, or why it was no good; empty if it was taken

	gone bool          // the receiver wants no more
	next time.Duration // until the next attempt; 0 if there is none
}

// Taken says whether the receiver took it.
func (a Attempt) Taken() bool { return a.Error == "" }

// attempt sends d to e once.
func (i *Issuer) attempt(ctx context.Context, e store.Endpoint, d store.Delivery) Attempt {
	now := i.cfg.Now()
	pace := i.pace(e.Form)
	a := Attempt{At: moment(now), next: pace.after(d.Attempts + 1)}
	body, header, err := i.write(ctx, Letter{Delivery: d, Endpoint: e, At: now, Keys: i.endpointKeys(e, now)})
	if err != nil {
		a.Error = err.Error()
		return a
	}
	ctx, cancel := context.WithTimeout(ctx, pace.Within)
	defer cancel()
	begun := time.Now() // the real time: the clock may be set by hand
	status, answer, err := i.cfg.Courier.Post(ctx, e.URL, header, body, maxAnswer)
	a.Took, a.Status, a.Answer = time.Since(begun), status, strings.ToValidUTF8(string(answer), "\ufffd")
	switch {
	case err != nil:
		a.Error = truncate(err.Error(), maxAnswer)
	case status == http.StatusGone && pace.Gone:
		a.gone, a.next = true, 0
		a.Error = "the receiver answered 410 Gone: it wants no more"
	case status/100 != 2:
		a.Error = fmt.Sprintf("the receiver answered %d %s; only 2xx means that it took the event", status, http.StatusText(status))
	}
	return a
}

func (i *Issuer) write(ctx context.Context, l Letter) (body []byte, header http.Header, err error) {
	form := i.form(l.Endpoint.Form)
	if form == nil {
		return nil, nil, fmt.Errorf("this program has no form %q; it has %s", l.Endpoint.Form, i.formNames())
	}
	err = i.db.View(ctx, func(r store.Reader) error {
		body, header, err = form.Write(r, l)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("write the request: %w", err)
	}
	return body, header, nil
}

// deliver sends what was claimed and notes what came of it.
func (i *Issuer) deliver(ctx context.Context, e errandTo) {
	a := i.attempt(ctx, e.endpoint, e.Delivery)
	interrupted := ctx.Err() != nil && a.Status == 0
	err := i.db.Update(context.WithoutCancel(ctx), func(tx store.Tx) error {
		d, err := tx.Delivery(e.endpoint.ID, e.ID)
		if errors.Is(err, store.ErrNotFound) || err == nil && d.State != store.DeliveryQueued && !a.Taken() {
			return nil // dropped meanwhile
		}
		if err != nil {
			return err
		}
		if !bytes.Equal(d.Data, e.Data) {
			a.Answer = "" // its holder was forgotten meanwhile, and it may name them
		}
		if interrupted {
			d.Due = tx.Now // at the next start
			return tx.PutDelivery(d)
		}
		return i.settleDelivery(tx, d, a)
	})
	switch {
	case err != nil: // it is sent again when the claim is over
		i.cfg.Log.ErrorContext(ctx, "settle delivery", "endpoint", e.endpoint.ID, "event", e.Type, "err", err)
	case !a.Taken() && a.next == 0 && !interrupted:
		i.cfg.Log.WarnContext(ctx, "delivery given up", "endpoint", e.endpoint.ID, "event", e.Type, "why", a.Error)
	}
}

func (i *Issuer) settleDelivery(tx store.Tx, d store.Delivery, a Attempt) error {
	d.Attempts++
	d.Tried, d.Took, d.Status, d.Answer, d.Error = a.At, a.Took, a.Status, a.Answer, a.Error
	e, err := tx.AnyEndpoint(d.Endpoint)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return settled(tx, d, store.DeliveryDropped, keepFailed)
	case err != nil:
		return err
	case a.Taken():
		tx.Tally(store.Webhooks, 1, store.Scope{Org: d.Org, ID: d.Campaign})
		return errors.Join(recovered(tx, e), settled(tx, d, store.DeliveryDelivered, keepDelivered))
	}
	if err := troubled(tx, e, a); err != nil {
		return err
	}
	if a.next == 0 {
		return settled(tx, d, store.DeliveryFailed, keepFailed)
	}
	d.Due = tx.Now.Add(a.next)
	return tx.PutDelivery(d)
}

func settled(tx store.Tx, d store.Delivery, state store.DeliveryState, keep time.Duration) error {
	d.State, d.Due, d.Until = state, time.Time{}, tx.Now.Add(keep)
	return tx.SettleDelivery(d)
}

// recovered notes that an endpoint took something.
func recovered(tx store.Tx, e store.Endpoint) error {
	if e.Failing.IsZero() {
		return nil
	}
	e.Failing = time.Time{}
	return tx.PutEndpoint(e)
}

// troubled notes that an endpoint took something not, and disables one that wants
// nothing more or has been so for too long.
func troubled(tx store.Tx, e store.Endpoint, a Attempt) error {
	if e.State != store.EndpointActive {
		return nil
	}
	switch {
	case a.gone:
		return disable(tx, e, a.Error)
	case e.Failing.IsZero():
		e.Failing = tx.Now
		return tx.PutEndpoint(e)
	case tx.Now.Sub(e.Failing) >= disableAfter:
		return disable(tx, e, "it took nothing for three days; at last: "+a.Error)
	}
	return nil
}

func disable(tx store.Tx, e store.Endpoint, why string) error {
	e.State, e.Why = store.EndpointDisabled, why
	e.Edited++
	return errors.Join(tx.PutEndpoint(e),
		happenedTo(tx, Actor{}, about{org: e.Org, campaign: e.Campaign, id: e.ID}, eventEndpointDisabled, map[string]string{"why": why}))
}

// TestEndpoint sends an endpoint webhook.test now, also one that is disabled, and says
// what came of it. It is in no list of deliveries.
func (i *Issuer) TestEndpoint(ctx context.Context, a Actor, id store.ID) (Attempt, error) {
	if i.cfg.Courier == nil {
		return Attempt{}, errOffline
	}
	var e store.Endpoint
	err := i.db.View(ctx, func(r store.Reader) (err error) {
		e, err = r.Endpoint(a.Org, id)
		return err
	})
	if err != nil {
		return Attempt{}, fmt.Errorf("test endpoint: %w", err)
	}
	return i.attempt(ctx, e, store.Delivery{Endpoint: e.ID, Org: e.Org, Campaign: e.Campaign, Subject: e.ID, Event: 1 + store.ID(rand.Uint32()), // no event has it: those begin with the time
		Type: eventWebhookTest, Data: []byte(`{"endpoint":{"id":"` + e.ID.Short() + `"}}`), At: moment(i.cfg.Now())}), nil
}
