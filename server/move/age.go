package move

import (
	"cmp"
	"encoding/json"
	"path"
	"slices"
	"strings"
	"time"
)

// oldestFirst are the passes in some folders, by their files' names without extensions, in
// the order in which the service made them as far as a member of their records says. Lists
// here are in the order in which passes come, and clients know them by age.
func (m *Move) oldestFirst(member string, dirs ...string) ([]string, error) {
	type pass struct {
		stem    string
		created time.Time
	}
	var all []*pass
	for _, dir := range dirs {
		stems, err := m.Folder.stems(dir, ".json", ".pkpass")
		if err != nil {
			return nil, err
		}
		for _, s := range stems {
			stem := dir + "/" + s
			all = append(all, &pass{stem, when(m.peek(stem + ".json").text(member))})
		}
	}
	slices.SortFunc(all, func(a, b *pass) int {
		x, y := path.Base(a.stem), path.Base(b.stem)
		return cmp.Or(a.created.Compare(b.created), cmp.Compare(len(x), len(y)), strings.Compare(a.stem, b.stem)) // numbers by their size
	})
	out := make([]string, len(all))
	for n, p := range all {
		out[n] = p.stem
	}
	return out, nil
}

// peek is a record without what is against it, which is told when the record is made.
func (m *Move) peek(name string) (doc members) {
	text, err := m.Folder.get(name)
	if err != nil || json.Unmarshal(text, &doc) != nil {
		return nil
	}
	return doc
}
