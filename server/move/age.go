package move

import (
	"cmp"
	"encoding/json"
	"iter"
	"path"
	"slices"
	"strings"
	"time"
)

// oldestFirst makes the passes in some folders, which it names by their files without
// extensions, in the order in which the service made them as far as a member of their records
// says. Lists here are in the order in which passes come, and clients know them by age.
func (m *Move) oldestFirst(member string, dirs iter.Seq[string], makePass func(stem string) error) error {
	type pass struct {
		stem    string
		created time.Time
	}
	var all []*pass
	for dir := range dirs {
		stems, err := m.Folder.stems(dir, ".json", ".pkpass")
		if err != nil {
			return err
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
	for _, p := range all {
		if err := makePass(p.stem); err != nil {
			return err
		}
	}
	return nil
}

// peek is a record without what is against it, which is told when the record is made.
func (m *Move) peek(name string) (doc members) {
	text, err := m.Folder.get(name)
	if err != nil || json.Unmarshal(text, &doc) != nil {
		return nil
	}
	return doc
}
