package issuer

import (
	"context"
	"encoding/json"

	"pocketpass/store"
)

// MergeTemplate starts a job that brings the pinned passes of a template to the
// revision in force, where they stay.
func (i *Issuer) MergeTemplate(ctx context.Context, a Actor, id store.ID, once Idempotency) (j store.Job, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		_, err := r.Template(a.Org, id)
		return err
	})
	if err != nil {
		return j, err
	}
	return i.StartJob(ctx, a, NewJob{Kind: KindMerge, Template: id, Idempotency: once})
}

// MergeCampaign is MergeTemplate for all templates of a campaign.
func (i *Issuer) MergeCampaign(ctx context.Context, a Actor, id store.ID, once Idempotency) (j store.Job, err error) {
	if _, err := i.Campaign(ctx, a, id); err != nil {
		return j, err
	}
	return i.StartJob(ctx, a, NewJob{Kind: KindMerge, Campaign: id, Idempotency: once})
}

// merged are the values that p keeps when it comes to stay at another revision of
// its template, or to stay at one at all: its own, but for those that the template
// decides there. What the same change gives counts.
func merged(d *design, p store.Pass, given map[string]json.RawMessage) map[string]json.RawMessage {
	if !d.hasFixed {
		return p.Values
	}
	out := withoutFixed(d, p.Values)
	for key, raw := range given {
		if string(raw) != "null" {
			out[key] = raw
		}
	}
	return out
}
