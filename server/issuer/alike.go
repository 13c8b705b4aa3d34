package issuer

import (
	"encoding/json"
	"strconv"
	"sync"

	"pocketpass/store"
)

// orderVerdicts judges the orders of a table. On a design without placeholders what is
// shown of a value does not depend on the others, and of a plain text or a whole
// number the checks only see that it is one. So an order with such values, and nothing
// else that is drawn, is as good as one that has a single value of the kind, and that
// is judged once.
type orderVerdicts struct {
	issuer *Issuer
	actor  Actor
	mu     sync.Mutex
	known  map[orderKey]error
}

// orderKey is what the verdict on one value depends on.
type orderKey struct {
	template  store.ID
	published int
	edited    int // of the campaign
	field     string
	kind      valueKind
	size      int // of a text
}

type valueKind byte

const (
	noValue valueKind = iota
	plainText
	wholeNumber
	otherValue // has to be looked at
)

// maxPlain is how long a plain text may be, in bytes.
const maxPlain = 128

// judge is Issuer.judgeOrder.
func (v *orderVerdicts) judge(r store.Reader, o Order) (judgement, error) {
	c, err := r.Campaign(v.actor.Org, o.Campaign)
	if err != nil {
		return judgement{}, err
	}
	t, err := templateFor(r, c, o.Template)
	if err != nil {
		return judgement{}, err
	}
	d, err := v.issuer.design(r, v.actor.Org, t.ID, t.Published)
	if err != nil {
		return judgement{}, err
	}
	if !v.simple(r, c, d, o) {
		return v.issuer.judgeOrder(r, v.actor, o)
	}
	if err := checkRequired(d, store.Pass{Values: o.Values}, anyKey); err != nil {
		return judgement{}, err
	}
	if err := v.each(r, c, t, o); err != nil {
		return judgement{}, err
	}
	return judgement{template: t.ID, published: t.Published}, nil
}

// simple says whether an order is no more than its values, each of which can be judged
// by itself.
func (v *orderVerdicts) simple(r store.Reader, c store.Campaign, d *design, o Order) bool {
	if !d.plan.Idle() || len(o.Document) > 0 || len(o.Images) > 0 || o.Code != "" || c.SignedCodes || c.Rules.Numbering.Kind != "" ||
		o.Expires != nil && !o.Expires.After(r.Now) {
		return false
	}
	for key, raw := range o.Values {
		if !d.plain[key] || kindOfValue(raw) == otherValue {
			return false
		}
	}
	return true
}

// each judges the values of an order one by one, and the order without any.
func (v *orderVerdicts) each(r store.Reader, c store.Campaign, t store.Template, o Order) error {
	alone := Order{Campaign: o.Campaign, Template: o.Template, Expires: o.Expires}
	k := orderKey{template: t.ID, published: t.Published, edited: c.Edited}
	if o.Expires != nil {
		k.size = 1
	}
	if err := v.verdict(r, k, alone); err != nil {
		return err
	}
	alone.Expires = nil
	for key, raw := range o.Values {
		k.field, k.kind, k.size = key, kindOfValue(raw), len(raw)
		alone.Values = map[string]json.RawMessage{key: raw}
		if err := v.verdict(r, k, alone); err != nil {
			return err
		}
	}
	return nil
}

// maxOrderVerdicts bounds the verdicts that are kept.
const maxOrderVerdicts = 10_000

func (v *orderVerdicts) verdict(r store.Reader, k orderKey, o Order) error {
	v.mu.Lock()
	err, judged := v.known[k]
	v.mu.Unlock()
	if judged {
		return err
	}
	_, err = v.issuer.judgeContent(r, v.actor, o, noKey)
	if err != nil && KindOf(err) == Internal {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.known) >= maxOrderVerdicts {
		clear(v.known)
	}
	v.known[k] = err
	return err
}

// kindOfValue tells texts of letters, digits, blanks and a few signs, and whole
// numbers, from what may mean more.
func kindOfValue(raw json.RawMessage) valueKind {
	if len(raw) == 0 || len(raw) > maxPlain {
		return otherValue
	}
	if raw[0] != '"' {
		if _, err := strconv.ParseInt(string(raw), 10, 32); err != nil {
			return otherValue
		}
		return wholeNumber
	}
	for _, c := range raw[1 : len(raw)-1] {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == ' ', c == '-', c == '.', c == ',':
		default:
			return otherValue
		}
	}
	return plainText
}
