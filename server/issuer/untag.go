package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"pocketpass/store"
)

const (
	// untagAtOnce is how many passes lose a tag within a request. More do by a job.
	untagAtOnce = 1000

	// untagBatch is how many do in one commit.
	untagBatch = 100
)

// Cleared is what became of a tag.
type Cleared struct {
	Passes int        // that have lost it
	Job    *store.Job // that takes it from all others; nil if there are none
}

// ClearTag takes a tag from all passes, the invalid ones too, and forgets it. If more
// than 1,000 have it, a job does. It can be repeated if it was interrupted.
func (i *Issuer) ClearTag(ctx context.Context, a Actor, name string) (c Cleared, err error) {
	return i.clearTag(ctx, a, name, forgotten)
}

// EmptyTag is ClearTag that does not forget the tag.
func (i *Issuer) EmptyTag(ctx context.Context, a Actor, name string) (c Cleared, err error) {
	return i.clearTag(ctx, a, name, kept)
}

// What becomes of a tag that no pass has any more.
const (
	forgotten = false
	kept      = true
)

func (i *Issuer) clearTag(ctx context.Context, a Actor, name string, stays bool) (c Cleared, err error) {
	t, err := i.TagNamed(ctx, a, name)
	if err == nil && t.Passes > untagAtOnce {
		c.Job, err = i.startUntagging(ctx, a, t, stays)
	} else if err == nil {
		c.Passes, err = i.untagAll(ctx, a, name, stays)
	}
	if err != nil {
		return c, fmt.Errorf("clear tag: %w", err)
	}
	return c, nil
}

func (i *Issuer) untagAll(ctx context.Context, a Actor, name string, stays bool) (passes int, err error) {
	for done := false; !done; {
		n := 0
		err := i.update(ctx, func(tx store.Tx) error {
			marked, next, err := tx.Passes(store.PassFilter{Org: a.Org, Tag: name}, store.Page{Limit: untagBatch})
			for k := range marked {
				err = errors.Join(err, untag(tx, a, &marked[k], name))
			}
			n, done = len(marked), next == 0
			if done && err == nil && !stays {
				err = forgetTag(tx, a.Org, name)
			}
			return err
		})
		if err != nil {
			return passes, err
		}
		passes += n
	}
	return passes, nil
}

// untag takes a tag from p whatever may be changed of p besides: the tag is to go.
func untag(tx store.Tx, a Actor, p *store.Pass, name string) error {
	p.Tags = without(p.Tags, []string{name})
	return saveUnseen(tx, a, p, eventUpdated, nil)
}

// forgetTag forgets a tag that no pass has.
func forgetTag(tx store.Tx, org store.ID, name string) error {
	t, err := tx.TagNamed(org, name)
	if err != nil || t.Passes > 0 {
		return except(err, store.ErrNotFound)
	}
	return tx.DeleteTag(t.ID)
}

func (i *Issuer) startUntagging(ctx context.Context, a Actor, t store.Tag, stays bool) (*store.Job, error) {
	d := jobDraft{job: store.Job{Kind: KindUntag, State: store.JobWaiting, Source: store.Source{From: store.Filtered, Tag: t.Name}, Total: t.Passes}}
	if stays {
		d.job.Spec = keptTag
	}
	var j store.Job
	err := i.update(ctx, func(tx store.Tx) error {
		id, err := d.add(tx, a)
		if err == nil {
			j, err = tx.Job(a.Org, id)
		}
		return err
	})
	i.rouse()
	return &j, err
}

// keptTag is the spec of a job that does not forget the tag.
var keptTag = json.RawMessage(`"keep"`)

// untagging is work that takes a tag from all passes that have it.
type untagging struct{ overPasses }

func openUntag(_ *Issuer, j store.Job) (work, error) {
	return untagging{overPasses{j, func(_ store.Reader, p *store.Pass) (apply, error) {
		return func(tx store.Tx) (store.Pass, bool, error) {
			p, err := tx.Pass(j.Org, p.ID)
			if err != nil {
				return p, false, err
			}
			return p, true, untag(tx, actorOf(j), &p, j.Source.Tag)
		}, nil
	}}}, nil
}

// finish forgets the tag, if it should, unless passes were given it since the job was
// accepted.
func (untagging) finish(tx store.Tx, j *store.Job) (again bool, err error) {
	if string(j.Spec) == string(keptTag) {
		return false, nil
	}
	return false, forgetTag(tx, j.Org, j.Source.Tag)
}
