package store_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"pocketpass/store"
)

// model is what the store should hold, in plain maps.
type model struct {
	passes        map[store.ID]store.Pass
	devices       map[string]store.Device // by library
	registrations map[[2]string]store.Registration
	campaigns     []store.ID
}

const passType = "pass.test"

// TestRandomChanges: whatever is put and removed, Check finds nothing and every
// lookup agrees with the model.
func TestRandomChanges(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			f, rnd := newFixture(t), rand.New(rand.NewPCG(seed, 7))
			m := &model{passes: map[store.ID]store.Pass{}, devices: map[string]store.Device{},
				registrations: map[[2]string]store.Registration{}, campaigns: []store.ID{10, 11}}
			f.update(t, func(tx store.Tx) error {
				for _, id := range m.campaigns {
					if err := tx.PutCampaign(store.Campaign{ID: id, Org: f.org}); err != nil {
						return err
					}
				}
				return nil
			})
			for range 12 {
				f.update(t, func(tx store.Tx) error {
					for range 25 {
						if err := m.change(tx, rnd, f.org); err != nil {
							return err
						}
					}
					return nil
				})
				f.wantClean(t)
				f.view(t, func(r store.Reader) error { m.compare(t, r, f.org); return nil })
			}
		})
	}
}

func (m *model) change(tx store.Tx, rnd *rand.Rand, org store.ID) error {
	switch rnd.IntN(8) {
	case 0, 1, 2:
		return m.putPass(tx, rnd, org)
	case 3:
		return m.deletePass(tx, rnd)
	case 4, 5:
		return m.register(tx, rnd)
	case 6:
		return m.unregister(tx, rnd)
	default:
		return m.dropDevice(tx, rnd)
	}
}

func (m *model) putPass(tx store.Tx, rnd *rand.Rand, org store.ID) error {
	id := store.ID(1 + rnd.IntN(12))
	old, known := m.passes[id]
	if known && !old.Deleted.IsZero() {
		return nil
	}
	p := store.Pass{ID: id, Org: org, Campaign: m.campaigns[id%2], Template: 20 + store.ID(rnd.IntN(2)), Pinned: rnd.IntN(3), PassTypeIdentifier: passType,
		SerialNumber: fmt.Sprint("s", id), PublicID: fmt.Sprint("p", id, rnd.IntN(3))}
	if rnd.IntN(2) == 0 {
		p.ExternalID = fmt.Sprint("e", id, rnd.IntN(3))
	}
	for n := range 3 {
		if rnd.IntN(2) == 0 {
			p.Tags = append(p.Tags, fmt.Sprint("tag", n))
		}
	}
	m.passes[id] = p
	if !known {
		if err := tx.Count(p.Campaign, store.CountPasses, 1); err != nil {
			return err
		}
	}
	return tx.PutPass(p)
}

func (m *model) deletePass(tx store.Tx, rnd *rand.Rand) error {
	p, ok := m.passes[store.ID(1+rnd.IntN(12))]
	if !ok || !p.Deleted.IsZero() {
		return nil
	}
	p.Deleted = tx.Now
	m.passes[p.ID] = p
	if err := tx.Count(p.Campaign, store.CountPasses, -1); err != nil {
		return err
	}
	return tx.PutPass(p)
}

func (m *model) register(tx store.Tx, rnd *rand.Rand) error {
	p, ok := m.passes[store.ID(1+rnd.IntN(12))]
	if !ok {
		return nil
	}
	d := store.Device{PassTypeIdentifier: passType, Library: fmt.Sprint("lib", rnd.IntN(5)), PushToken: fmt.Sprint("aa", rnd.IntN(3)), Registered: tx.Now}
	key := [2]string{p.ID.Short(), d.Library}
	old, again := m.registrations[key]
	g := store.Registration{Pass: p.ID, Library: d.Library, PassTypeIdentifier: passType, Template: p.Template, Campaign: p.Campaign, Created: tx.Now}
	if again {
		g = old
		g.Template = p.Template
	} else if err := tx.Count(p.Campaign, store.CountRegistered, 1); err != nil {
		return err
	}
	m.devices[d.Library], m.registrations[key] = d, g
	if err := tx.PutDevice(d); err != nil {
		return err
	}
	return tx.PutRegistration(g)
}

func (m *model) unregister(tx store.Tx, rnd *rand.Rand) error {
	for key, g := range m.registrations {
		if rnd.IntN(3) > 0 {
			continue
		}
		m.forget(key)
		if err := tx.Count(g.Campaign, store.CountRegistered, -1); err != nil {
			return err
		}
		return tx.DeleteRegistration(passType, g.Pass, g.Library)
	}
	return tx.DeleteRegistration(passType, 999, "nobody")
}

func (m *model) dropDevice(tx store.Tx, rnd *rand.Rand) error {
	library := fmt.Sprint("lib", rnd.IntN(5))
	for key, g := range m.registrations {
		if g.Library == library {
			m.forget(key)
			if err := tx.Count(g.Campaign, store.CountRegistered, -1); err != nil {
				return err
			}
		}
	}
	return tx.DeleteDevice(passType, library)
}

// forget takes a registration away, and its device with the last one.
func (m *model) forget(key [2]string) {
	delete(m.registrations, key)
	for _, g := range m.registrations {
		if g.Library == key[1] {
			return
		}
	}
	delete(m.devices, key[1])
}

func (m *model) passIDs(keep func(store.Pass) bool) (ids []store.ID) {
	for _, id := range slices.Sorted(maps.Keys(m.passes)) {
		if p := m.passes[id]; p.Deleted.IsZero() && keep(p) {
			ids = append(ids, id)
		}
	}
	return ids
}
