package store_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"pocketpass/store"
	"pocketpass/store/kv"
)

func TestNewerDatabaseIsRefused(t *testing.T) {
	f := newFixture(t)
	nothing := func(store.Tx) error { return nil }
	newer := store.Schema() + 1
	restore := store.SetMigrations(append([]func(store.Tx) error{store.FirstMigration}, slices.Repeat([]func(store.Tx) error{nothing}, newer-1)...)...)
	f.reopen(t)
	restore()
	_, err := store.Open(t.Context(), f.engine, nil)
	if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "start that version, or restore the backup made before the upgrade") {
		t.Fatalf("a database of version %d opened by the one before: %v", newer, err)
	}
	if v, err := store.EngineSchema(t.Context(), f.engine); v != newer || err != nil {
		t.Errorf("the refused database has version %d (%v), want it untouched at %d", v, err, newer)
	}
}

// TestMigrationResumesAfterACrash: the second of three fails once, as a crash
// would; the first is not run again.
func TestMigrationResumesAfterACrash(t *testing.T) {
	engine := openEngine(t)
	runs := make([]int, 3)
	crash := errors.New("power cut")
	step := func(n int, setting string) func(store.Tx) error {
		return func(tx store.Tx) error {
			runs[n]++
			if err := tx.PutSetting(setting, []byte("done")); err != nil {
				return err
			}
			if n == 1 && runs[n] == 1 {
				return crash
			}
			return nil
		}
	}
	t.Cleanup(store.SetMigrations(step(0, "a"), step(1, "b"), step(2, "c")))
	if _, err := store.Open(t.Context(), engine, nil); !errors.Is(err, crash) || !strings.Contains(err.Error(), "version 2") {
		t.Fatalf("the crash: %v", err)
	}
	if v, err := store.EngineSchema(t.Context(), engine); v != 1 || err != nil {
		t.Fatalf("after the crash the version is %d (%v), want 1", v, err)
	}
	s, err := store.Open(t.Context(), engine, nil)
	if err != nil {
		t.Fatal(err)
	}
	if runs[0] != 1 || runs[1] != 2 || runs[2] != 1 {
		t.Errorf("the migrations ran %v times, want 1, 2, 1", runs)
	}
	err = s.View(t.Context(), func(r store.Reader) error {
		for _, name := range []string{"a", "b", "c"} {
			if v, ok, err := r.Setting(name); string(v) != "done" || !ok || err != nil {
				t.Errorf("setting %s: %q, %v, %v", name, v, ok, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOlderPassesAreListed: a database of version 1 has no index by organisation
// and no records of tags.
func TestOlderPassesAreListed(t *testing.T) {
	f := withPasses(t, 12)
	f.raw(t, func(w kv.Writer) error {
		err := w.Delete("meta", []byte("version"))
		for _, table := range []kv.Table{"pass_organisation", "tag", "tag_organisation", "tag_name"} {
			var all [][]byte
			err = errors.Join(err, w.Scan(table, kv.Range{}, func(key, _ []byte) error { all = append(all, bytes.Clone(key)); return nil }))
			for _, key := range all {
				err = errors.Join(err, w.Delete(table, key))
			}
		}
		return err
	})
	restore := store.SetMigrations(func(store.Tx) error { return nil })
	f.reopen(t)
	restore()
	if ids, _ := f.walk(t, store.PassFilter{}, store.Page{Limit: 100}); len(ids) != 0 {
		t.Fatalf("%d passes without the index", len(ids))
	}
	f.reopen(t)
	if ids, _ := f.walk(t, store.PassFilter{}, store.Page{Limit: 100}); len(ids) != 12 {
		t.Errorf("%d passes, want 12", len(ids))
	}
	f.wantClean(t)
}

// TestOlderVoidPassesAreRevoked: a database of version 2 has no index of what is good for nothing.
func TestOlderVoidPassesAreRevoked(t *testing.T) {
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error {
		good, void := f.pass(1, "good"), f.pass(2, "void")
		void.Voided = f.now
		return errors.Join(tx.PutPass(good), tx.PutPass(void))
	})
	f.raw(t, func(w kv.Writer) error {
		key, _ := first(t, w, "pass_revoked")
		return errors.Join(w.Delete("pass_revoked", key), w.Delete("meta", []byte("version")))
	})
	nothing := func(store.Tx) error { return nil }
	restore := store.SetMigrations(nothing, nothing)
	f.reopen(t)
	restore()
	f.wantFault(t, "the index lacks a record")
	f.reopen(t)
	f.wantClean(t)
}

// TestOlderDeliveriesAreFound: a database of version 4 has no index of deliveries by subject.
func TestOlderDeliveriesAreFound(t *testing.T) {
	f := newFixture(t)
	f.enqueue(t, 1, 7, "a")
	f.raw(t, func(w kv.Writer) error {
		key, _ := first(t, w, "delivery_subject")
		return errors.Join(w.Delete("delivery_subject", key), w.Delete("meta", []byte("version")))
	})
	nothing := func(store.Tx) error { return nil }
	restore := store.SetMigrations(nothing, nothing, nothing, nothing)
	f.reopen(t)
	restore()
	f.wantFault(t, "the index lacks a record")
	f.reopen(t)
	f.wantClean(t)
}

// TestOlderListsAreFilled: a database of version 6 has no index of redeems, and none of
// registrations by age.
func TestOlderListsAreFilled(t *testing.T) {
	f := filled(t)
	f.raw(t, func(w kv.Writer) error {
		redeem, _ := first(t, w, "ledger_redeem")
		registration, _ := first(t, w, "registration_age")
		return errors.Join(w.Delete("ledger_redeem", redeem), w.Delete("registration_age", registration), w.Delete("meta", []byte("version")))
	})
	nothing := func(store.Tx) error { return nil }
	restore := store.SetMigrations(nothing, nothing, nothing, nothing, nothing, nothing)
	f.reopen(t)
	restore()
	f.wantFault(t, "the index lacks a record")
	f.reopen(t)
	f.wantClean(t)
}

func TestReopeningChangesNothing(t *testing.T) {
	f := newFixture(t)
	before := f.org
	f.reopen(t)
	f.view(t, func(r store.Reader) error {
		all, _, err := r.Organisations(store.Page{})
		if len(all) != 1 || all[0].ID != before {
			t.Errorf("organisations %v, want the one of the first start", all)
		}
		return err
	})
}

// TestOlderTemplatesAreListed: a database of version 5 has no lists of templates, and of
// campaigns by the style of theirs.
func TestOlderTemplatesAreListed(t *testing.T) {
	f := newFixture(t)
	c := store.Campaign{ID: 7, Org: f.org, Template: 8, State: store.Active}
	f.update(t, func(tx store.Tx) error {
		return errors.Join(tx.PutCampaign(c), tx.PutTemplate(store.Template{ID: 8, Org: f.org, Campaign: 7, Style: "coupon", Published: 1}),
			tx.PutTemplate(store.Template{ID: 9, Org: f.org, Campaign: 7, Style: "coupon"})) // a draft
	})
	key, _ := f.only(t, "campaign")
	f.raw(t, func(w kv.Writer) error {
		listed, _ := first(t, w, "template_organisation")
		styled, _ := first(t, w, "campaign_style")
		old, err := json.Marshal(c)
		return errors.Join(err, w.Put("campaign", key, store.Wrap(old)), w.Delete("template_organisation", listed), w.Delete("campaign_style", styled),
			w.Delete("meta", []byte("version")))
	})
	nothing := func(store.Tx) error { return nil }
	restore := store.SetMigrations(nothing, nothing, nothing, nothing, nothing)
	f.reopen(t)
	restore()
	f.wantFault(t, "the index lacks a record")
	f.reopen(t)
	f.wantClean(t)
	f.view(t, func(r store.Reader) error {
		campaigns, err := r.CampaignsShown(f.org, "coupon")
		templates, more := r.TemplatesListed(f.org)
		if !slices.Equal(campaigns, []store.ID{7}) || !slices.Equal(templates, []store.ID{8}) {
			t.Errorf("listed are %v and %v", campaigns, templates)
		}
		return errors.Join(err, more)
	})
}

// TestCampaignsShown go by the style of their template, from when it is published until it
// is deleted and the campaign is over.
func TestCampaignsShown(t *testing.T) {
	f := newFixture(t)
	c := store.Campaign{ID: 7, Org: f.org, Template: 8, State: store.Active}
	draft := store.Template{ID: 8, Org: f.org, Campaign: 7, Style: "coupon"}
	published, deleted, over := draft, draft, c
	published.Published, deleted.Published, deleted.Deleted, over.State = 1, 1, f.now, store.Archived
	for _, tt := range []struct {
		name     string
		campaign store.Campaign
		template store.Template
		want     []store.ID
	}{
		{"a draft", c, draft, nil}, {"published", c, published, []store.ID{7}}, {"deleted", c, deleted, []store.ID{7}},
		{"over", over, published, []store.ID{7}}, {"over and deleted", over, deleted, nil},
	} {
		for _, campaignFirst := range []bool{true, false} {
			f.update(t, func(tx store.Tx) error {
				if campaignFirst {
					return errors.Join(tx.PutCampaign(tt.campaign), tx.PutTemplate(tt.template))
				}
				return errors.Join(tx.PutTemplate(tt.template), tx.PutCampaign(tt.campaign))
			})
			f.view(t, func(r store.Reader) error {
				got, err := r.CampaignsShown(f.org, "coupon")
				if !slices.Equal(got, tt.want) {
					t.Errorf("%s: shown are %v, want %v", tt.name, got, tt.want)
				}
				return err
			})
		}
	}
	f.wantClean(t)
}
