package store

import (
	"bytes"

	"pocketpass/store/kv"
)

// recent is what a transaction looked up last, for those that deal with one pass of a
// campaign after the other. Whoever changes what it holds has it forgotten.
type recent struct {
	campaign     looked[ID, *Campaign]
	template     looked[ID, *Template]
	receivers    looked[audience, []Endpoint]
	unregistered gap
}

// looked is what was found under a key.
type looked[K comparable, T any] struct {
	known bool
	key   K
	value T
}

// or returns what is known under key, or else what look finds.
func (l *looked[K, T]) or(key K, look func() (T, error)) (T, error) {
	if l.known && l.key == key {
		return l.value, nil
	}
	v, err := look()
	if err == nil {
		*l = looked[K, T]{true, key, v}
	}
	return v, err
}

// audience is whose events receivers get.
type audience struct{ org, campaign ID }

// gap is a run of ids, from included and to not, of which none is in a table.
type gap struct{ from, to ID }

func (g gap) has(id ID) bool { return g.from <= id && id < g.to }

func (r *recent) forget() { *r = recent{} }

// campaign returns a campaign of any organisation, which nobody may change.
func (r Reader) campaign(id ID) (*Campaign, error) {
	return r.recent.campaign.or(id, func() (*Campaign, error) { return r.memo.campaigns.get(r.kv, id.key()) })
}

// template returns a template of any organisation, which nobody may change.
func (r Reader) template(id ID) (*Template, error) {
	return r.recent.template.or(id, func() (*Template, error) { return r.memo.templates.get(r.kv, id.key()) })
}

// RegistrationsOfPass lists the devices that registered for a pass.
func (r Reader) RegistrationsOfPass(pass ID) (out []Registration, err error) {
	if r.recent.unregistered.has(pass) {
		return nil, nil
	}
	after, prefix := MaxID, pass.key()
	err = r.kv.Scan(registrations.name, kv.Range{From: prefix}, func(key, value []byte) error {
		if !bytes.HasPrefix(key, prefix) {
			if after, err = idFromKey(key); err != nil {
				return err
			}
			return kv.ErrStop
		}
		g, err := registrations.follow(r.kv, registrations.name, key, value)
		out = append(out, g)
		return err
	})
	if err == nil {
		r.recent.unregistered = gap{pass + 1, after}
		if len(out) == 0 {
			r.recent.unregistered.from = pass
		}
	}
	return out, err
}
