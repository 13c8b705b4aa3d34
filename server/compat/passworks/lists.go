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
	"created_at":             func(c *campaign) value { return whole(c.Created) },
	"updated_at":             func(c *campaign) value { return whole(later(c.Updated, c.item.Updated)) },
}

// listCampaigns handles GET /{type}: those of all services, by their style.
func (s *Service) listCampaigns(c call) error {
	all := newSelection(c.URL.Query(), campaignAttributes)
	total, out := 0, []campaignView{}
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		var chosen []campaign
		var err error
		if chosen, total, err = s.choose(r, c, all); err != nil {
			return err
		}
		for _, found := range chosen {
			v, err := s.campaignView(r, c, found)
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
	return c.list(all.page, total, out)
}

// choose reads the campaigns of the page that is asked for, and how many there are on all.
// Only a query reads others: an account has few.
func (s *Service) choose(r store.Reader, c call, all *selection[campaign]) (out []campaign, total int, err error) {
	ids, err := r.CampaignsShown(c.actor.Org, c.kind.style)
	if err != nil {
		return nil, 0, err
	}
	if !all.asks() {
		out, err = s.campaigns(r, c.actor.Org, cut(all.page, ids))
		return out, len(ids), err
	}
	every, err := s.campaigns(r, c.actor.Org, ids)
	for _, found := range every {
		all.add(found)
	}
	return all.records(), all.total, err
}

// campaigns reads some that have a style.
func (s *Service) campaigns(r store.Reader, org store.ID, ids []store.ID) (out []campaign, err error) {
	for _, id := range ids {
		var found campaign
		if found.Campaign, err = r.Campaign(org, id); err != nil {
			return nil, err
		}
		if found.definition, err = s.published(r, found.Campaign); err != nil {
			return nil, err
		}
		if found, err = s.listed(r, found); err != nil {
			return nil, err
		}
		if found.redeems, err = r.Counter(id, store.CountRedeemed); err != nil {
			return nil, err
		}
		out = append(out, found)
	}
	return out, nil
}

// listPasses handles GET /{type}/{campaign}/passes.
func (s *Service) listPasses(c call) error {
	all := newSelection(c.URL.Query(), passAttributes)
	if !all.asks() {
		return s.listAllPasses(c)
	}
	out := []passView{}
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		found, err := s.campaign(r, c)
		if err != nil {
			return err
		}
		if err := s.search(r, found, all); err != nil {
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

// answerByAge answers a page of the records of a campaign, which store has an index for.
func answerByAge[T, V any](s *Service, c call, all *selection[T], reverse bool,
	read func(r store.Reader, campaign store.ID, skip, limit int, reverse bool) ([]T, int64, error), show func(T) V) error {
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		found, err := s.campaign(r, c)
		if err != nil {
			return err
		}
		kept, total, err := read(r, found.ID, all.page.skipped(), all.page.Per, reverse)
		all.kept, all.total = kept, int(total)
		return err
	})
	if err != nil {
		return err
	}
	all.orderings = nil // it was followed
	return answerSelection(c, all, func(v T) (V, error) { return show(v), nil })
}
