package api_test

import (
	"fmt"
	"slices"
	"testing"

	"pocketpass/server/servertest"
	"pocketpass/store"
)

func TestWhatIsSeenIsCountedAndSent(t *testing.T) {
	s := servertest.New(t, lan())
	r := newReceiver(t)
	listen(t, s, r.URL, "events", []string{"pass.viewed", "pass.downloaded", "pass.fetched"})
	p := s.Issue(t, store.Campaign{}, nil)
	for range 3 {
		s.Anonymous().Get(t, "/p/"+p.PublicID).Status(t, 200)
	}
	s.Anonymous().Head(t, "/p/"+p.PublicID).Status(t, 200)
	phone := s.Phone(t, p)
	s.Change(t, p, servertest.Values{"stamps": 1})
	phone.WantUpdates(t, p, 1)
	must(t, s.Issuer.FlushSeen(t.Context()))
	var want = map[string]int{"pass.viewed": 3, "pass.downloaded": 1, "pass.fetched": 1}
	s.Until(t, "all was sent", func() bool {
		seen := make(map[string]int)
		for _, l := range r.letters() {
			seen[l.Type] += l.Data.Times
		}
		return seen["pass.viewed"] == 3 && seen["pass.downloaded"] == 1 && seen["pass.fetched"] == 1
	})
	must(t, s.Store.View(t.Context(), func(tx store.Reader) error {
		day := store.DayOf(s.Clock.Now())
		all, err := tx.Tallies(store.Scope{Org: p.Org, ID: p.Campaign}, day, day)
		if err != nil || len(all) != 1 {
			return fmt.Errorf("%d tallies, %w", len(all), err)
		}
		c := all[0].Counts
		got := map[string]int{"pass.viewed": int(c[store.Views]), "pass.downloaded": int(c[store.Downloads]), "pass.fetched": int(c[store.Fetches])}
		for kind, n := range want {
			if got[kind] != n {
				t.Errorf("%d of %s are counted, want %d", got[kind], kind, n)
			}
		}
		return nil
	}))
}

func TestFeed(t *testing.T) {
	s := newShop(t)
	first := s.issue(`{}`)
	second := s.issue(`{}`)
	s.do("POST", "/passes/"+first+"/void", nil).is(200)
	type line struct{ Type, Subject, Campaign string }
	tests := []struct {
		query string
		want  []line
	}{
		{"type=pass.*", []line{{"pass.voided", first, s.campaign}, {"pass.created", second, s.campaign}, {"pass.created", first, s.campaign}}},
		{"type=pass.voided", []line{{"pass.voided", first, s.campaign}}},
		{"pass=" + first + "&order=oldest", []line{{"pass.created", first, s.campaign}, {"pass.voided", first, s.campaign}}},
		{"campaign=" + s.campaign + "&limit=1", []line{{"pass.voided", first, s.campaign}}},
		{"type=template.published", []line{{"template.published", s.template, s.campaign}}},
	}
	for _, test := range tests {
		got := decode[struct{ Items []line }](s.do("GET", "/events?"+test.query, nil).is(200)).Items
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.query, got, test.want)
		}
	}
	s.do("GET", "/events?type=pass.lost", nil).fails(422, "event_unknown")
	s.do("GET", "/events?campaign="+first, nil).fails(404, "not_found")
	s.do("GET", "/events?pass="+s.campaign, nil).fails(404, "not_found")
	types := decode[struct {
		Items []struct{ Name, About string }
	}](s.do("GET", "/events/types", nil).is(200)).Items
	if len(types) < 10 || types[0].Name != "pass.created" || types[0].About == "" {
		t.Errorf("types %v", types)
	}
}
