package passtools

import (
	"cmp"
	"slices"

	"pocketpass/store"
)

// named is a template whose passes stand together in a list by name.
type named struct {
	name string
	id   store.ID
}

// listByName reads a page of passes that are ordered by the names of their templates. It
// counts those of the templates before.
func (s *Service) listByName(r store.Reader, f store.PassFilter, p page, l *passList) (err error) {
	if l.count, err = r.CountPasses(f); err != nil {
		return err
	}
	all, err := s.names(r, f.Org)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b named) int {
		n := cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.id, b.id))
		if p.desc {
			return -n
		}
		return n
	})
	skip, room := p.start(), p.size
	for _, t := range all {
		f.Template = t.id
		n, err := r.CountPasses(f)
		if err != nil {
			return err
		}
		if int64(skip) >= n {
			skip -= int(n)
			continue
		}
		ids, err := r.PassIDsAt(f, skip, room, p.desc)
		if err == nil {
			err = l.read(r, ids)
		}
		if err != nil {
			return err
		}
		if skip, room = 0, room-len(ids); room == 0 {
			break
		}
	}
	return nil
}

// names are those of all templates, also of deleted ones, which have passes still.
func (s *Service) names(r store.Reader, org store.ID) (out []named, err error) {
	err = store.EachPage(func(p store.Page) (store.ID, error) {
		campaigns, next, err := r.Campaigns(org, p)
		for _, campaign := range campaigns {
			err := store.EachPage(func(p store.Page) (store.ID, error) {
				all, next, err := r.Templates(campaign.ID, p)
				for _, t := range all {
					out = append(out, named{t.Name, t.ID})
				}
				return next, err
			})
			if err != nil {
				return 0, err
			}
		}
		return next, err
	})
	return out, err
}
