package issuer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// Order asks for a pass.
type Order struct {
	Campaign     store.ID
	Template     store.ID     // zero means the campaign's default
	ExternalID   string       // unique in the organisation, up to 128 characters
	SerialNumber string       // empty means a random UUID
	Token        string       // authentication token; empty means a derived one
	Code         string       // where the campaign's codes come with the orders
	Pinned       bool         // stay at the template revision in force now
	Holder       Holder       // whom it is for
	Expires      *time.Time   // nil leaves it to the campaign, zero means never
	Near         store.Point  // where the holder is at home
	Link         store.ID     // that it comes through, 0 if it is an order of its own
	Origin       string       // how it comes about, other than by an order
	Former       store.Former // of one that moved here, which keeps serial number and token however they are spelt
	PublicID     string       // of the links to such a pass; empty means a random one
	Created      time.Time    // when it was made there; zero means now
	Meta         map[string]string
	LocalID      string            // unique in the campaign
	PublicSerial bool              // its serial number is its public id
	Stand        Standing          // where it is to be from the beginning
	Sealable     bool              // refuse it while no certificate could sign the pass
	Hidden       []string          // keys of fields of the template that the pass does not show
	Places       *Places           // instead of locations of the Document
	Pictures     map[string]Upload // that become images of its own
	Content
	Idempotency Idempotency

	pictures map[string]prepared // the same, prepared
	agreed   *agreement          // what the holder agreed to, if anything
}

// Content is what a pass has of its own.
type Content struct {
	Values   map[string]json.RawMessage // field key to text or number
	Document json.RawMessage            // keys of pass.json over the template's
	Images   map[string]store.ID        // image kind to asset
	Tags     []string
}

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

func (i *Issuer) addPass(tx store.Tx, a Actor, o Order, j judgement) (store.Pass, error) {
	c, err := tx.Campaign(a.Org, o.Campaign)
	if err != nil {
		return store.Pass{}, err
	}
	t, err := templateFor(tx.Reader, c, o.Template)
	if err != nil {
		return store.Pass{}, err
	}
	if o.Former.ID == "" { // else it was issued elsewhere, while that was allowed
		if err := allowed(tx.Reader, c, t); err != nil {
			return store.Pass{}, err
		}
	}
	if err := linkAllows(tx.Reader, a, o); err != nil {
		return store.Pass{}, err
	}
	if t.ID != j.template || t.Published != j.published {
		return store.Pass{}, errOutdated
	}
	p, err := i.newPass(tx, c, t, o, j)
	if err != nil {
		return store.Pass{}, err
	}
	if p.Holder, err = o.Holder.hold(tx, a, j.holder); err != nil {
		return store.Pass{}, err
	}
	if p.Images, err = putAssets(tx, a, p.Images, o.pictures); err != nil {
		return store.Pass{}, err
	}
	if err := tx.AddPass(&p); err != nil {
		return store.Pass{}, whichTaken(tx, a.Org, o, err)
	}
	return p, errors.Join(
		spendCode(tx, c),
		countIssued(tx, c, t),
		happened(tx, a, p, eventCreated, nil),
		throughLink(tx, a, o, p),
		movedIn(tx, p),
		lapseIfOver(tx, p),
	)
}

// whichTaken names the member of the order that another pass holds.
func whichTaken(tx store.Tx, org store.ID, o Order, err error) error {
	if !errors.Is(err, store.ErrExists) {
		return err
	}
	have, lost := tx.PassByFormer(org, o.Former)
	if err := formerTaken("pass", o.Former, have.ID, lost); err != nil {
		return err
	}
	path, what := "/serialNumber", "serial number"
	if _, err := tx.PassByPublicID(o.PublicID); err == nil {
		path, what = "/publicId", "public id"
	}
	if o.LocalID != "" {
		if _, err := tx.PassByLocalID(o.Campaign, o.LocalID); err == nil {
			return localTaken()
		}
	}
	if _, err := tx.PassByExternalID(org, o.ExternalID); err == nil {
		path, what = "/externalId", "external id"
	}
	e := conflict(codeTaken, "the %s is taken by another pass; choose another or change that one", what)
	e.Fields = []FieldError{{Path: path, Msg: e.Msg}}
	return e
}

// newPass is the pass that an order gets, if its campaign's rules let it. It only
// reads: whoever shares the commit has nothing to undo when the order is refused.
func (i *Issuer) newPass(tx store.Tx, c store.Campaign, t store.Template, o Order, j judgement) (p store.Pass, err error) {
	p = o.pass(c, t, tx.Now)
	if err := checkPerson(tx.Reader, c, o.Holder); err != nil {
		return p, err
	}
	if p.Code, err = codeFor(tx.Reader, c, o); err != nil {
		return p, err
	}
	if p.ID, err = tx.NewID(); err != nil {
		return p, err
	}
	if p.Version, err = tx.NextVersion(store.Version{}); err != nil {
		return p, err
	}
	p.Scans, p.Created, p.Updated = j.scans, o.created(tx.Now), tx.Now
	if p.PublicID == "" {
		p.PublicID = newPublicID()
	}
	switch {
	case p.SerialNumber != "": // given
	case o.PublicSerial:
		p.SerialNumber = p.PublicID
	default:
		p.SerialNumber = newSerial()
	}
	if o.Token != "" {
		p.SealedToken = string(i.cfg.Master.Seal(tokenName(p.ID), []byte(o.Token)))
	}
	return p, nil
}

// pass is what an order asks for, issued now: all that its document needs but a
// serial number and a code.
func (o Order) pass(c store.Campaign, t store.Template, now time.Time) store.Pass {
	p := store.Pass{
		Org: c.Org, Campaign: c.ID, Template: t.ID, PassTypeIdentifier: c.PassTypeIdentifier,
		SerialNumber: o.SerialNumber, PublicID: o.PublicID, ExternalID: o.ExternalID, Former: o.Former,
		Values: maps.Clone(o.Values), Patch: o.Document, Images: o.Images, Tags: unique(o.Tags),
		Placed: o.Places != nil, Near: o.Near, Link: o.Link, Origin: o.Origin, Meta: o.Meta, Hidden: o.Hidden, LocalID: o.LocalID, Expires: expires(c.Rules.Expiry, o.created(now)),
	}
	setTime(&p.Expires, o.Expires)
	if o.Pinned {
		p.Pinned = t.Published
	}
	return p
}

// created is when a pass was made that is issued now.
func (o Order) created(now time.Time) time.Time {
	if o.Created.IsZero() || o.Created.After(now) {
		return now
	}
	return moment(o.Created)
}

func unique(tags []string) []string {
	var out []string
	for _, t := range tags {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}
