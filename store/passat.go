package store

import (
	"errors"
	"slices"

	"pocketpass/store/kv"
)

// PassIDsAt lists at most limit ids of passes that match f, which must name nothing but the
// organisation or one of campaign, template and tag, after as many as skip says; newest
// first with reverse. It reads an index alone: of those of an organisation or a campaign a
// few hundred keys at most, wherever the page is, once somebody has been there; of those of a
// tag, or of a template that shares its campaign, as many as skip says.
func (r Reader) PassIDsAt(f PassFilter, skip, limit int, reverse bool) (ids []ID, err error) {
	if skip >= farIn {
		var err error
		if f, err = r.widest(f); err != nil {
			return nil, err
		}
		if r.ranked(f) {
			return r.passIDsFarIn(f, skip, limit, reverse)
		}
	}
	ix, prefix := f.index()
	within := Page{Reverse: reverse}.prefixed(prefix)
	err = r.kv.Scan(ix, within, func(key, _ []byte) error {
		if skip > 0 {
			skip--
			return nil
		}
		if len(ids) == limit {
			return kv.ErrStop
		}
		id, err := idFromKey(key[len(prefix):])
		ids = append(ids, id)
		return err
	})
	return ids, err
}

func (r Reader) passIDsFarIn(f PassFilter, skip, limit int, reverse bool) ([]ID, error) {
	total, err := r.CountPasses(f)
	if err != nil {
		return nil, err
	}
	s := stretch{int64(skip), int64(skip) + int64(limit)}
	if reverse {
		s = stretch{total - s.to, total - s.from}
	}
	ids, err := r.rankedIDs(f, stretch{max(0, s.from), min(s.to, total)}, total)
	if reverse {
		slices.Reverse(ids)
	}
	return ids, err
}

// CountPasses is how many passes match f, which is as for PassIDsAt. Those of a template
// that shares its campaign are counted one by one in the index.
func (r Reader) CountPasses(f PassFilter) (n int64, err error) {
	switch {
	case f.Tag != "":
		t, err := r.TagNamed(f.Org, f.Tag)
		return t.Passes, err
	case f.Template != 0:
		return r.countOfTemplate(f)
	}
	return r.sum(f, CountPasses)
}

// sum is a counter of the campaign of f, or of all of its organisation.
func (r Reader) sum(f PassFilter, counter string) (n int64, err error) {
	campaigns, err := r.campaignsOf(f)
	for _, id := range campaigns {
		if err != nil {
			break
		}
		var more int64
		more, err = r.Counter(id, counter)
		n += more
	}
	return n, err
}

func (r Reader) countOfTemplate(f PassFilter) (n int64, err error) {
	wide, err := r.widest(f)
	if err != nil {
		return 0, err
	}
	if wide.Template == 0 {
		return r.Counter(wide.Campaign, CountPasses)
	}
	err = r.kv.Scan(passByTemplate, Page{}.prefixed(join(f.Template)), func(_, _ []byte) error { n++; return nil })
	return n, err
}

// widest is f by its campaign, if all passes of that are of its template. Files have none.
func (r Reader) widest(f PassFilter) (PassFilter, error) {
	if f != (PassFilter{Org: f.Org, Template: f.Template}) || f.Template == 0 {
		return f, nil
	}
	t, err := r.Template(f.Org, f.Template)
	if err != nil {
		return f, err
	}
	mates := 0
	err = r.kv.Scan(templateByCampaign, Page{}.prefixed(join(t.Campaign)), func(_, _ []byte) error {
		if mates++; mates > 1 {
			return kv.ErrStop
		}
		return nil
	})
	if mates != 1 || err != nil {
		return f, err
	}
	c, err := r.campaign(t.Campaign)
	if err != nil {
		return f, err
	}
	files, err := r.FilesCampaign(c.PassTypeIdentifier)
	if errors.Is(err, ErrNotFound) {
		err = nil // nobody uses the pass type yet
	}
	if err != nil || files == c.ID {
		return f, err
	}
	return PassFilter{Org: f.Org, Campaign: c.ID}, nil
}
