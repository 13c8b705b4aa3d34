package api

import (
	"context"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

type deliveryView struct {
	ID       ref       `json:"id"`
	Kind     string    `json:"kind" enum:"email,sms"`
	To       string    `json:"to" example:"ada@example.org" doc:"As it is sent"`
	Name     string    `json:"name,omitempty" example:"Ada Lovelace"`
	Language string    `json:"language" example:"en" doc:"That it is written in"`
	Subject  string    `json:"subject,omitempty" doc:"Missing if it is the usual one, as is text"`
	Text     string    `json:"text,omitempty"`
	Attach   bool      `json:"attach" doc:"The file of the pass goes along"`
	State    string    `json:"state" enum:"queued,sent,failed" doc:"sent: the mail server or the gateway took it"`
	Attempts int       `json:"attempts"`
	Due      time.Time `json:"due,omitzero" doc:"When it is tried next"`
	Error    string    `json:"error,omitempty" doc:"Why the last try failed and what to do"`
	Created  time.Time `json:"created"`
	Sent     time.Time `json:"sent,omitzero"`
}

func newDeliveryView(p store.Parcel) deliveryView {
	v := deliveryView{ID: ref{p.ID}, Kind: string(p.Kind), To: p.To, Name: p.Name, Language: p.Language, Subject: p.Subject, Text: p.Text,
		Attach: p.Attach, State: string(p.State), Attempts: p.Attempts, Error: p.Error, Created: p.Created, Sent: p.Sent}
	if p.State == store.ParcelQueued {
		v.Due = p.Due
	}
	return v
}

type sendBody struct {
	Kind     string `json:"kind" enum:"email,sms"`
	To       string `json:"to,omitempty" example:"ada@example.org" doc:"E-mail address, or telephone number with the country's code; the holder's if it is missing"`
	Name     string `json:"name,omitempty" doc:"Of the recipient, for the greeting"`
	Language string `json:"language,omitempty" doc:"Language tag; the holder's, else the campaign's if it is missing. Usual texts are there in de, en, es, fr, it, nl and pt"`
	Subject  string `json:"subject,omitempty" doc:"Of a mail, up to 200 characters; the campaign's, else the usual one if it is missing"`
	Text     string `json:"text,omitempty" doc:"Up to 10,000 characters of a mail, 1,000 of a text message; the campaign's, else the usual one if it is missing. The link follows in any case"`
	Attach   bool   `json:"attach,omitempty" doc:"Send the file of the pass along with a mail"`
}

func (a *API) sendPass(ctx context.Context, r request[byID, sendBody]) (reply[deliveryView], error) {
	b := r.body
	p, err := a.Issuer.SendPass(ctx, r.Actor, r.params.ID.id, issuer.Sending{Kind: store.ParcelKind(b.Kind), To: b.To, Name: b.Name,
		Language: b.Language, Subject: b.Subject, Text: b.Text, Attach: b.Attach, Idempotency: r.once})
	return reply[deliveryView]{view: newDeliveryView(p)}, err
}

func (a *API) deliveries(ctx context.Context, r request[passPage, none]) (reply[list[deliveryView]], error) {
	all, next, err := a.Issuer.Parcels(ctx, r.Actor, r.params.ID.id, r.params.page())
	return reply[list[deliveryView]]{view: listOf(all, next, newDeliveryView)}, err
}

// letterBody is what a campaign's mails say instead of the usual texts.
type letterBody struct {
	Subject   string               `json:"subject,omitempty" doc:"Up to 200 characters; the usual one in the recipient's language if it is missing"`
	Text      string               `json:"text,omitempty" doc:"Up to 10,000 characters, likewise; the link follows in any case"`
	Languages map[string]wordsBody `json:"languages,omitempty" doc:"The same by language tag, up to 20, with up to 20,000 characters of text in all. A mail has the words of the recipient's language, as de-CH or else de, else those of the campaign's language, else those above"`
}

type wordsBody struct {
	Subject string `json:"subject,omitempty" doc:"Up to 200 characters; the usual one in the recipient's language if it is missing"`
	Text    string `json:"text,omitempty" doc:"Up to 10,000 characters, likewise; the link follows in any case"`
}

func newLetter(l store.Letter) *letterBody {
	if l.Words == (store.Words{}) && len(l.Languages) == 0 {
		return nil
	}
	out := letterBody{Subject: l.Subject, Text: l.Text}
	for tag, w := range l.Languages {
		if out.Languages == nil {
			out.Languages = make(map[string]wordsBody)
		}
		out.Languages[tag] = wordsBody(w)
	}
	return &out
}

// record is nil if nothing is said of letters.
func (b *letterBody) record() *store.Letter {
	if b == nil {
		return nil
	}
	l := store.Letter{Words: store.Words{Subject: b.Subject, Text: b.Text}}
	for tag, w := range b.Languages {
		if l.Languages == nil {
			l.Languages = make(map[string]store.Words)
		}
		l.Languages[tag] = store.Words(w)
	}
	return &l
}
