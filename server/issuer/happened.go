package issuer

import (
	"errors"

	"pocketpass/store"
)

// What can happen, as events name it: in the history of a pass, in reports, and
// to the receivers of events.
const (
	eventCreated      = "pass.created"
	eventUpdated      = "pass.updated"
	eventVoided       = "pass.voided"
	eventUnvoided     = "pass.unvoided"
	eventInvalidated  = "pass.invalidated"
	eventExpired      = "pass.expired"
	eventDeleted      = "pass.deleted"
	eventInstalled    = "pass.installed"
	eventUninstalled  = "pass.uninstalled"
	eventPersonalized = "pass.personalized"
	eventErased       = "pass.erased" // emptied, because its holder is forgotten
	eventRedeemed     = "pass.redeemed"
	eventUndone       = "pass.undone"          // a redemption was taken back
	eventCharged      = "pass.charged"         // money was put on
	eventLeft         = "pass.left"            // checked out
	eventCorrected    = "pass.corrected"       // an account, by hand
	eventDelivered    = "pass.delivered"       // a mail or a text message with its link left
	eventUndelivered  = "pass.delivery_failed" // and will not
)

// countedAs says which number of the day an event adds to.
var countedAs = map[string]store.Metric{
	eventCreated:     store.Creates,
	eventUpdated:     store.Updates,
	eventVoided:      store.Voids,
	eventErased:      store.Voids,
	eventDeleted:     store.Removes,
	eventInstalled:   store.Installs,
	eventUninstalled: store.Uninstalls,
	eventExpired:     store.Expires,
	eventRedeemed:    store.Redeems,
	eventUndone:      store.Undone,
	eventDelivered:   store.Deliveries,
}

// happened notes, in the commit that makes it so, what happened to p: a line of its
// history and the numbers of the day.
func happened(tx store.Tx, a Actor, p store.Pass, event string, detail map[string]string) error {
	if m, counted := countedAs[event]; counted {
		tx.Tally(m, 1, scopes(a, p)...)
	}
	return tx.AddEvent(p.ID, event, a.By, detail)
}

// scopes are what something that happened to p is counted for: its campaign, its
// template, its tags, and the key of whoever did it.
func scopes(a Actor, p store.Pass) []store.Scope {
	out := []store.Scope{{Org: p.Org, ID: p.Campaign}, {Org: p.Org, ID: p.Template}}
	for _, t := range p.Tags {
		out = append(out, store.Scope{Org: p.Org, Tag: t})
	}
	if a.Key != 0 {
		out = append(out, store.Scope{Org: p.Org, ID: a.Key})
	}
	return out
}

// saveSeen saves a change of p that phones see, and notes it as what it is.
func saveSeen(tx store.Tx, a Actor, p *store.Pass, event string, detail map[string]string) error {
	p.Edited++
	p.Updated = tx.Now
	if err := announce(tx, p); err != nil {
		return err
	}
	return errors.Join(tx.PutPass(*p), happened(tx, a, *p, event, detail))
}

// saveUnseen saves a change of p that no phone can tell.
func saveUnseen(tx store.Tx, a Actor, p *store.Pass, event string, detail map[string]string) error {
	p.Edited++
	p.Updated = tx.Now
	return errors.Join(tx.PutPass(*p), happened(tx, a, *p, event, detail))
}
