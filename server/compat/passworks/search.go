package passworks

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"pocketpass/store"
)

// passAttributes are what passes can be chosen and ordered by.
var passAttributes = attributes[listedPass]{
	"id":              func(p *listedPass) value { return word(p.ID.UUID()) },
	"serial_number":   func(p *listedPass) value { return word(p.SerialNumber) },
	"redeem_code":     func(p *listedPass) value { return word(p.Code) },
	"redeemed_count":  func(p *listedPass) value { return count(p.Account.Uses) },
	"redeemed_at":     func(p *listedPass) value { return whole(p.Account.Last) },
	"voided":          func(p *listedPass) value { return yes(isVoid(p.Pass, p.campaign)) },
	"expiration_date": func(p *listedPass) value { return when(p.Expires) },
	"relevant_date":   func(p *listedPass) value { return p.relevant() },
	"max_distance":    func(p *listedPass) value { return p.distance() },
	"created_at":      func(p *listedPass) value { return whole(p.Created) },
	"updated_at":      func(p *listedPass) value { return whole(changed(p.Pass, p.campaign)) },
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
var maxSearched = 50_000

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
		for n := 0; err == nil && n < len(passes); n++ {
			err = s.offer(r, found, all, passes[n])
		}
		return err
	}
	if reverse, ok := all.byAge(); ok {
		return s.readByAge(r, found, all, reverse)
	}
	return s.readSpan(r, found, all)
}

// offer adds a pass if it belongs to the campaign.
func (s *Service) offer(r store.Reader, found store.Campaign, all *selection[listedPass], p store.Pass) error {
	if p.Campaign != found.ID || !p.Deleted.IsZero() {
		return nil
	}
	d, err := s.understood.get(r, p)
	if err == nil {
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
	ids, err := idsByAge(r, found, all, reverse)
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

// idsByAge are those of the page. Passes that moved here have ids in the order in which they
// came; of few enough the dates are compared instead.
func idsByAge(r store.Reader, found store.Campaign, all *selection[listedPass], reverse bool) ([]store.ID, error) {
	f := store.PassFilter{Org: found.Org, Campaign: found.ID}
	backdated, err := r.HasBackdated(found.ID)
	if err != nil {
		return nil, err
	}
	if !backdated || all.total > maxSearched || all.orderings[0].attribute != "created_at" {
		return r.PassIDsAt(f, all.page.skipped(), all.page.Per, reverse)
	}
	ids, _, err := r.PassIDsCreated(f, store.Span{}, maxSearched)
	if reverse {
		slices.Reverse(ids)
	}
	return cut(all.page, ids), err
}

// span is when passes were created that a question chooses, or a little longer.
func (q question) span() (out store.Span) {
	for _, c := range q.conditions {
		v, ok := moment(time.Time{}).like(c.text)
		if c.attribute != "created_at" || !ok {
			continue
		}
		if slices.Contains([]string{"_gt", "_gteq", "_eq"}, c.predicate) {
			out.Since(v.at)
		}
		if slices.Contains([]string{"_lt", "_lteq", "_eq"}, c.predicate) {
			out.Before(v.at.Add(time.Second))
		}
	}
	return out
}

// readSpan offers the passes that were created in the time that a question is about.
func (s *Service) readSpan(r store.Reader, found store.Campaign, all *selection[listedPass]) error {
	f := store.PassFilter{Org: found.Org, Campaign: found.ID}
	more, err := r.EachPassCreated(f, all.span(), maxSearched, func(p store.Pass) error { return s.offer(r, found, all, p) })
	if more {
		err = tooWide()
	}
	return err
}
