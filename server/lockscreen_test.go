package server_test

import (
	"slices"
	"testing"

	"pocketpass/server/servertest"
	"pocketpass/store"
)

// TestLockScreenIsForetold: what a change is said to show is what a phone shows.
func TestLockScreenIsForetold(t *testing.T) {
	tests := []struct {
		name   string
		change string
		want   []string
		seen   bool // the phone fetches a new version
	}{
		{"a field with a changeMessage", `{"values": {"stamps": 4}}`, []string{"You now have 4 stamps"}, true},
		{"two of them", `{"values": {"stamps": 4, "reward": "A cake"}}`, []string{"Corner Café: your pass was updated"}, true},
		{"a field without", `{"values": {"seat": "At the bar"}}`, []string{}, true},
		{"one of each", `{"values": {"seat": "At the bar", "reward": "A cake"}}`, []string{"Your next reward: A cake"}, true},
		{"the pass's own changeMessage", `{"document": {"storeCard": {"auxiliaryFields": [{"key": "seat", "value": "Bar", "changeMessage": "Now at: %@"}]}}}`, []string{"Now at: Bar"}, true},
		{"an amount", `{"document": {"storeCard": {"auxiliaryFields": [{"key": "seat", "value": 1234.5, "currencyCode": "EUR", "changeMessage": "Pay %@"}]}}}`, []string{"Pay €1,234.50"}, true},
		{"a date", `{"document": {"storeCard": {"auxiliaryFields": [{"key": "seat", "value": "2026-06-02T18:30:00+02:00", "dateStyle": "PKDateStyleMedium", "timeStyle": "PKDateStyleShort", "changeMessage": "Doors: %@"}]}}}`, []string{"Doors: Jun 2, 2026, 4:30\u00a0PM"}, true},
		{"what it shows already", `{"values": {"stamps": 3}}`, []string{}, false},
		{"what phones do not show", `{"tags": ["gold"]}`, []string{}, false},
	}
	s := servertest.New(t)
	c := s.Campaign(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := s.Issue(t, c, servertest.Values{"stamps": 3})
			phone := s.Phone(t, p)
			var f forecast
			s.Post(t, path(p)+"/preview", tt.change).Status(t, 200).JSON(t, &f)
			if !slices.Equal(f.LockScreen, tt.want) || f.Silent != (len(tt.want) == 0) || f.Visible != tt.seen || f.Devices != 1 || f.Silent != (f.Why != "" && f.Remedy != "") {
				t.Errorf("foretold %+v, want %q", f, tt.want)
			}
			s.Patch(t, path(p), tt.change).Status(t, 200)
			if tt.seen {
				phone.WantUpdates(t, p, 1)
			}
			if got := notices(t, phone, p); !slices.Equal(got, f.LockScreen) {
				t.Errorf("the phone shows %q, foretold was %q", got, f.LockScreen)
			}
		})
	}
}

// TestPreviewChangesNothing and says what would be refused, and what other languages show.
func TestPreviewChangesNothing(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, s.Campaign(t, func(d *store.Design) {
		d.Strings = map[string]map[string]string{"fr": {"You now have %@ stamps": "Vous avez %@ tampons"}}
	}), nil)
	var f forecast
	s.Post(t, path(p)+"/preview", `{"values": {"stamps": 7}}`).Status(t, 200).JSON(t, &f)
	if got := f.Languages["fr"]; !slices.Equal(got, []string{"Vous avez 7 tampons"}) || len(f.Languages) != 1 {
		t.Errorf("languages %v", f.Languages)
	}
	s.Post(t, path(p)+"/preview", `{"document": {"expirationDate": "tomorrow"}}`).Status(t, 200).JSON(t, &f)
	if len(f.Findings) == 0 {
		t.Error("nothing is said of a date that Wallet cannot read")
	}
	s.Post(t, path(p)+"/preview", `{"values": {"nothing": 1}}`).Fails(t, 422, "field_unknown")
	if now, err := s.Issuer.Pass(t.Context(), s.Actor, p.ID); err != nil || now.Edited != 0 {
		t.Errorf("the pass was edited %d times by previews, %v", now.Edited, err)
	}
}
