package issuer

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pocketpass/store"
)

// notice is something that happened and that receivers may want to hear of.
type notice struct {
	org, campaign, subject store.ID
	kind                   string
	at                     time.Time
	event                  store.ID                  // zero if it stands in no history
	from                   netip.Addr                // zero if it is not known, or nobody's business
	data                   func(from netip.Addr) any // asked for only if somebody wants it, with the address if they want that
}

// write writes the event into history and feed and returns those who may want it.
func (n *notice) write(tx store.Tx, a Actor, detail map[string]string) ([]store.Endpoint, error) {
	e := store.Event{Org: n.org, Campaign: n.campaign, Subject: n.subject, Type: n.kind, By: a.By, Detail: detail}
	if err := tx.AddEvent(&e); err != nil {
		return nil, err
	}
	n.event = e.ID
	return tx.Receivers(n.org, n.campaign)
}

// queue queues a delivery for each of the endpoints that wants it.
func (n notice) queue(tx store.Tx, all []store.Endpoint) error {
	var known contents
	for _, e := range all {
		if !wants(e, n.kind) {
			continue
		}
		data, err := n.dataFor(e, &known)
		if err != nil {
			return err
		}
		d, err := tx.QueueDelivery(store.Delivery{Endpoint: e.ID, Org: n.org, Campaign: n.campaign, Subject: n.subject,
			Event: n.event, Type: n.kind, Data: data, At: n.at})
		if err != nil {
			return err
		}
		n.event = d.Event
	}
	return nil
}

// contents are the data of a notice, as far as they were asked for.
type contents struct {
	plain json.RawMessage // for everybody
	more  json.RawMessage // with the address, for those who ask
}

// dataFor is what an endpoint is told: the address only if it asks for those.
func (n notice) dataFor(e store.Endpoint, known *contents) (json.RawMessage, error) {
	data, from := &known.plain, netip.Addr{}
	if n.from.IsValid() && e.WantsAddresses() {
		data, from = &known.more, n.from
	}
	if *data != nil {
		return *data, nil
	}
	var err error
	*data, err = json.Marshal(n.data(from))
	return *data, err
}

// wants says whether an endpoint asked for a kind of event.
func wants(e store.Endpoint, kind string) bool {
	return len(e.Events) == 0 || slices.ContainsFunc(e.Events, func(pattern string) bool { return covers(pattern, kind) })
}

// passData is what an event about a pass carries.
type passData struct {
	Pass    passSnapshot      `json:"pass"`
	Detail  map[string]string `json:"detail,omitempty"`
	Address netip.Addr        `json:"address,omitzero"` // of the phone or visitor
}

// addressFor is the address to tell of what happened to p. Phones go on asking for a pass
// that is deleted or whose holder is forgotten, which is nobody's business any more.
func addressFor(p store.Pass, from netip.Addr) netip.Addr {
	if !p.Invalid.IsZero() || !p.Deleted.IsZero() {
		return netip.Addr{}
	}
	return from
}

// passSnapshot is a pass as it was when something happened to it: what names it and
// its state, but nothing of its holder, no values and no token.
type passSnapshot struct {
	ID                 string    `json:"id"`
	PublicID           string    `json:"publicId"`
	SerialNumber       string    `json:"serialNumber"`
	PassTypeIdentifier string    `json:"passTypeIdentifier"`
	ExternalID         string    `json:"externalId,omitempty"`
	Campaign           string    `json:"campaign"`
	Template           string    `json:"template"`
	Tags               []string  `json:"tags"`
	Code               string    `json:"code,omitempty"`
	Voided             bool      `json:"voided"`
	Expires            time.Time `json:"expires,omitzero"`
	Uses               int64     `json:"uses"`
	Balance            int64     `json:"balance"`
	Revision           uint64    `json:"revision"`
	Created            time.Time `json:"created"`
	Updated            time.Time `json:"updated"`
}

func snapshotOf(p store.Pass) passSnapshot {
	return passSnapshot{
		ID: p.ID.Short(), PublicID: p.PublicID, SerialNumber: p.SerialNumber, PassTypeIdentifier: p.PassTypeIdentifier,
		ExternalID: p.ExternalID, Campaign: p.Campaign.Short(), Template: p.Template.Short(), Tags: append([]string{}, p.Tags...),
		Code: p.Code, Voided: !p.Voided.IsZero(), Expires: p.Expires, Uses: p.Account.Uses, Balance: p.Account.Balance,
		Revision: p.Version.Revision, Created: p.Created, Updated: p.Updated,
	}
}

// forgetTold takes what names the holder of a pass, or was given for them, out of
// everything that is to be sent about it or was sent and is kept.
func forgetTold(tx store.Tx, pass store.ID) error {
	all, err := tx.DeliveriesAbout(pass)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Data, err = impersonal(d.Data); err != nil {
			return err
		}
		d.Answer = "" // receivers may say again what they were told
		if err := tx.PutDelivery(d); err != nil {
			return err
		}
	}
	return nil
}

// impersonal is what an event about a pass carries, without what strip takes out of the
// pass and without an address.
func impersonal(data json.RawMessage) (json.RawMessage, error) {
	var told, pass map[string]json.RawMessage // whatever else an event of this kind carries stays
	if err := json.Unmarshal(data, &told); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(told["pass"], &pass); err != nil {
		return nil, err
	}
	delete(told, "address")
	delete(pass, "externalId")
	delete(pass, "code")
	pass["tags"] = json.RawMessage("[]")
	var err error
	if told["pass"], err = json.Marshal(pass); err != nil {
		return nil, err
	}
	return json.Marshal(told)
}

// otherData is what an event carries that is not about a pass: {"template": {"id": …}}
// for template.published, and so on.
func otherData(event string, to about, detail map[string]string) map[string]any {
	noun, _, _ := strings.Cut(event, ".")
	data := map[string]any{noun: map[string]string{"id": to.id.Short()}}
	if to.campaign != 0 && to.campaign != to.id {
		data["campaign"] = to.campaign.Short()
	}
	if len(detail) > 0 {
		data["detail"] = detail
	}
	return data
}
