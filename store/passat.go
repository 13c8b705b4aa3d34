package store

import (
	"pocketpass/store/kv"
)

// PassIDsAt lists at most limit ids of passes that match f, which must name nothing but the
// organisation or one of campaign, template and tag, after as many as skip says; newest
// first with reverse. It reads an index alone.
func (r Reader) PassIDsAt(f PassFilter, skip, limit int, reverse bool) (ids []ID, err error) {
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

// PassIDsFrom is PassIDsAt that begins behind an id instead of counting.
func (r Reader) PassIDsFrom(f PassFilter, after ID, limit int, reverse bool) (ids []ID, err error) {
	ix, prefix := f.index()
	within := Page{After: after, Reverse: reverse}.prefixed(prefix)
	err = r.kv.Scan(ix, within, func(key, _ []byte) error {
		if len(ids) == limit {
			return kv.ErrStop
		}
		id, err := idFromKey(key[len(prefix):])
		ids = append(ids, id)
		return err
	})
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
	case f.Campaign != 0:
		return r.Counter(f.Campaign, CountPasses)
	}
	prefix := join(f.Org)
	err = r.kv.Scan(campaignByOrg, Page{}.prefixed(prefix), func(key, _ []byte) error {
		id, err := idFromKey(key[len(prefix):])
		if err != nil {
			return err
		}
		more, err := r.Counter(id, CountPasses)
		n += more
		return err
	})
	return n, err
}

func (r Reader) countOfTemplate(f PassFilter) (n int64, err error) {
	t, err := r.Template(f.Org, f.Template)
	if err != nil {
		return 0, err
	}
	mates := 0
	err = r.kv.Scan(templateByCampaign, Page{}.prefixed(join(t.Campaign)), func(_, _ []byte) error {
		if mates++; mates > 1 {
			return kv.ErrStop
		}
		return nil
	})
	if err != nil || mates < 2 {
		if err == nil {
			n, err = r.Counter(t.Campaign, CountPasses)
		}
		return n, err
	}
	err = r.kv.Scan(passByTemplate, Page{}.prefixed(join(t.ID)), func(_, _ []byte) error { n++; return nil })
	return n, err
}
