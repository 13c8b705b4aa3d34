package issuer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// Issue makes a pass. It refuses what a phone would refuse. A repeated order gives
// the pass that it made, whatever would be said of it now.
func (i *Issuer) Issue(ctx context.Context, a Actor, o Order) (p store.Pass, err error) {
	if o, err = o.checked(); err != nil {
		return store.Pass{}, err
	}
	if o.pictures, err = i.prepareImages(ctx, "/images", o.Pictures); err != nil {
		return store.Pass{}, err
	}
	err = unlessOutdated(ctx, func() error { // by a publication of the template
		p, err = i.issue(ctx, a, o)
		return err
	})
	if err != nil {
		return store.Pass{}, fmt.Errorf("issue pass: %w", err)
	}
	return p, nil
}

func (i *Issuer) issue(ctx context.Context, a Actor, o Order) (p store.Pass, err error) {
	p, replayed, err := i.issued(ctx, a, o)
	if replayed || err != nil {
		return p, err
	}
	var judged judgement
	err = i.db.View(ctx, func(r store.Reader) error {
		if o.Places != nil {
			if o, err = i.placeOrder(r, a, o); err != nil {
				return err
			}
		}
		judged, err = i.judgeOrder(r, a, o)
		return err
	})
	if err != nil {
		return store.Pass{}, err
	}
	err = i.db.Update(ctx, func(tx store.Tx) error {
		id, replayed, err := i.once(tx, a, o.Idempotency, func() (id store.ID, err error) {
			p, err = i.addStanding(tx, a, o, judged)
			return p.ID, err
		})
		if replayed && err == nil {
			p, err = tx.Pass(a.Org, id)
		}
		return err
	})
	if err == nil && len(judged.holder.showing) > 0 { // a new pass is on no phone
		i.wake()
	}
	return p, taken(err)
}

// issued is the pass that the same order made before.
func (i *Issuer) issued(ctx context.Context, a Actor, o Order) (p store.Pass, replayed bool, err error) {
	if o.Idempotency.Key == "" {
		return p, false, nil
	}
	err = i.db.View(ctx, func(r store.Reader) error {
		id, found, err := remembered(r, a, o.Idempotency)
		if replayed = found; err != nil || !found {
			return err
		}
		p, err = r.Pass(a.Org, id)
		return err
	})
	return p, replayed, err
}

// judgement is what was checked before the transaction, which must not be slow.
type judgement struct {
	template  store.ID
	published int
	scans     []string // in the barcodes of its own document
	holder    acquaintance
}

// judgeOrder finds the template of an order and refuses content that would not work on it.
func (i *Issuer) judgeOrder(r store.Reader, a Actor, o Order) (judgement, error) {
	return i.judgeContent(r, a, o, anyKey)
}

// judgeContent is judgeOrder that asks for required values of some fields only.
func (i *Issuer) judgeContent(r store.Reader, a Actor, o Order, required func(key string) bool) (judgement, error) {
	c, err := r.Campaign(a.Org, o.Campaign)
	if err != nil {
		return judgement{}, err
	}
	t, err := templateFor(r, c, o.Template)
	if err != nil {
		return judgement{}, err
	}
	d, err := i.design(r, a.Org, t.ID, t.Published)
	if err != nil {
		return judgement{}, err
	}
	if o.Sealable {
		if _, err := i.identity(r, c.PassTypeIdentifier); err != nil {
			return judgement{}, err
		}
	}
	p := o.pass(c, t, r.Now)
	p.SerialNumber = cmp.Or(p.SerialNumber, sampleSerial)
	if p.Code, err = sampleCode(r, c, o); err != nil {
		return judgement{}, err
	}
	s, err := subjectOf(r, p)
	if err != nil {
		return judgement{}, err
	}
	j := judgement{template: t.ID, published: t.Published, scans: scansOf(o.Document)}
	if s.holder, j.holder, err = i.acquaint(r, a.Org, o.Holder); err != nil {
		return judgement{}, err
	}
	if err := checkRequired(d, s.pass, required); err != nil {
		return judgement{}, err
	}
	_, found, err := i.judge(r, d, s, o.Values)
	if err != nil {
		return judgement{}, err
	}
	return j, refused(found)
}

// judge makes and checks the document that a pass would have, of which the client
// gives some values now.
func (i *Issuer) judge(r store.Reader, d *design, s subject, given map[string]json.RawMessage) (*pkpass.Document, []pkpass.Finding, error) {
	x, err := i.render(d, s, sampleTeam)
	if err != nil {
		return nil, nil, invalid("/document", "document_malformed", "%v", err)
	}
	if err := checkValues(d, x.doc, s.pass, given); err != nil {
		return nil, nil, err
	}
	found, err := i.verdict(r, d, s.pass, x)
	return x.doc, found, err
}

// templateFor is the template that a campaign issues from.
func templateFor(r store.Reader, c store.Campaign, wanted store.ID) (store.Template, error) {
	id := c.Template
	if wanted != 0 {
		id = wanted
	}
	if id == 0 {
		return store.Template{}, conflict("template_missing", "the campaign has no template; create one and publish it")
	}
	t, err := r.Template(c.Org, id)
	if err == nil && t.Campaign != c.ID {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Template{}, missing(err, "/template", "template")
	}
	if t.Published == 0 {
		return store.Template{}, conflict("template_unpublished", "the template %q was never published; publish it first", t.Name)
	}
	return t, nil
}
