package passworks

import (
	"pocketpass/store"
)

// item is what the path names on a shelf.
func (s *Service) item(c call, shelf, what string) (it store.Item, err error) {
	id, err := c.id("id", what)
	if err != nil {
		return it, err
	}
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		it, err = r.Item(c.actor.Org, id)
		if err == nil && it.Shelf != shelf {
			err = store.ErrNotFound
		}
		return err
	})
	return it, missing(err, what)
}

// listItems answers a page of a shelf.
func listItems[T any](s *Service, c call, shelf string, show func(store.Reader, store.Item) (T, error)) error {
	p := c.page()
	all, total := []T{}, int64(0)
	err := s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		if total, err = r.Counter(c.actor.Org, store.CountItems+shelf); err != nil {
			return err
		}
		return eachItem(r, c.actor.Org, shelf, p, func(it store.Item) error {
			one, err := show(r, it)
			all = append(all, one)
			return err
		})
	})
	if err != nil {
		return err
	}
	return c.list(p, int(total), all)
}

// eachItem goes through the items of a page. What stands before it is passed over by its
// index alone.
func eachItem(r store.Reader, org store.ID, shelf string, p page, do func(store.Item) error) error {
	after, found, err := r.SkipItems(org, shelf, p.skipped())
	if err != nil || !found {
		return err
	}
	all, _, err := r.Items(org, shelf, store.Page{After: after, Limit: p.Per})
	for _, it := range all {
		if err == nil {
			err = do(it)
		}
	}
	return err
}
