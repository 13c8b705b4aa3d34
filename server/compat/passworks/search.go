package passworks

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"pocketpass/store"
)

// passAttributes are what passes can be chosen and ordered by.
var passAttributes = attributes[listedPass]{
	"id":              func(p *listedPass) value { return word(p.ID.UUID()) },
	"serial_number":   func(p *listedPass) value { return word(p.SerialNumber) },
	"redeem_code":     func(p *listedPass) value { return word(p.Code) },
	"redeemed_count":  func(p *listedPass) value { return count(p.Account.Uses) },
	"redeemed_at":     func(p *listedPass) value { return when(p.Account.Last) },
	"voided":          func(p *listedPass) value { return yes(!p.Voided.IsZero()) },
	"expiration_date": func(p *listedPass) value { return when(p.Expires) },
	"relevant_date":   func(p *listedPass) value { return p.relevant() },
	"max_distance":    func(p *listedPass) value { return p.distance() },
	"created_at":      func(p *listedPass) value { return moment(p.Created) },
	"updated_at":      func(p *listedPass) value { return moment(changed(p.Pass, p.campaign)) },
}

// listedPass is a pass with what its attributes depend on.
type listedPass struct {
	store.Pass
	campaign   store.Campaign
	definition *definition
}

func (p *listedPass) relevant() value {
	var date string
	mine, err := parseOwn(p.Patch, p.definition.Style)
	if given, e := mine.get("relevantDate", &date); err != nil || e != nil || !given {
		return value{}
	}
	at, _ := dateOf(date)
	return when(at)
}

func (p *listedPass) distance() value {
	mine, err := parseOwn(p.Patch, p.definition.Style)
	most, e := mine.distance()
	if most = cmp.Or(most, p.definition.MaxDistance); err != nil || e != nil || most == nil {
		return value{}
	}
	return count(int64(*most))
}

// maxSearched bounds the passes that one question reads. Tests have less.
var maxSearched int64 = 50_000

// tooWide refuses a question that would read more.
func tooWide() error {
	return invalid("q", fmt.Sprintf("would search more than %d passes; ask for an id, serial_number or redeem_code, or for a shorter time by created_at", maxSearched))
}

// search finds the passes of a campaign that a question chooses. What a question names is
// looked up, and an order by age alone is that of the list; all others read the passes of
// the time that the question is about.
func (s *Service) search(r store.Reader, found store.Campaign, all *selection[listedPass]) error {
	if look := all.lookup(r, found); look != nil {
		passes, err := look()
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return s.offer(r, found, all, passes, err)
	}
	if reverse, ok := all.byAge(); ok {
		return s.readByAge(r, found, all, reverse)
	}
	after, before := all.span()
	total, err := r.Counter(found.ID, store.CountPasses)
	if err == nil && total > maxSearched && after == 0 && before == store.MaxID {
		err = tooWide()
	}
	if err != nil {
		return err
	}
	return s.readSpan(r, found, all, after, before)
}

// offer adds those of some passes that belong to the campaign.
func (s *Service) offer(r store.Reader, found store.Campaign, all *selection[listedPass], passes []store.Pass, err error) error {
	for _, p := range passes {
		if p.Campaign != found.ID || !p.Deleted.IsZero() {
			continue
		}
		d, err := s.understood.get(r, p)
		if err != nil {
			return err
		}
		all.add(listedPass{p, found, d})
	}
	return err
}

// lookup finds the few passes among which are all that a question names, nil if it names
// none.
func (q question) lookup(r store.Reader, found store.Campaign) func() ([]store.Pass, error) {
	one := func(p store.Pass, err error) ([]store.Pass, error) { return []store.Pass{p}, err }
	for _, c := range q.conditions {
		if c.predicate != "_eq" {
			continue
		}
		switch c.attribute {
		case "id":
			id, _ := store.ParseUUID(c.text)
			return func() ([]store.Pass, error) { return one(r.Pass(found.Org, id)) }
		case "serial_number":
			return func() ([]store.Pass, error) { return one(r.PassBySerial(found.PassTypeIdentifier, c.text)) }
		case "redeem_code":
			return func() ([]store.Pass, error) {
				passes, _, err := r.Passes(store.PassFilter{Org: found.Org, Campaign: found.ID, Code: c.text}, store.Page{Limit: maxScanned})
				return passes, err
			}
		}
	}
	return nil
}

// byAge says whether a question asks for nothing but an order that ids have, and which.
func (q question) byAge() (reverse, ok bool) {
	for n, o := range q.orderings {
		if o.attribute != "created_at" && o.attribute != "id" || n > 0 && o.descending != q.orderings[0].descending {
			return false, false
		}
	}
	ok = len(q.conditions) == 0 && len(q.orderings) > 0
	return ok && q.orderings[0].descending, ok
}

// readByAge reads the page that is asked for from the index of a campaign.
func (s *Service) readByAge(r store.Reader, found store.Campaign, all *selection[listedPass], reverse bool) error {
	total, err := r.Counter(found.ID, store.CountPasses)
	if all.total = int(total); err != nil || all.page.skipped() >= all.total {
		return err
	}
	ids, err := r.PassIDsAt(store.PassFilter{Org: found.Org, Campaign: found.ID}, all.page.skipped(), all.page.Per, reverse)
	for _, id := range ids {
		if err != nil {
			return err
		}
		var p listedPass
		if p.Pass, err = r.Pass(found.Org, id); err != nil {
			return err
		}
		p.campaign = found
		p.definition, err = s.understood.get(r, p.Pass)
		all.kept = append(all.kept, p)
	}
	all.orderings = nil // it was followed
	return err
}

// slack is how far the id of a pass may be ahead of its time.
const slack = time.Hour

// span is where the ids of the passes lie that a question about created_at chooses.
func (q question) span() (after, before store.ID) {
	before = store.MaxID
	for _, c := range q.conditions {
		v, ok := moment(time.Time{}).like(c.text)
		if c.attribute != "created_at" || !ok {
			continue
		}
		switch c.predicate {
		case "_gt", "_gteq":
			after = max(after, max(store.IDAt(v.at), 1)-1)
		case "_lt", "_lteq":
			before = min(before, store.IDAt(v.at.Add(slack)))
		}
	}
	return after, before
}

// readSpan offers all passes whose ids are between two.
func (s *Service) readSpan(r store.Reader, found store.Campaign, all *selection[listedPass], after, before store.ID) error {
	read := int64(0)
	for next := after; ; {
		passes, more, err := r.Passes(store.PassFilter{Org: found.Org, Campaign: found.ID}, store.Page{After: next, Limit: 500})
		for n, p := range passes {
			if p.ID >= before {
				passes, more = passes[:n], 0
				break
			}
		}
		if read += int64(len(passes)); read > maxSearched {
			return tooWide()
		}
		if err := s.offer(r, found, all, passes, err); err != nil || more == 0 {
			return err
		}
		next = more
	}
}
