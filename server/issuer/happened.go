package issuer

import (
	"errors"
	"net/netip"

	"pocketpass/store"
)

// countedAs says which number of the day an event adds to.
var countedAs = map[string]store.Metric{
	eventCreated:     store.Creates,
	eventUpdated:     store.Updates,
	eventVoided:      store.Voids,
	eventUnvoided:    store.Updates,
	eventCorrected:   store.Updates,
	eventErased:      store.Voids,
	eventDeleted:     store.Removes,
	eventInstalled:   store.Installs,
	eventUninstalled: store.Uninstalls,
	eventExpired:     store.Expires,
	eventRedeemed:    store.Redeems,
	eventUndone:      store.Undone,
	eventDelivered:   store.Deliveries,
	eventMessaged:    store.Messages,
}

// happened notes, in the commit that makes it so, what happened to p: a line of its
// history, the numbers of the day, and what has to be sent to whoever wants to know.
func happened(tx store.Tx, a Actor, p store.Pass, event string, detail map[string]string) error {
	if m, counted := countedAs[event]; counted {
		tx.Tally(m, 1, scopes(a, &p)...)
	}
	if a.about != nil {
		*a.about = p.Campaign
	}
	n := notice{org: p.Org, campaign: p.Campaign, subject: p.ID, kind: event, at: tx.Now, from: addressFor(p, a.From)}
	all, err := n.write(tx, a, detail)
	if err != nil || len(all) == 0 {
		return err
	}
	now := p // which needs memory of its own only if somebody may want it
	n.data = func(from netip.Addr) any {
		return passData{Pass: snapshotOf(now), Detail: detail, Address: from}
	}
	return n.queue(tx, all)
}

// about is what an event is about that is not about a pass.
type about struct {
	org      store.ID
	campaign store.ID // zero if it belongs to none
	id       store.ID // of the template, certificate, job …
}

// happenedTo notes, in the commit that makes it so, what happened to something else
// than a pass.
func happenedTo(tx store.Tx, a Actor, to about, event string, detail map[string]string) error {
	n := notice{org: to.org, campaign: to.campaign, subject: to.id, kind: event, at: tx.Now,
		data: func(netip.Addr) any { return otherData(event, to, detail) }}
	all, err := n.write(tx, a, detail)
	if err != nil {
		return err
	}
	return n.queue(tx, all)
}

// scopes are what something that happened to p is counted for: its campaign, its
// template if it has one, its tags, and the key of whoever did it.
func scopes(a Actor, p *store.Pass) []store.Scope {
	out := append(make([]store.Scope, 0, 3+len(p.Tags)), store.Scope{Org: p.Org, ID: p.Campaign})
	if !p.IsFile() {
		out = append(out, store.Scope{Org: p.Org, ID: p.Template})
	}
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
	show := announce
	if a.quiet {
		show = renew
	}
	if err := show(tx, p); err != nil {
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
