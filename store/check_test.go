package store_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pocketpass/store"
	"pocketpass/store/kv"
)

// filled has at least one record of each kind that Check looks at.
func filled(t *testing.T) *fixture {
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error {
		sum, err := tx.PutBlob([]byte("picture"))
		p := f.pass(1, "one")
		p.Tags, p.ExternalID = []string{"red", "blue"}, "ext"
		for _, err := range []error{
			err,
			tx.PutAsset(store.Asset{ID: 5, Org: f.org, Variants: []store.Variant{{Scale: 1, Blob: sum}}}),
			tx.PutCampaign(store.Campaign{ID: 10, Org: f.org}),
			tx.PutTemplate(store.Template{ID: 20, Org: f.org, Campaign: 10, Patterns: []string{"{{code}}"}}),
			tx.ClaimPassType("pass.test", f.org),
			tx.PutPass(p),
			tx.PutDevice(store.Device{PassTypeIdentifier: "pass.test", Library: "lib", PushToken: "aa"}),
			tx.PutRegistration(store.Registration{Pass: 1, Library: "lib", PassTypeIdentifier: "pass.test", Template: 20, Campaign: 10}),
			tx.Count(10, store.CountPasses, 1),
			tx.Count(10, store.CountRegistered, 1),
			tx.QueuePush("pass.test", "aa", 1),
			tx.PutSetting("name", []byte("value")),
			voidWithEntry(tx, p),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	f.wantClean(t)
	return f
}

// voidWithEntry gives a pass a redemption that used it up.
func voidWithEntry(tx store.Tx, p store.Pass) error {
	p.Spent = tx.Now
	_, err := tx.Enter(&p, store.Entry{Action: store.Redeem, Amount: 1, Client: "till"}, nil)
	return errors.Join(err, tx.PutPass(p))
}

// first returns copies of the lowest key of a table and its value.
func first(t *testing.T, r kv.Reader, table kv.Table) (key, value []byte) {
	t.Helper()
	err := r.Scan(table, kv.Range{}, func(k, v []byte) error {
		key, value = bytes.Clone(k), bytes.Clone(v)
		return kv.ErrStop
	})
	if err != nil || key == nil {
		t.Fatalf("table %s is empty: %v", table, err)
	}
	return key, value
}

// TestCheckFindsTampering changes one thing beneath the store in each of its tables.
func TestCheckFindsTampering(t *testing.T) {
	remove := func(t *testing.T, w kv.Writer, table kv.Table) error {
		key, _ := first(t, w, table)
		return w.Delete(table, key)
	}
	flip := func(t *testing.T, w kv.Writer, table kv.Table) error {
		key, value := first(t, w, table)
		value[len(value)-1] ^= 1
		return w.Put(table, key, value)
	}
	redirect := func(t *testing.T, w kv.Writer, table kv.Table) error {
		key, _ := first(t, w, table)
		return w.Put(table, key, []byte("\x00\x00\x00\x00\x00\x00\x00\x63"))
	}
	surplus := func(t *testing.T, w kv.Writer, table kv.Table) error {
		_, value := first(t, w, table)
		return w.Put(table, []byte("nobody asked"), value)
	}
	replace := func(t *testing.T, w kv.Writer, table kv.Table) error {
		if err := remove(t, w, table); err != nil {
			return err
		}
		return w.Put(table, []byte("nobody asked"), []byte("x"))
	}
	uncount := func(t *testing.T, w kv.Writer, _ kv.Table) error {
		return w.Delete("counter", []byte("\x00\x00\x00\x00\x00\x00\x00\x0aredeemed\x00"))
	}
	tests := []struct {
		name   string
		tables string
		tamper func(*testing.T, kv.Writer, kv.Table) error
		want   string
	}{
		{"index entry removed", "pass_serial pass_public pass_external pass_organisation pass_revoked ledger_id ledger_campaign ledger_redeem ledger_key ledger_client template_pattern pass_campaign pass_template pass_tag " +
			"device_token registration_device registration_template registration_campaign registration_age push_due " +
			"asset_organisation campaign_organisation template_campaign organisation_name", remove, "the index lacks a record"},
		{"index entry leads elsewhere", "pass_serial pass_public pass_external", redirect, "the index lacks a record"},
		{"index entry too many", "pass_serial pass_tag device_token registration_device push_due", surplus, "no record asks for this entry"},
		{"index entry replaced by another", "pass_tag registration_template", replace, "no record asks for this entry"},
		{"bit flipped", "ledger organisation asset campaign template pass pass_type device registration push blob counter setting meta", flip, "damaged"},
		{"record under another key", "pass device registration", surplus, "belongs under another key"},
		{"blob removed", "blob", remove, "is missing"},
		{"blob under another hash", "blob", surplus, "belongs under another hash"},
		{"device removed", "device", remove, "the device is missing"},
		{"pass removed", "pass", remove, "the pass is missing"},
		{"redemption uncounted", "pass", uncount, "the counter is wrong"},
		{"counter removed", "counter", remove, "the counter is wrong"},
	}
	for _, tt := range tests {
		for table := range strings.FieldsSeq(tt.tables) {
			t.Run(tt.name+" in "+table, func(t *testing.T) {
				f := filled(t)
				f.raw(t, func(w kv.Writer) error { return tt.tamper(t, w, kv.Table(table)) })
				f.wantFault(t, tt.want)
			})
		}
	}
}

func (f *fixture) wantFault(t *testing.T, want string) {
	t.Helper()
	faults, err := f.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	said, found := make(map[string]bool), false
	for _, fault := range faults {
		if said[fault.String()] {
			t.Errorf("Check says twice: %s", fault)
		}
		said[fault.String()] = true
		found = found || strings.Contains(fault.String(), want)
	}
	if !found {
		t.Errorf("Check found %v, want %q", faults, want)
	}
}
