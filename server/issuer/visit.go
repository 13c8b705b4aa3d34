package issuer

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pocketpass/store"
)

// visitKey names something that was seen to be done with a pass.
type visitKey struct {
	kind store.Metric // Views, Downloads or Fetches
	pass store.ID
}

// visit is what is kept of it until it is written.
type visit struct {
	org, campaign, template store.ID
	tags                    []string
	at                      time.Time  // the first time
	from                    netip.Addr // who came then
	times                   int64
}

var visitEvents = map[store.Metric]string{store.Views: eventViewed, store.Downloads: eventDownloaded, store.Fetches: eventFetched}

// Viewed counts that the page of a pass was opened, from an address.
func (i *Issuer) Viewed(p store.Pass, from netip.Addr) {
	i.seen.visited(store.Views, p, from, i.cfg.Now())
}

func (o *observations) visited(kind store.Metric, p store.Pass, from netip.Addr, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	k := visitKey{kind, p.ID}
	v, known := o.visits[k]
	if !known {
		v = visit{org: p.Org, campaign: p.Campaign, template: p.Template, at: now, from: from}
		for _, tag := range p.Tags {
			v.tags = append(v.tags, strings.Clone(tag)) // not the whole record with it
		}
	}
	v.times++
	put(&o.visits, k, v, maxSeen)
}

// addVisits adds what could not be written to what was seen since.
func (o *observations) addVisits(before map[visitKey]visit) {
	for k, v := range before {
		v.times += o.visits[k].times
		put(&o.visits, k, v, maxSeen)
	}
}

// writeVisits counts visits and tells those who want to know of each.
func writeVisits(tx store.Tx, visits map[visitKey]visit) error {
	inTime := slices.SortedFunc(maps.Keys(visits), func(a, b visitKey) int { return visits[a].at.Compare(visits[b].at) })
	known := make(map[[2]store.ID][]store.Endpoint)
	for _, k := range inTime {
		v := visits[k]
		tx.Tally(k.kind, v.times, scopes(Actor{}, &store.Pass{Org: v.org, Campaign: v.campaign, Template: v.template, Tags: v.tags})...)
		where := [2]store.ID{v.org, v.campaign}
		all, ok := known[where]
		if !ok {
			var err error
			if all, err = tx.Receivers(v.org, v.campaign); err != nil {
				return err
			}
			known[where] = all
		}
		if err := tellVisit(tx, k, v, all); err != nil {
			return err
		}
	}
	return nil
}

// tellVisit queues a visit for the endpoints that want it. A pass that cannot be read
// stops no other.
func tellVisit(tx store.Tx, k visitKey, v visit, all []store.Endpoint) error {
	kind := visitEvents[k.kind]
	if !slices.ContainsFunc(all, func(e store.Endpoint) bool { return wants(e, kind) }) {
		return nil
	}
	p, err := tx.AnyPass(k.pass)
	if store.Lost(err) {
		return nil
	}
	if err != nil {
		return err
	}
	n := notice{org: v.org, campaign: v.campaign, subject: k.pass, kind: kind, at: moment(v.at), from: addressFor(p, v.from)}
	n.data = func(from netip.Addr) any {
		return visitData{passData{Pass: snapshotOf(p), Address: from}, v.times}
	}
	return n.queue(tx, all)
}

// visitData is what an event carries that was only observed.
type visitData struct {
	passData
	Times int64 `json:"times"` // within about a second
}
