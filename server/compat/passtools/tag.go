package passtools

import (
	"encoding/json"
	"slices"

	"pocketpass/store"
)

// readTags reads texts or objects that hold one; a text alone is one tag.
func readTags(raw json.RawMessage) (out []string, err error) {
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		all = []json.RawMessage{raw}
	}
	for _, one := range all {
		name, err := readTag(one)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out, nil
}

func readTag(raw json.RawMessage) (string, error) {
	var o map[string]json.RawMessage
	if json.Unmarshal(raw, &o) == nil {
		if raw = o["tag"]; isNull(raw) {
			raw = o["name"]
		}
	}
	name, ok := textOf(raw)
	if !ok {
		return "", badRequest("tags must be a list of texts")
	}
	return name, nil
}

// tagView is a tag. Clients read its text under either name.
type tagView struct {
	ID        store.ID `json:"id"`
	Tag       string   `json:"tag"`
	Name      string   `json:"name"`
	CreatedAt string   `json:"createdAt"`
}

// tags are those of a pass.
func (c *call) tags(r store.Reader, p store.Pass) ([]tagView, error) {
	out := []tagView{}
	for _, name := range p.Tags {
		t, err := r.TagNamed(p.Org, name)
		if err != nil {
			return nil, err
		}
		out = append(out, c.tagView(t))
	}
	return out, nil
}

func (c *call) tagView(t store.Tag) tagView {
	return tagView{t.ID, t.Name, t.Name, c.rev.date(t.Created)}
}
