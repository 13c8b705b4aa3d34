package passtools

import (
	"cmp"
	"slices"
	"time"

	"pocketpass/store"
)

// listTemplates handles GET /template/headers.
func (s *Service) listTemplates(c *call) error {
	p, err := c.page()
	if err != nil {
		return err
	}
	count, heads := 0, []templateHeader{}
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		all, err := templates(r, c.actor.Org)
		if err != nil {
			return err
		}
		slices.SortFunc(all, p.compareTemplates)
		count = len(all)
		for _, t := range cut(p, all) {
			m, err := s.models.get(r, t.Template, t.campaign)
			if err != nil {
				return err
			}
			heads = append(heads, m.header(c.rev))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.rev == 2 {
		return c.answer(struct {
			Count      int              `json:"count"`
			Pagination pagination       `json:"pagination"`
			Headers    []templateHeader `json:"templateHeaders"`
		}{count, p.pagination(newOrders[p.order]), heads})
	}
	return c.answer(struct {
		capitals
		SmallCount     int              `json:"count"` // the examples of a client read these
		SmallField     string           `json:"orderField"`
		SmallDirection string           `json:"orderDirection"`
		SmallPage      int              `json:"page"`
		SmallSize      int              `json:"pageSize"`
		Headers        []templateHeader `json:"templateHeaders"`
	}{p.capitals(int64(count)), count, p.order, p.direction(), p.number, p.size, heads})
}

// placed is a template with the campaign that it is in.
type placed struct {
	store.Template
	campaign store.Campaign
}

// compareTemplates orders templates as a page wants them.
func (p page) compareTemplates(a, b *placed) int {
	return p.compare(listed{a.ID, a.Name, a.Updated}, listed{b.ID, b.Name, b.Updated})
}

// listed is what lists are ordered by.
type listed struct {
	id      store.ID
	name    string
	updated time.Time
}

func (p page) compare(a, b listed) int {
	n := cmp.Compare(a.id, b.id)
	switch p.order {
	case byName:
		n = cmp.Or(cmp.Compare(a.name, b.name), n)
	case byUpdated:
		n = cmp.Or(a.updated.Compare(b.updated), n)
	}
	if p.desc {
		return -n
	}
	return n
}

// templates are all that the account has, whoever made them: there are few. Their documents
// are not read.
func templates(r store.Reader, org store.ID) (out []*placed, err error) {
	err = store.EachPage(func(p store.Page) (store.ID, error) {
		all, next, err := r.Campaigns(org, p)
		for _, campaign := range all {
			if campaign.Over() {
				continue
			}
			more, err := templatesIn(r, campaign)
			if err != nil {
				return 0, err
			}
			out = append(out, more...)
		}
		return next, err
	})
	return out, err
}

func templatesIn(r store.Reader, campaign store.Campaign) (out []*placed, err error) {
	err = store.EachPage(func(p store.Page) (store.ID, error) {
		all, next, err := r.Templates(campaign.ID, p)
		for _, t := range all {
			if t.Deleted.IsZero() && t.Published > 0 {
				out = append(out, &placed{t, campaign})
			}
		}
		return next, err
	})
	return out, err
}

// templatesOf are those of a campaign, understood.
func (s *Service) templatesOf(r store.Reader, campaign store.Campaign) (out []*model, err error) {
	all, err := templatesIn(r, campaign)
	for _, t := range all {
		m, err := s.models.get(r, t.Template, campaign)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, err
}
