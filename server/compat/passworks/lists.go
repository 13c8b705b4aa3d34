package passworks

import (
	"pocketpass/store"
)

// campaignAttributes are what campaigns can be chosen and ordered by.
var campaignAttributes = attributes[campaign]{
	"id":                     func(c *campaign) value { return word(c.ID.UUID()) },
	"name":                   func(c *campaign) value { return word(c.definition.Name) },
	"description":            func(c *campaign) value { return word(c.description()) },
	"template_id":            func(c *campaign) value { return word(c.templateID()) },
	"certificate_id":         func(c *campaign) value { return word(c.Certificate.UUID()) },
	"organization_name":      func(c *campaign) value { return maybe(c.Organization) },
	"code_type":              func(c *campaign) value { return word(c.CodeType) },
	"redeem_count":           func(c *campaign) value { return count(c.redeems) },
	"allow_multiple_redeems": func(c *campaign) value { return yes(c.Multiple) },
	"gwallet_usage":          func(c *campaign) value { return yes(c.GWallet) },
	"state":                  func(c *campaign) value { return word(states[c.State]) },
	"expiration_date":        func(c *campaign) value { return when(c.Expires) },
	"created_at":             func(c *campaign) value { return moment(c.Created) },
	"updated_at":             func(c *campaign) value { return moment(later(c.Updated, c.item.Updated)) },
}

// listCampaigns handles GET /{type}.
func (s *Service) listCampaigns(c call) error {
	if !ask(c.URL.Query(), campaignAttributes).asks() {
		return listItems(s, c, c.kind.shelf(), func(r store.Reader, it store.Item) (campaignView, error) { return s.campaignView(r, c, it) })
	}
	all := newSelection(c.URL.Query(), campaignAttributes)
	out := []campaignView{}
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		err := eachPage(func(p store.Page) (store.ID, error) {
			items, next, err := r.Items(c.actor.Org, c.kind.shelf(), p)
			for _, it := range items {
				found, err := s.loadItem(r, it)
				if err != nil {
					return 0, err
				}
				if found.redeems, err = r.Counter(it.ID, store.CountRedeemed); err != nil {
					return 0, err
				}
				all.add(found)
			}
			return next, err
		})
		for _, found := range all.records() {
			if err != nil {
				return err
			}
			var v campaignView
			v, err = s.campaignView(r, c, found.item)
			out = append(out, v)
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.list(all.page, all.total, out)
}

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
	most := p.definition.MaxDistance
	mine, err := parseOwn(p.Patch, p.definition.Style)
	if _, e := mine.get("maxDistance", &most); err != nil || e != nil || most == nil {
		return value{}
	}
	return count(int64(*most))
}

// listPasses handles GET /{type}/{campaign}/passes.
func (s *Service) listPasses(c call) error {
	if !ask(c.URL.Query(), passAttributes).asks() {
		return s.listAllPasses(c)
	}
	all := newSelection(c.URL.Query(), passAttributes)
	out := []passView{}
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		found, err := s.campaign(r, c)
		if err != nil {
			return err
		}
		err = eachPage(func(p store.Page) (store.ID, error) {
			passes, next, err := r.Passes(store.PassFilter{Org: found.Org, Campaign: found.ID}, p)
			for _, p := range passes {
				d, err := s.understood.get(r, p)
				if err != nil {
					return 0, err
				}
				all.add(listedPass{p, found, d})
			}
			return next, err
		})
		if err != nil {
			return err
		}
		for _, p := range all.records() {
			v, err := s.passView(r, c, p.Pass, p.definition)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.list(all.page, all.total, out)
}

// listAllPasses answers a page of all passes of a campaign.
func (s *Service) listAllPasses(c call) error {
	p := c.page()
	total, out := int64(0), []passView{}
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		found, err := s.campaign(r, c)
		if err != nil {
			return err
		}
		if total, err = r.Counter(found.ID, store.CountPasses); err != nil || int64(p.skipped()) >= total {
			return err
		}
		ids, err := r.PassIDsAt(store.PassFilter{Org: found.Org, Campaign: found.ID}, p.skipped(), p.Per, false)
		for _, id := range ids {
			p, err := r.Pass(found.Org, id)
			if err != nil {
				return err
			}
			d, err := s.understood.get(r, p)
			if err != nil {
				return err
			}
			v, err := s.passView(r, c, p, d)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.list(p, int(total), out)
}
