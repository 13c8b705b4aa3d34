package store

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"pocketpass/store/kv"
)

// Passes that moved here keep the date of their creation, which is earlier than what
// their ids say. These indexes hold them and no others: of all other passes ids are in
// the order of creation.
const (
	passByCreation kv.Table = "pass_creation" // by campaign and by template, the date in milliseconds, and id
	passByArrival  kv.Table = "pass_arrival"  // by campaign and id
)

// idsAhead is how far the id of a pass may be ahead of its creation without being in
// those indexes: many ids of one millisecond run into the next ones, and clocks are set.
const idsAhead = time.Second

// backdated says whether p was created before its id was given.
func (p *Pass) backdated() bool {
	known := !p.Created.IsZero() && p.Created.UnixMilli() != 0 // as a record keeps it
	return known && p.ID.time().Sub(p.Created) > idsAhead
}

func creationKeys(p *Pass) [][]byte {
	if !p.backdated() {
		return nil
	}
	at := creationTime(p.Created)
	return append(visible(p, p.Campaign, at, p.ID), visible(p, p.Template, at, p.ID)...)
}

func arrivalKeys(p *Pass) [][]byte {
	if !p.backdated() {
		return nil
	}
	return visible(p, p.Campaign, p.ID)
}

// creationTime is a time as part of a key. Nothing is older than the year 1970.
func creationTime(t time.Time) uint64 { return uint64(max(0, t.UnixMilli())) }

// Span is the time from From to before To, either of which may be zero: there is no such
// end then.
type Span struct{ From, To time.Time }

// Since leaves what is not before t.
func (s *Span) Since(t time.Time) {
	if t.After(s.From) {
		s.From = t
	}
}

// Before leaves what is before t.
func (s *Span) Before(t time.Time) {
	if s.To.IsZero() || t.Before(s.To) {
		s.To = t
	}
}

// ids is where the ids lie of passes created in s that are not backdated.
func (s Span) ids() Page {
	p := Page{From: IDAt(s.From)}
	if !s.To.IsZero() {
		p.Before = max(1, IDAt(s.To.Add(idsAhead+time.Millisecond)))
	}
	return p
}

// creations is where in passByCreation those of a campaign or template stand.
func (s Span) creations(owner ID) kv.Range {
	r := kv.Range{From: join(owner, creationTime(s.From)), To: successor(join(owner))}
	if !s.To.IsZero() {
		r.To = join(owner, creationTime(s.To)+1)
	}
	return r
}

// creation is when a pass was created, in milliseconds.
type creation struct {
	at uint64
	id ID
}

// creationOf reads a key of passByCreation.
func creationOf(key []byte) (creation, error) {
	if len(key) != 24 {
		return creation{}, fmt.Errorf("read %s: %w", passByCreation, ErrDamaged)
	}
	return creation{binary.BigEndian.Uint64(key[8:]), ID(binary.BigEndian.Uint64(key[16:]))}, nil
}

func (c creation) compare(d creation) int {
	return cmp.Or(cmp.Compare(c.at, d.at), cmp.Compare(c.id, d.id))
}

// creations collects passes of a span.
type creations struct {
	Reader
	span  Span
	limit int
	past  int // backdated ones that were passed over
	all   []creation
	more  bool
}

// arrivalsPerPass is how many backdated passes are passed over for each one that may be
// found: of those the keys are read, of the others the records.
const arrivalsPerPass = 20

// PassIDsCreated lists the ids of passes among which are all that match f, which must name
// nothing but the organisation or one of campaign and template, and were created in s:
// oldest first, give or take a second, and at most limit. more says that there may be
// others. It reads indexes alone.
func (r Reader) PassIDsCreated(f PassFilter, s Span, limit int) (ids []ID, more bool, err error) {
	campaigns, err := r.campaignsOf(f)
	c := creations{Reader: r, span: s, limit: limit}
	for n := 0; err == nil && !c.more && n < len(campaigns); n++ {
		err = c.add(PassFilter{Org: f.Org, Campaign: campaigns[n], Template: f.Template})
	}
	slices.SortFunc(c.all, creation.compare)
	for _, one := range c.all {
		ids = append(ids, one.id)
	}
	return ids, c.more, err
}

// EachPassCreated gives the passes of PassIDsCreated to each, unless there may be others.
func (r Reader) EachPassCreated(f PassFilter, s Span, limit int, each func(Pass) error) (more bool, err error) {
	ids, more, err := r.PassIDsCreated(f, s, limit)
	if err != nil || more {
		return more, err
	}
	for _, id := range ids {
		p, err := r.Pass(f.Org, id)
		if err == nil {
			err = each(p)
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// HasBackdated says whether passes of a campaign were created before they got their ids.
func (r Reader) HasBackdated(campaign ID) (bool, error) {
	ids, err := r.idsIn(passByArrival, join(campaign), Page{Limit: 1})
	return len(ids) > 0, err
}

// campaignsOf are those that passes matching f can be of.
func (r Reader) campaignsOf(f PassFilter) (ids []ID, err error) {
	switch {
	case f.Campaign != 0:
		return []ID{f.Campaign}, nil
	case f.Template != 0:
		t, err := r.Template(f.Org, f.Template)
		return []ID{t.Campaign}, err
	}
	return r.idsIn(campaignByOrg, join(f.Org), Page{})
}

// add collects those of one campaign, or of one of its templates.
func (c *creations) add(f PassFilter) error {
	err := c.addBackdated(cmp.Or(f.Template, f.Campaign))
	if err == nil && !c.more {
		err = c.addOthers(f)
	}
	return err
}

// addOthers collects those that are not backdated: of the ids in a range all that are not
// in passByArrival.
func (c *creations) addOthers(f PassFilter) error {
	most, page := c.limit*arrivalsPerPass-c.past, c.span.ids()
	page.Limit = most + 1
	arrived, err := c.idsIn(passByArrival, join(f.Campaign), page)
	c.past += len(arrived)
	if c.more = len(arrived) > most; err != nil || c.more {
		return err
	}
	ix, prefix := f.index()
	return c.kv.Scan(ix, page.prefixed(prefix), func(key, _ []byte) error {
		id, err := idFromKey(key[len(prefix):])
		if err != nil {
			return err
		}
		for len(arrived) > 0 && arrived[0] < id {
			arrived = arrived[1:]
		}
		if len(arrived) > 0 && arrived[0] == id {
			return nil
		}
		return c.take(creation{creationTime(id.time()), id})
	})
}

// addBackdated collects the backdated ones of a campaign or template.
func (c *creations) addBackdated(owner ID) error {
	return c.kv.Scan(passByCreation, c.span.creations(owner), func(key, _ []byte) error {
		one, err := creationOf(key)
		if err != nil {
			return err
		}
		return c.take(one)
	})
}

func (c *creations) take(one creation) error {
	if c.more = len(c.all) == c.limit; c.more {
		return kv.ErrStop
	}
	c.all = append(c.all, one)
	return nil
}
