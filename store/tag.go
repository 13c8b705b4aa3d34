package store

import (
	"errors"
	"slices"
	"time"

	"pocketpass/store/kv"
)

// Tag is a word that an organisation's passes are marked with. It comes with the
// first pass that has it and stays when the last one loses it.
type Tag struct {
	ID      ID        `json:"id"`
	Org     ID        `json:"org"`
	Name    string    `json:"name"`
	Passes  int64     `json:"passes"` // that have it and are not deleted
	Created time.Time `json:"created"`
}

var tags = table[Tag]{
	name: "tag",
	key:  func(t *Tag) []byte { return t.ID.key() },
	indexes: []index[Tag]{
		{name: tagByOrg, keys: func(t *Tag) [][]byte { return [][]byte{join(t.Org, t.ID)} }},
		{name: tagByName, unique: true, keys: func(t *Tag) [][]byte { return [][]byte{join(t.Org, t.Name)} }},
	},
}

const (
	tagByOrg  kv.Table = "tag_organisation"
	tagByName kv.Table = "tag_name"
)

// TagNamed finds a tag of the organisation.
func (r Reader) TagNamed(org ID, name string) (Tag, error) {
	return tags.find(r.kv, tagByName, join(org, name))
}

// Tag returns a tag of the organisation.
func (r Reader) Tag(org, id ID) (Tag, error) {
	t, err := tags.get(r.kv, id.key())
	return owned(t, err, org, t.Org)
}

// Tags lists the tags of the organisation.
func (r Reader) Tags(org ID, p Page) ([]Tag, ID, error) {
	return tags.list(r.kv, tagByOrg, join(org), p, nil)
}

// DeleteTag forgets a tag. Passes that have it keep it, and bring it back when one is changed.
func (tx Tx) DeleteTag(id ID) error { return tags.remove(tx.kv, id.key()) }

// countTags keeps the number of passes of each tag in step with a pass that changes
// from old, which may be nil, to p.
func (tx Tx) countTags(old, p *Pass) error {
	before, after := tagsOf(old), tagsOf(p)
	for _, name := range after {
		if !slices.Contains(before, name) {
			if err := tx.countTag(p.Org, name, 1); err != nil {
				return err
			}
		}
	}
	for _, name := range before {
		if !slices.Contains(after, name) {
			if err := tx.countTag(p.Org, name, -1); err != nil {
				return err
			}
		}
	}
	return nil
}

func tagsOf(p *Pass) []string {
	if p == nil || !p.Deleted.IsZero() {
		return nil
	}
	return p.Tags
}

func (tx Tx) countTag(org ID, name string, n int64) error {
	t, err := tx.TagNamed(org, name)
	if errors.Is(err, ErrNotFound) {
		t = Tag{Org: org, Name: name, Created: tx.Now}
		t.ID, err = tx.NewID()
	}
	if err != nil {
		return err
	}
	t.Passes = max(0, t.Passes+n)
	return tags.put(tx.kv, &t)
}
