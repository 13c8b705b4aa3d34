package issuer

import (
	"encoding/json"
	"maps"
	"sync"

	"pocketpass/store"
)

// verdicts judges one change of many passes. Whether a phone would take the values
// that a change gives, and whether it could tell the difference, does not depend on
// the other values of the pass: those were judged when they came. So passes that
// have the same where the change is, and nothing but values of their own, are judged
// together; not those of a design or of places with texts that many values make.
type verdicts struct {
	issuer *Issuer
	change Change
	keys   []string // of the values of the change, sorted
	mu     sync.Mutex
	known  map[verdictKey]verdict
}

// verdictKey is what a verdict depends on.
type verdictKey struct {
	campaign, template store.ID
	published, pinned  int
	state              store.CampaignState
	void, messaged     bool
	redeemed           bool        // which the design may show
	expires            int64       // what the change replaces, in Unix milliseconds
	near               store.Point // what the change replaces
	before             string      // values that the change replaces
}

type verdict struct {
	visible bool
	err     error
}

// maxVerdicts bounds the verdicts that are kept; each has some hundred bytes.
const maxVerdicts = 10_000

// judge is Issuer.judgeChange.
func (v *verdicts) judge(r store.Reader, p *store.Pass) (edit, error) {
	if p.IsFile() || !v.alike(p) {
		return v.issuer.judgeChange(r, p, v.change)
	}
	t, err := r.Template(p.Org, p.Template)
	if err != nil {
		return edit{}, err
	}
	c, err := r.Campaign(p.Org, p.Campaign)
	if err != nil {
		return edit{}, err
	}
	e, err := editOf(p, t, v.change)
	if err != nil || !e.changed {
		return e, err
	}
	if d, err := v.issuer.designOf(r, *p); err != nil || !d.plan.Idle() || c.Placed {
		return v.issuer.judgeChange(r, p, v.change)
	}
	one, err := v.verdict(r, p, v.key(p, t, c))
	if err != nil {
		return edit{}, err
	}
	e.visible, e.laid = one.visible, store.LayPass(e.before, e.after)
	return e, one.err
}

func (v *verdicts) key(p *store.Pass, t store.Template, c store.Campaign) verdictKey {
	k := verdictKey{campaign: p.Campaign, template: p.Template, published: t.Published, pinned: p.Pinned, state: c.State,
		void: !p.Voided.IsZero(), messaged: p.Message != "", redeemed: p.Account.Uses > 0, before: v.replaced(p)}
	if v.change.Expires != nil {
		k.expires = p.Expires.UnixMilli()
	}
	if v.change.Near != nil {
		k.near = p.Near
	}
	return k
}

// alike says whether the verdict on p can be that on others too.
func (v *verdicts) alike(p *store.Pass) bool {
	ch := v.change
	return ch.Document == nil && ch.Images == nil && ch.Pinned == nil && ch.Hidden == nil && ch.Template == 0 && p.Invalid.IsZero() &&
		len(p.Patch) == 0 && len(p.Hidden) == 0 && len(p.Images) == 0 && p.Holder == 0 && p.Personalized.IsZero()
}

// replaced are the values of p that the change replaces, in the order of their keys.
func (v *verdicts) replaced(p *store.Pass) string {
	var out []byte
	for _, key := range v.keys {
		out = append(append(out, p.Values[key]...), 0)
	}
	return string(out)
}

// verdict judges p with no other values than those that the change replaces, unless
// a pass like it was judged before.
func (v *verdicts) verdict(r store.Reader, p *store.Pass, k verdictKey) (verdict, error) {
	v.mu.Lock()
	known, ok := v.known[k]
	v.mu.Unlock()
	if ok {
		return known, nil
	}
	bare := *p
	bare.Values = maps.Clone(p.Values)
	maps.DeleteFunc(bare.Values, func(key string, _ json.RawMessage) bool { _, changes := v.change.Values[key]; return !changes })
	e, err := v.issuer.judgeChange(r, &bare, v.change)
	if err != nil && KindOf(err) == Internal {
		return verdict{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.known) >= maxVerdicts {
		clear(v.known)
	}
	v.known[k] = verdict{e.visible, err}
	return v.known[k], nil
}
