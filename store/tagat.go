package store

// TagsAt lists at most limit tags of the organisation after as many as skip says, and how
// many there are: in the order of their names, or else of their ids. It reads an index and
// those that it lists.
func (r Reader) TagsAt(org ID, byName bool, skip, limit int, reverse bool) ([]Tag, int64, error) {
	ix := tagByOrg
	if byName {
		ix = tagByName
	}
	return tags.at(r.kv, ix, join(org), skip, limit, reverse)
}
