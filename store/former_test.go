package store_test

import (
	"errors"
	"testing"
	"time"

	"pocketpass/store"
)

// TestFormer finds records of every kind by what an old service called them, in their
// organisation and service alone. Only a deleted pass frees its former id.
func TestFormer(t *testing.T) {
	f := newFixture(t)
	old := store.Former{Service: "passworks", ID: "7e5d2568-1d04-4bcf-a553-0e2d5f2493a2"}
	p := f.pass(4, "a")
	p.Former = old
	f.update(t, func(tx store.Tx) error {
		return errors.Join(tx.PutAsset(store.Asset{ID: 1, Org: f.org, Former: old}), tx.PutCampaign(store.Campaign{ID: 2, Org: f.org, Former: old}),
			tx.PutTemplate(store.Template{ID: 3, Org: f.org, Former: old}), tx.PutPass(p))
	})
	find := func(r store.Reader, org store.ID, old store.Former) (found int) {
		asset, err1 := r.AssetByFormer(org, old)
		campaign, err2 := r.CampaignByFormer(org, old)
		template, err3 := r.TemplateByFormer(org, old)
		pass, err4 := r.PassByFormer(org, old)
		for n, err := range []error{err1, err2, err3, err4} {
			switch id := []store.ID{asset.ID, campaign.ID, template.ID, pass.ID}[n]; {
			case err == nil && id == store.ID(n+1):
				found++
			case !errors.Is(err, store.ErrNotFound):
				t.Errorf("record %d: %s, %v", n, id, err)
			}
		}
		return found
	}
	f.view(t, func(r store.Reader) error {
		for _, want := range []struct {
			org   store.ID
			old   store.Former
			found int
		}{{f.org, old, 4}, {f.org + 1, old, 0}, {f.org, store.Former{Service: "passtools", ID: old.ID}, 0}, {f.org, store.Former{}, 0}} {
			if n := find(r, want.org, want.old); n != want.found {
				t.Errorf("%+v: found %d records", want, n)
			}
		}
		return nil
	})
	for name, put := range map[string]func(store.Tx) error{
		"asset":    func(tx store.Tx) error { return tx.PutAsset(store.Asset{ID: 5, Org: f.org, Former: old}) },
		"campaign": func(tx store.Tx) error { return tx.PutCampaign(store.Campaign{ID: 5, Org: f.org, Former: old}) },
		"template": func(tx store.Tx) error { return tx.PutTemplate(store.Template{ID: 5, Org: f.org, Former: old}) },
		"pass": func(tx store.Tx) error {
			return tx.PutPass(store.Pass{ID: 5, Org: f.org, SerialNumber: "b", Former: old})
		},
	} {
		if err := f.Update(t.Context(), put); !errors.Is(err, store.ErrExists) {
			t.Errorf("a second %s: %v", name, err)
		}
	}
	p.Deleted = time.UnixMilli(1)
	f.update(t, func(tx store.Tx) error { return tx.PutPass(p) })
	f.view(t, func(r store.Reader) error {
		if n := find(r, f.org, old); n != 3 {
			t.Errorf("found %d records with the pass deleted", n)
		}
		return nil
	})
	f.wantClean(t)
}
