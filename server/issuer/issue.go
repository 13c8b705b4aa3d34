package issuer

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// Order asks for a pass.
type Order struct {
	Campaign     store.ID
	Template     store.ID // zero means the campaign's default
	ExternalID   string   // unique in the organisation, up to 128 characters
	SerialNumber string   // empty means a random UUID
	Token        string   // authentication token; empty means a derived one
	Pinned       bool     // stay at the template revision in force now
	Content
	Idempotency Idempotency
}

// Content is what a pass has of its own.
type Content struct {
	Values   map[string]json.RawMessage // field key to text or number
	Document json.RawMessage            // keys of pass.json over the template's
	Images   map[string]store.ID        // image kind to asset
	Tags     []string
}

// Limits of what clients may give.
const (
	maxExternalID = 128
	maxTags       = 15
	maxTag        = 64
	maxOwn        = 32 << 10 // bytes of a pass's own values and document
)

var (
	goodSerial = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	goodToken  = regexp.MustCompile(`^[A-Za-z0-9_-]{16,128}$`)
)

// Issue makes a pass. It refuses what a phone would refuse.
func (i *Issuer) Issue(ctx context.Context, a Actor, o Order) (store.Pass, error) {
	if err := checkOrder(o); err != nil {
		return store.Pass{}, err
	}
	for {
		judged, err := i.judgeOrder(ctx, a, o)
		if err != nil {
			return store.Pass{}, fmt.Errorf("issue pass: %w", err)
		}
		var p store.Pass
		err = i.update(ctx, func(tx store.Tx) error {
			id, _, err := i.once(tx, a, o.Idempotency, func() (store.ID, error) { return addPass(tx, a, o, judged) })
			if err == nil {
				p, err = tx.Pass(a.Org, id)
			}
			return err
		})
		if errors.Is(err, errOutdated) {
			continue // the template was published in between: judge again
		}
		if err != nil {
			return store.Pass{}, fmt.Errorf("issue pass: %w", err)
		}
		return p, nil
	}
}

func checkOrder(o Order) error {
	switch {
	case o.SerialNumber != "" && !goodSerial.MatchString(o.SerialNumber):
		return invalid("/serialNumber", "serial_number", "a serial number has up to 64 characters of A-Z a-z 0-9 . _ -")
	case o.Token != "" && !goodToken.MatchString(o.Token):
		return invalid("/authenticationToken", "authentication_token", "an authentication token has 16 to 128 characters of A-Z a-z 0-9 _ -")
	}
	return errors.Join(checkExternalID(o.ExternalID), checkContent(o.Content))
}

func checkExternalID(id string) error {
	if utf8.RuneCountInString(id) > maxExternalID || !printable(id) {
		return invalid("/externalId", "external_id", "an external id has up to %d characters and no control characters", maxExternalID)
	}
	return nil
}

func checkContent(c Content) error {
	size := len(c.Document)
	for k, v := range c.Values {
		size += len(k) + len(v)
	}
	if size > maxOwn {
		return &Error{Kind: TooLarge, Code: "content_large", Msg: fmt.Sprintf("the pass's own content has %d bytes, the limit is %d; put what many passes share into the template", size, maxOwn)}
	}
	if len(c.Tags) > maxTags {
		return invalid("/tags", "too_many_tags", "a pass has up to %d tags", maxTags)
	}
	for n, t := range c.Tags {
		if t == "" || utf8.RuneCountInString(t) > maxTag || !printable(t) {
			return invalid(fmt.Sprintf("/tags/%d", n), "tag", "a tag has 1 to %d characters and no control characters", maxTag)
		}
	}
	if len(c.Document) > 0 {
		return refuseOwnOrState(c.Document)
	}
	return nil
}

func refuseOwnOrState(raw json.RawMessage) error {
	if err := refuseOwn("/document", raw); err != nil {
		return err
	}
	var keys struct {
		Voided json.RawMessage `json:"voided"`
	}
	if json.Unmarshal(raw, &keys) == nil && keys.Voided != nil {
		return invalid("/document/voided", "key_reserved", "void a pass by its own call, not through the document")
	}
	return nil
}

func printable(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return false
		}
	}
	return true
}

var errOutdated = errors.New("the template was published meanwhile")

// judgement is what was checked before the transaction, which must not be slow.
type judgement struct {
	template  store.ID
	published int
}

// judgeOrder finds the template of an order and refuses content that would not work on it.
func (i *Issuer) judgeOrder(ctx context.Context, a Actor, o Order) (j judgement, err error) {
	var d *design
	var found []pkpass.Finding
	err = i.db.View(ctx, func(r store.Reader) error {
		c, err := r.Campaign(a.Org, o.Campaign)
		if err != nil {
			return err
		}
		t, err := templateFor(r, c, o.Template)
		if err != nil {
			return err
		}
		j = judgement{t.ID, t.Published}
		if d, err = i.design(r, a.Org, t.ID, t.Published); err != nil {
			return err
		}
		found, err = i.judge(r, d, store.Pass{Org: a.Org, PassTypeIdentifier: c.PassTypeIdentifier, SerialNumber: "sample", Token: sampleToken,
			Values: o.Values, Patch: o.Document, Images: o.Images})
		return err
	})
	if err != nil {
		return judgement{}, err
	}
	return j, refused(found)
}

// judge checks the document that p would have.
func (i *Issuer) judge(r store.Reader, d *design, p store.Pass) ([]pkpass.Finding, error) {
	doc, err := i.document(d, p, sampleTeam)
	if err != nil {
		if _, ok := errors.AsType[*Error](err); ok {
			return nil, err
		}
		return nil, invalid("/document", "document_malformed", "%v", err)
	}
	var files pkpass.Bundle
	if len(p.Images) > 0 {
		if files, err = filesOf(r, d, p); err != nil {
			return nil, err
		}
	}
	return i.findings(r, d, doc, files), nil
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

func addPass(tx store.Tx, a Actor, o Order, j judgement) (store.ID, error) {
	c, err := tx.Campaign(a.Org, o.Campaign)
	if err != nil {
		return 0, err
	}
	if c.State != store.Active {
		return 0, conflict("campaign_"+string(c.State), "the campaign is %s and issues nothing; activate it first", c.State)
	}
	t, err := templateFor(tx.Reader, c, o.Template)
	if err != nil {
		return 0, err
	}
	if t.ID != j.template || t.Published != j.published {
		return 0, errOutdated
	}
	p, err := newPass(tx, c, t, o)
	if err != nil {
		return 0, err
	}
	return p.ID, errors.Join(
		tx.PutPass(p),
		tx.Count(c.ID, store.CountPasses, 1),
		tx.Count(c.ID, store.CountIssued, 1),
		tx.AddEvent(p.ID, "pass.created", a.By, nil),
	)
}

func newPass(tx store.Tx, c store.Campaign, t store.Template, o Order) (store.Pass, error) {
	id, err := tx.NewID()
	if err != nil {
		return store.Pass{}, err
	}
	v, err := tx.NextVersion(store.Version{})
	if err != nil {
		return store.Pass{}, err
	}
	p := store.Pass{
		ID: id, Org: c.Org, Campaign: c.ID, Template: t.ID, PassTypeIdentifier: c.PassTypeIdentifier,
		SerialNumber: o.SerialNumber, PublicID: newPublicID(), Token: o.Token, ExternalID: o.ExternalID,
		Values: maps.Clone(o.Values), Patch: o.Document, Images: o.Images, Tags: unique(o.Tags),
		Version: v, Created: tx.Now, Updated: tx.Now,
	}
	if p.SerialNumber == "" {
		p.SerialNumber = newSerial()
	}
	if o.Pinned {
		p.Pinned = t.Published
	}
	return p, nil
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

const publicAlphabet = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"

// newPublicID returns 14 random letters and digits, 81 bits, none of them easily
// mistaken for another.
func newPublicID() string {
	out := make([]byte, 0, 14)
	var b [32]byte
	for {
		rand.Read(b[:])
		for _, c := range b {
			if int(c) >= 256-256%len(publicAlphabet) {
				continue // would favour the first letters
			}
			if out = append(out, publicAlphabet[int(c)%len(publicAlphabet)]); len(out) == cap(out) {
				return string(out)
			}
		}
	}
}

// newSerial returns a random UUID (version 4).
func newSerial() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
