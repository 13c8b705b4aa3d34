package issuer

import (
	"context"
	"fmt"
	"slices"

	"pocketpass/store"
)

// Tagging says which tags to add and to take away.
type Tagging struct {
	Add, Remove []string
}

// Tag adds and removes tags of a pass. added and removed list those that made a
// difference. Phones see nothing of it. A pass that is invalid is a Conflict.
func (i *Issuer) Tag(ctx context.Context, a Actor, id store.ID, t Tagging) (p store.Pass, added, removed []string, err error) {
	if err := checkTags("/add", t.Add); err != nil {
		return p, nil, nil, err
	}
	err = i.update(ctx, func(tx store.Tx) error {
		before, err := tx.Pass(a.Org, id)
		if err != nil {
			return err
		}
		p = before
		_, err = t.save(tx, a, &p)
		added, removed = without(p.Tags, before.Tags), without(before.Tags, p.Tags)
		return err
	})
	if err != nil {
		return store.Pass{}, nil, nil, fmt.Errorf("tag pass: %w", err)
	}
	return p, added, removed, nil
}

// of are the tags that p comes to have.
func (t Tagging) of(p store.Pass) []string {
	return unique(append(without(p.Tags, t.Remove), t.Add...))
}

// without are the tags that are not among others.
func without(tags, others []string) []string {
	return slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return slices.Contains(others, tag) })
}

// save writes p with other tags, if they are others.
func (t Tagging) save(tx store.Tx, a Actor, p *store.Pass) (changed bool, err error) {
	if err := alterable(tx.Reader, p); err != nil {
		return false, err
	}
	tags := t.of(*p)
	if slices.Equal(tags, p.Tags) {
		return false, nil
	}
	if err := checkTags("/add", tags); err != nil {
		return false, err
	}
	p.Tags = tags
	return true, saveUnseen(tx, a, p, eventUpdated, nil)
}

// TagList is one page of tags.
type TagList struct {
	Tags []store.Tag
	Next store.ID
}

// Tags lists the organisation's tags.
func (i *Issuer) Tags(ctx context.Context, a Actor, p store.Page) (l TagList, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		l.Tags, l.Next, err = r.Tags(a.Org, p)
		return err
	})
	return l, err
}

// TagNamed finds a tag by its name.
func (i *Issuer) TagNamed(ctx context.Context, a Actor, name string) (t store.Tag, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		t, err = r.TagNamed(a.Org, name)
		return err
	})
	return t, err
}

// Untagged says that a job for the passes with a tag is for none, and what to do. It is
// nil if one has the tag, and for no tag.
func (i *Issuer) Untagged(ctx context.Context, a Actor, tag string) (s *Silence, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		s, err = untagged(r, a.Org, tag)
		return err
	})
	return s, err
}

func untagged(r store.Reader, org store.ID, tag string) (*Silence, error) {
	if tag == "" {
		return nil, nil
	}
	t, err := r.TagNamed(org, tag)
	if err = except(err, store.ErrNotFound); err != nil || t.Passes > 0 {
		return nil, err
	}
	return &Silence{Reason: fmt.Sprintf("no pass has the tag %q", tag), Remedy: "look among the tags that there are, or tag passes first, and start it again"}, nil
}
