package move

// pages are the pages of one list of an old service, as they come.
type pages struct {
	m          *Move
	kind, list string
	count      int
	seen       map[string]bool
}

// maxPages bounds those of one list: ten million records where a page has fifty.
const maxPages = 200_000

func (m *Move) pages(kind, list string) *pages {
	return &pages{m: m, kind: kind, list: list, seen: make(map[string]bool)}
}

// visit shows the records of a page that none before it had, by their ids, and says
// whether there may be another page. A list whose pages repeat themselves would never end,
// and says nothing of what is missing.
func (p *pages) visit(ids []string, more bool, visit func(n int) error) (bool, error) {
	fresh := false
	for n, id := range ids {
		if p.seen[id] {
			continue
		}
		fresh, p.seen[id] = true, true
		err := error(unfit("it has no id"))
		if id != "" {
			err = visit(n)
		}
		if err != nil {
			if err := p.m.reading(p.kind, id, err); err != nil {
				return false, err
			}
		}
	}
	p.count++
	switch {
	case !more:
		return false, nil
	case !fresh:
		return false, p.m.leave(p.kind, "what comes after", unfit("page %d of %s has nothing that was not on one before it", p.count, p.list))
	case p.count == maxPages:
		return false, p.m.leave(p.kind, "what comes after", unfit("%s does not end after %d pages", p.list, p.count))
	}
	return true, nil
}
