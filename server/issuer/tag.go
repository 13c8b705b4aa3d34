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
// difference. Phones see nothing of it.
func (i *Issuer) Tag(ctx context.Context, a Actor, id store.ID, t Tagging) (p store.Pass, added, removed []string, err error) {
	if err := checkTags("/add", t.Add); err != nil {
		return p, nil, nil, err
	}
	err = i.update(ctx, func(tx store.Tx) (err error) {
		if p, err = tx.Pass(a.Org, id); err != nil {
			return err
		}
		added, removed, err = retag(tx, a, &p, t)
		return err
	})
	if err != nil {
		return store.Pass{}, nil, nil, fmt.Errorf("tag pass: %w", err)
	}
	return p, added, removed, nil
}

// retag writes p with other tags, if they are others.
func retag(tx store.Tx, a Actor, p *store.Pass, t Tagging) (added, removed []string, err error) {
	var all []string
	for _, have := range p.Tags {
		if slices.Contains(t.Remove, have) {
			removed = append(removed, have)
		} else {
			all = append(all, have)
		}
	}
	for _, want := range unique(t.Add) {
		if !slices.Contains(all, want) {
			added, all = append(added, want), append(all, want)
		}
	}
	if len(added)+len(removed) == 0 {
		return nil, nil, nil
	}
	if err := checkTags("/add", all); err != nil {
		return nil, nil, err
	}
	p.Tags = all
	return added, removed, saveUnseen(tx, a, p, eventUpdated, nil)
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

// untagBatch is how many passes lose a tag in one commit.
const untagBatch = 100

// ClearTag takes a tag from all passes and says from how many. With forget the tag
// itself goes too. It can be repeated if it was interrupted.
func (i *Issuer) ClearTag(ctx context.Context, a Actor, name string, forget bool) (passes int, err error) {
	for done := false; !done; {
		n := 0
		err := i.update(ctx, func(tx store.Tx) error {
			t, err := tx.TagNamed(a.Org, name)
			if err != nil {
				return err
			}
			marked, next, err := tx.Passes(store.PassFilter{Org: a.Org, Tag: name}, store.Page{Limit: untagBatch})
			if err != nil {
				return err
			}
			for k := range marked {
				if _, _, err := retag(tx, a, &marked[k], Tagging{Remove: []string{name}}); err != nil {
					return err
				}
			}
			n, done = len(marked), next == 0
			if done && forget {
				err = tx.DeleteTag(t.ID)
			}
			return err
		})
		if err != nil {
			return passes, fmt.Errorf("clear tag: %w", err)
		}
		passes += n
	}
	return passes, nil
}
