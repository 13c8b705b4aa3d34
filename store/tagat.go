package store

// TagsAt lists at most limit tags of the organisation after as many as skip says, and how
// many there are: in the order of their names, or else of their ids. It reads an index and
// those that it lists.
func (r Reader) TagsAt(org ID, byName bool, skip, limit int, reverse bool) (all []Tag, total int64, err error) {
	ix := tagByOrg
	if byName {
		ix = tagByName
	}
	err = r.kv.Scan(ix, Page{Reverse: reverse}.prefixed(join(org)), func(_, primary []byte) error {
		total++
		if total <= int64(skip) || len(all) == limit {
			return nil
		}
		t, err := tags.get(r.kv, primary)
		all = append(all, t)
		return err
	})
	return all, total, err
}
