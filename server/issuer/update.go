package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// Change says what to change of a pass. Values merge by field key, a JSON null
// takes a value back to the template's; the other members replace what the pass
// had when they are not nil.
type Change struct {
	Values   map[string]json.RawMessage
	Document *json.RawMessage // null takes it away
	Images   map[string]store.ID
	Tags     *[]string
	Pinned   *bool
	IfMatch  *int
}

// Update changes a pass and tells its devices, unless nothing changed that they
// could see.
func (i *Issuer) Update(ctx context.Context, a Actor, id store.ID, ch Change) (store.Pass, error) {
	return i.updatePass(ctx, a, ch, func(r store.Reader) (store.Pass, error) { return r.Pass(a.Org, id) })
}

func (i *Issuer) updatePass(ctx context.Context, a Actor, ch Change, find func(store.Reader) (store.Pass, error)) (store.Pass, error) {
	if err := checkContent(ch.content()); err != nil {
		return store.Pass{}, err
	}
	for {
		var before, after store.Pass
		err := i.db.View(ctx, func(r store.Reader) (err error) {
			if before, err = find(r); err != nil {
				return err
			}
			if err := unchanged(ch.IfMatch, before.Edited); err != nil {
				return err
			}
			after, err = i.judgeChange(r, before, ch)
			return err
		})
		if err != nil {
			return store.Pass{}, fmt.Errorf("update pass: %w", err)
		}
		err = i.update(ctx, func(tx store.Tx) error {
			after.Edited = before.Edited
			return savePass(tx, a, before, &after)
		})
		if errors.Is(err, errOutdated) {
			continue
		}
		if err != nil {
			return store.Pass{}, fmt.Errorf("update pass: %w", err)
		}
		i.tell(after)
		return after, nil
	}
}

func (ch Change) content() Content {
	c := Content{Values: ch.Values}
	if ch.Document != nil && string(*ch.Document) != "null" {
		c.Document = *ch.Document
	}
	if ch.Tags != nil {
		c.Tags = *ch.Tags
	}
	return c
}

// judgeChange returns the pass as it would be, if a phone would take it.
func (i *Issuer) judgeChange(r store.Reader, p store.Pass, ch Change) (store.Pass, error) {
	t, err := r.Template(p.Org, p.Template)
	if err != nil {
		return p, err
	}
	p = applyChange(p, t, ch)
	if err := checkContent(Content{Values: p.Values, Document: p.Patch, Tags: p.Tags}); err != nil {
		return p, err
	}
	d, err := i.designOf(r, p)
	if err != nil {
		return p, err
	}
	found, err := i.judge(r, d, p)
	if err != nil {
		return p, err
	}
	return p, refused(found)
}

func applyChange(p store.Pass, t store.Template, ch Change) store.Pass {
	p.Values = maps.Clone(p.Values)
	for key, v := range ch.Values {
		if string(v) == "null" {
			delete(p.Values, key)
			continue
		}
		if p.Values == nil {
			p.Values = make(map[string]json.RawMessage)
		}
		p.Values[key] = v
	}
	if ch.Document != nil {
		p.Patch = ch.content().Document
	}
	if ch.Images != nil {
		p.Images = ch.Images
	}
	if ch.Tags != nil {
		p.Tags = unique(*ch.Tags)
	}
	if ch.Pinned != nil {
		p.Pinned = 0
		if *ch.Pinned {
			p.Pinned = t.Published
		}
	}
	return p
}

// savePass writes p, which was derived from before, unless the pass changed in
// between. If phones can see the change it gets a new version and its devices
// are queued for a push, all in one commit.
func savePass(tx store.Tx, a Actor, before store.Pass, p *store.Pass) error {
	now, err := tx.Pass(a.Org, before.ID)
	if err != nil {
		return err
	}
	if now.Edited != before.Edited {
		return errOutdated
	}
	if same(before, *p) {
		return nil
	}
	p.Edited++
	p.Updated = tx.Now
	if !looksSame(before, *p) {
		if err := announce(tx, p); err != nil {
			return err
		}
	}
	return errors.Join(tx.PutPass(*p), tx.AddEvent(p.ID, "pass.updated", a.By, nil))
}

// announce gives p a new version and queues a push to each of its devices.
func announce(tx store.Tx, p *store.Pass) error {
	prev, err := tx.EffectiveVersion(*p)
	if err != nil {
		return err
	}
	if p.Version, err = tx.NextVersion(prev); err != nil {
		return err
	}
	devices, err := tx.RegistrationsOfPass(p.ID)
	for _, g := range devices {
		if err == nil {
			err = queueFor(tx, g, p.Version.Revision)
		}
	}
	return err
}

func queueFor(tx store.Tx, g store.Registration, revision uint64) error {
	d, err := tx.Device(g.PassTypeIdentifier, g.Library)
	if err != nil {
		return err
	}
	return tx.QueuePush(d.PassTypeIdentifier, d.PushToken, revision)
}

// same says whether nothing at all differs.
func same(a, b store.Pass) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// looksSame says whether no phone could tell the difference.
func looksSame(a, b store.Pass) bool {
	b.Tags, b.ExternalID = a.Tags, a.ExternalID
	return same(a, b)
}

// Void marks a pass void, or takes that back, and tells its devices. Doing it
// again changes nothing.
func (i *Issuer) Void(ctx context.Context, a Actor, id store.ID, voided bool) (store.Pass, error) {
	var p store.Pass
	err := i.update(ctx, func(tx store.Tx) (err error) {
		if p, err = tx.Pass(a.Org, id); err != nil || voided == !p.Voided.IsZero() {
			return err
		}
		event := "pass.voided"
		p.Voided = tx.Now
		if !voided {
			p.Voided, event = zeroTime, "pass.unvoided"
		}
		p.Edited++
		p.Updated = tx.Now
		return errors.Join(announce(tx, &p), tx.PutPass(p), tx.AddEvent(p.ID, event, a.By, nil))
	})
	if err != nil {
		return store.Pass{}, fmt.Errorf("void pass: %w", err)
	}
	i.tell(p)
	return p, nil
}

// Delete withdraws a pass: it is gone for everyone but the phones that have it.
// They get one last push and are served a void version until they unregister,
// for nothing can be deleted on a phone. Its external id is free again.
func (i *Issuer) Delete(ctx context.Context, a Actor, id store.ID, ifMatch *int) error {
	err := i.update(ctx, func(tx store.Tx) error {
		p, err := tx.Pass(a.Org, id)
		if err != nil {
			return err
		}
		if err := unchanged(ifMatch, p.Edited); err != nil {
			return err
		}
		p.Deleted, p.Updated = tx.Now, tx.Now
		p.Edited++
		return errors.Join(announce(tx, &p), tx.PutPass(p),
			tx.Count(p.Campaign, store.CountPasses, -1), tx.AddEvent(p.ID, "pass.deleted", a.By, nil))
	})
	if err != nil {
		return fmt.Errorf("delete pass: %w", err)
	}
	return nil
}

// Upsert issues a pass under an external id, or changes the one that has it.
// created says which.
func (i *Issuer) Upsert(ctx context.Context, a Actor, o Order) (p store.Pass, created bool, err error) {
	if o.ExternalID == "" {
		return store.Pass{}, false, invalid("/externalId", "external_id", "give the external id to look for")
	}
	if err := checkExternalID(o.ExternalID); err != nil {
		return store.Pass{}, false, err
	}
	find := func(r store.Reader) (store.Pass, error) {
		p, err := r.PassByExternalID(a.Org, o.ExternalID)
		if err == nil && p.Campaign != o.Campaign {
			return p, conflict("external_id_elsewhere", "the pass with this external id belongs to another campaign; choose another id")
		}
		return p, err
	}
	for {
		p, err = i.updatePass(ctx, a, o.change(), find)
		if !errors.Is(err, store.ErrNotFound) {
			return p, false, err
		}
		p, err = i.Issue(ctx, a, o)
		if e, ok := errors.AsType[*Error](err); ok && e.Code == codeTaken {
			continue // somebody else issued it in between
		}
		return p, err == nil, err
	}
}

func (o Order) change() Change {
	ch := Change{Values: o.Values, Images: o.Images}
	if o.Document != nil {
		ch.Document = &o.Document
	}
	if o.Tags != nil {
		ch.Tags = &o.Tags
	}
	return ch
}

// designOf is the design that p shows: pinned, or in force.
func (i *Issuer) designOf(r store.Reader, p store.Pass) (*design, error) {
	number := p.Pinned
	if number == 0 {
		t, err := r.Template(p.Org, p.Template)
		if err != nil {
			return nil, err
		}
		number = t.Published
	}
	return i.design(r, p.Org, p.Template, number)
}

// Document returns pass.json of a pass as it would be signed now, and what the
// checks say of it.
func (i *Issuer) Document(ctx context.Context, a Actor, id store.ID) (doc *pkpass.Document, found []pkpass.Finding, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		p, err := r.Pass(a.Org, id)
		if err != nil {
			return err
		}
		d, err := i.designOf(r, p)
		if err != nil {
			return err
		}
		var files pkpass.Bundle
		if doc, files, err = i.assemble(r, p); err != nil {
			return err
		}
		found = i.findings(r, d, doc, files)
		return nil
	})
	return doc, found, err
}

// assemble is everything of p that is to be sealed, without pass.json's bytes.
func (i *Issuer) assemble(r store.Reader, p store.Pass) (*pkpass.Document, pkpass.Bundle, error) {
	d, err := i.designOf(r, p)
	if err != nil {
		return nil, nil, err
	}
	team := ""
	if id, err := i.identity(r, p.PassTypeIdentifier); err == nil {
		team = id.TeamIdentifier
	}
	doc, err := i.document(d, p, team)
	if err != nil {
		return nil, nil, err
	}
	files, err := filesOf(r, d, p)
	return doc, files, err
}
