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
	var all []*model
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		all, err = s.templates(r, c.actor.Org)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(all, p.compareTemplates)
	count := int64(len(all))
	heads := make([]templateHeader, 0, p.size)
	for _, m := range cut(p, all) {
		heads = append(heads, m.header(c.rev))
	}
	if c.rev == 2 {
		return c.answer(struct {
			Count      int64            `json:"count"`
			Pagination pagination       `json:"pagination"`
			Headers    []templateHeader `json:"templateHeaders"`
		}{count, p.pagination(newOrders[p.order]), heads})
	}
	return c.answer(struct {
		capitals
		SmallCount     int64            `json:"count"` // the examples of a client read these
		SmallField     string           `json:"orderField"`
		SmallDirection string           `json:"orderDirection"`
		SmallPage      int              `json:"page"`
		SmallSize      int              `json:"pageSize"`
		Headers        []templateHeader `json:"templateHeaders"`
	}{p.capitals(count), count, p.order, p.direction(), p.number, p.size, heads})
}

// compareTemplates orders templates as a page wants them.
func (p page) compareTemplates(a, b *model) int {
	return p.compare(listed{a.id, a.Name, a.updated}, listed{b.id, b.Name, b.updated})
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

// templates are all that the account has, whoever made them: there are few.
func (s *Service) templates(r store.Reader, org store.ID) (out []*model, err error) {
	err = each(func(p store.Page) (store.ID, error) {
		all, next, err := r.Campaigns(org, p)
		for _, campaign := range all {
			if campaign.Over() {
				continue
			}
			more, err := s.templatesOf(r, campaign)
			if err != nil {
				return 0, err
			}
			out = append(out, more...)
		}
		return next, err
	})
	return out, err
}

func (s *Service) templatesOf(r store.Reader, campaign store.Campaign) (out []*model, err error) {
	err = each(func(p store.Page) (store.ID, error) {
		all, next, err := r.Templates(campaign.ID, p)
		for _, t := range all {
			if !t.Deleted.IsZero() || t.Published == 0 {
				continue
			}
			m, err := s.models.get(r, t, campaign)
			if err != nil {
				return 0, err
			}
			out = append(out, m)
		}
		return next, err
	})
	return out, err
}

// each asks for page after page.
func each(page func(store.Page) (store.ID, error)) error {
	for p := (store.Page{Limit: 500}); ; {
		next, err := page(p)
		if err != nil || next == 0 {
			return err
		}
		p.After = next
	}
}
