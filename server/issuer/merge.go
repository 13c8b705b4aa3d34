package issuer

import (
	"context"
	"encoding/json"
	"slices"

	"pocketpass/signer/pkpass"
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

// Merging says what passes lose of what they have for themselves when they come to the
// revision in force.
type Merging struct {
	Labels    bool // of fields of the template, their own values of its fixed ones, and what hides others
	Locations bool
	Beacons   bool
	Expires   bool // the end, unless their own document has one
}

func mergeSpec(n NewJob) ([]byte, error) {
	if n.Merging == nil {
		return nil, nil
	}
	return json.Marshal(n.Merging)
}

// openMerge moves pinned passes to the revision in force; they stay pinned.
func openMerge(i *Issuer, j store.Job) (work, error) {
	var m Merging
	if len(j.Spec) > 0 {
		var err error
		if m, err = readSpec[Merging](j); err != nil {
			return nil, err
		}
	}
	return editing(j, func(r store.Reader, p *store.Pass) (edit, error) {
		if p.Pinned == 0 {
			return edit{before: p, after: p}, nil
		}
		ch, err := i.merging(r, *p, m)
		if err != nil {
			return edit{}, err
		}
		return i.judgeChange(r, p, ch)
	}), nil
}

// merging is the change that brings p to the revision in force.
func (i *Issuer) merging(r store.Reader, p store.Pass, m Merging) (ch Change, err error) {
	pinned := true
	ch.Pinned = &pinned
	if m == (Merging{}) {
		return ch, nil
	}
	t, err := r.Template(p.Org, p.Template)
	if err != nil {
		return ch, err
	}
	d, err := i.design(r, p.Org, t.ID, t.Published)
	if err != nil {
		return ch, err
	}
	own := new(pkpass.Document)
	if len(p.Patch) > 0 {
		if own, err = parseDocument("/document", p.Patch); err != nil {
			return ch, err
		}
	}
	if m.Expires && own.ExpirationDate == "" {
		c, err := r.Campaign(p.Org, p.Campaign)
		if err != nil {
			return ch, err
		}
		ends := expires(c.Rules.Expiry, p.Created)
		ch.Expires, ch.ruled = &ends, true
	}
	if m.Labels {
		ch.Hidden = &[]string{}
	}
	ch.Values = m.clean(own, d, p)
	patch, err := patchOf(own)
	ch.Document = &patch
	return ch, err
}

// clean takes away from a pass's own document what a merge overwrites, and returns the
// values that change with it.
func (m Merging) clean(own *pkpass.Document, d *design, p store.Pass) map[string]json.RawMessage {
	if m.Locations {
		own.Locations = nil
	}
	if m.Beacons {
		own.Beacons = nil
	}
	values := make(map[string]json.RawMessage)
	if !m.Labels {
		return values
	}
	for key := range p.Values {
		if d.fields[key].Fixed {
			values[key] = json.RawMessage("null")
		}
	}
	for _, style := range own.Styles() {
		for _, group := range style.Groups() {
			*group = slices.DeleteFunc(*group, func(f pkpass.Field) bool { return overwritten(f, d, p, values) })
		}
	}
	return values
}

// overwritten says whether a pass loses a field of its own: one that the template has now,
// of which at most a value stays, or what was only a label for one that it had.
func overwritten(f pkpass.Field, d *design, p store.Pass, values map[string]json.RawMessage) bool {
	has := f.Value != (pkpass.Value{})
	if !hasField(d.document, f.Key) {
		return !has
	}
	if _, given := p.Values[f.Key]; has && !given && !d.fields[f.Key].Fixed {
		if raw, err := json.Marshal(f.Value); err == nil {
			values[f.Key] = raw
		}
	}
	return true
}

// patchOf is a pass's own document as it is kept; null if nothing is left of it.
func patchOf(own *pkpass.Document) (json.RawMessage, error) {
	raw, err := own.Encode()
	if err != nil || string(raw) == "{}" {
		return json.RawMessage("null"), err
	}
	return raw, nil
}
