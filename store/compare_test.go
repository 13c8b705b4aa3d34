package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pocketpass/store"
)

// compare asks the store every question that it has an index for.
func (m *model) compare(t *testing.T, r store.Reader, org store.ID) {
	t.Helper()
	m.comparePasses(t, r, org)
	m.compareLists(t, r, org)
	m.compareDevices(t, r)
	m.compareFanouts(t, r)
}

func (m *model) comparePasses(t *testing.T, r store.Reader, org store.ID) {
	for id, want := range m.passes {
		visible := want.Deleted.IsZero()
		got, err := r.Pass(org, id)
		agree(t, "by id", visible, want, got, err)
		got, err = r.PassByPublicID(want.PublicID)
		agree(t, "by public id", visible, want, got, err)
		if want.ExternalID != "" {
			got, err = r.PassByExternalID(org, want.ExternalID)
			agree(t, "by external id", visible, want, got, err)
		}
		got, err = r.PassBySerial(passType, want.SerialNumber)
		agree(t, "by serial number", true, want, got, err)
		got, err = r.AnyPass(id)
		agree(t, "of any state", true, want, got, err)
		if pinned, err := r.PinnedRevision(id); err != nil || pinned != want.Pinned {
			t.Errorf("pass %d is pinned to %d, %v; want %d", id, pinned, err, want.Pinned)
		}
	}
	for n := range 12 {
		for k := range 3 { // what a pass was called before leads nowhere
			p, err := r.PassByExternalID(org, fmt.Sprint("e", n+1, k))
			if want := m.passes[p.ID]; err == nil && want.ExternalID != p.ExternalID {
				t.Errorf("old external id %s leads to pass %d", p.ExternalID, p.ID)
			}
		}
	}
}

func agree(t *testing.T, how string, exists bool, want, got store.Pass, err error) {
	t.Helper()
	if exists && (err != nil || !reflect.DeepEqual(got, want)) {
		t.Errorf("pass %d %s: %+v, %v; want %+v", want.ID, how, got, err, want)
	}
	if !exists && !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleted pass %d %s: %v", want.ID, how, err)
	}
}

func (m *model) compareLists(t *testing.T, r store.Reader, org store.ID) {
	check := func(f store.PassFilter, keep func(store.Pass) bool) {
		t.Helper()
		f.Org = org
		got, _, err := r.Passes(f, store.Page{})
		var ids []store.ID
		for _, p := range got {
			ids = append(ids, p.ID)
		}
		if want := m.passIDs(keep); err != nil || !slices.Equal(ids, want) {
			t.Errorf("list %+v: %v, %v; want %v", f, ids, err, want)
		}
	}
	check(store.PassFilter{}, func(store.Pass) bool { return true })
	for n := range store.ID(2) {
		check(store.PassFilter{Campaign: 10 + n}, func(p store.Pass) bool { return p.Campaign == 10+n })
		check(store.PassFilter{Template: 20 + n}, func(p store.Pass) bool { return p.Template == 20+n })
	}
	for n := range 3 {
		tag := fmt.Sprint("tag", n)
		check(store.PassFilter{Tag: tag, Campaign: 10}, func(p store.Pass) bool { return p.Campaign == 10 && slices.Contains(p.Tags, tag) })
	}
}

func (m *model) compareDevices(t *testing.T, r store.Reader) {
	for n := range 5 {
		library := fmt.Sprint("lib", n)
		want, known := m.devices[library]
		got, err := r.Device(passType, library)
		if known && (err != nil || got != want) || !known && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("device %s: %+v, %v; want %+v, %v", library, got, err, want, known)
		}
		all, err := r.RegistrationsOfDevice(passType, library)
		m.wantRegistrations(t, all, err, func(g store.Registration) bool { return g.Library == library })
	}
	for n := range 3 {
		token := fmt.Sprint("aa", n)
		all, err := r.DevicesWithToken(passType, token)
		want := 0
		for _, d := range m.devices {
			if d.PushToken == token {
				want++
			}
		}
		if err != nil || len(all) != want {
			t.Errorf("token %s: %d devices, %v; want %d", token, len(all), err, want)
		}
	}
	for id := range m.passes {
		all, err := r.RegistrationsOfPass(id)
		m.wantRegistrations(t, all, err, func(g store.Registration) bool { return g.Pass == id })
	}
}

func (m *model) wantRegistrations(t *testing.T, got []store.Registration, err error, keep func(store.Registration) bool) {
	t.Helper()
	want := 0
	for _, g := range m.registrations {
		if keep(g) {
			want++
		}
	}
	if err != nil || len(got) != want {
		t.Errorf("%d registrations, %v; want %d", len(got), err, want)
	}
	for _, g := range got {
		if g != m.registrations[[2]string{g.Pass.Short(), g.Library}] {
			t.Errorf("registration %+v is not in the model", g)
		}
	}
}

// compareFanouts counts the registrations of each campaign by its counter, which
// Check compared with the index.
func (m *model) compareFanouts(t *testing.T, r store.Reader) {
	for _, id := range m.campaigns {
		want := int64(0)
		for _, g := range m.registrations {
			if g.Campaign == id {
				want++
			}
		}
		if n, err := r.Counter(id, store.CountRegistered); n != want || err != nil {
			t.Errorf("campaign %d has %d registrations, %v; want %d", id, n, err, want)
		}
	}
}
