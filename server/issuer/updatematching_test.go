package issuer_test

import (
	"encoding/json"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

func TestUpdateMatching(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	mine := s.Issue(t, c, servertest.Values{"stamps": 3})
	text := s.Issue(t, c, servertest.Values{"stamps": "3"})
	other := s.Issue(t, c, servertest.Values{"stamps": 4})
	void := s.Issue(t, c, servertest.Values{"stamps": 3})
	if _, err := s.Issuer.Void(t.Context(), s.Actor, void.ID, true); err != nil {
		t.Fatal(err)
	}
	phone := s.Phone(t, mine, other)
	with := func(texts ...string) issuer.Selection {
		sel := issuer.Selection{Template: c.Template}
		for _, text := range texts {
			sel.Shows = append(sel.Shows, issuer.FieldText{Key: "stamps", Text: text})
		}
		return sel
	}
	eight := map[string]json.RawMessage{"stamps": json.RawMessage("8")}
	tests := []struct {
		name           string
		selection      issuer.Selection
		values         map[string]json.RawMessage
		found, changed int
	}{
		{"only looking", with("3"), nil, 2, 0},
		{"everything in use", with(), nil, 3, 0},
		{"two texts for one field", with("3", "4"), eight, 0, 0},
		{"a field that is not there", issuer.Selection{Template: c.Template, Shows: []issuer.FieldText{{Key: "none", Text: "3"}}}, eight, 0, 0},
		{"a change", with("3"), eight, 2, 2},
		{"the same again", with("8"), eight, 2, 0},
	}
	for _, tt := range tests {
		m, err := s.Issuer.UpdateMatching(t.Context(), s.Actor, tt.selection, tt.values)
		if err != nil || m.Found != tt.found || len(m.Changed) != tt.changed {
			t.Errorf("%s: found %d and changed %d, %v; want %d and %d", tt.name, m.Found, len(m.Changed), err, tt.found, tt.changed)
		}
	}
	phone.WantUpdates(t, mine, 1)
	if got := phone.Shows(t, other).Updates; got != 0 {
		t.Errorf("a pass that did not match was updated %d times", got)
	}
	if p, err := s.Issuer.Pass(t.Context(), s.Actor, text.ID); err != nil || string(p.Values["stamps"]) != "8" {
		t.Errorf("the other one that matched has %s, %v", p.Values["stamps"], err)
	}
	_, err := s.Issuer.UpdateMatching(t.Context(), s.Actor, with("4"), map[string]json.RawMessage{"none": json.RawMessage("1")})
	if issuer.KindOf(err) != issuer.Invalid {
		t.Errorf("a value for no field: %v", err)
	}
}

// TestLaunch makes everything or nothing.
func TestLaunch(t *testing.T) {
	s := servertest.New(t)
	picture := issuer.Upload{Name: "icon", Kind: "icon", Scales: map[int][]byte{1: servertest.Picture()}}
	l := issuer.Launch{Campaign: issuer.NewCampaign{Name: "Coffee"},
		Template: issuer.NewTemplate{Name: "Card", Design: store.Design{Document: servertest.Card()}, Origin: "test", Source: []byte(`{"a":1}`)}}
	if _, _, err := s.Issuer.Launch(t.Context(), s.Actor, l); issuer.KindOf(err) != issuer.Invalid {
		t.Errorf("a design without an icon: %v", err)
	}
	l.Pictures = map[string]issuer.Upload{"icon": {Name: "icon", Kind: "icon", Scales: map[int][]byte{1: []byte("no picture")}}}
	if _, _, err := s.Issuer.Launch(t.Context(), s.Actor, l); issuer.Public(err).Code != "image_refused" {
		t.Errorf("a damaged picture: %v", err)
	}
	err := s.Store.View(t.Context(), func(r store.Reader) error {
		campaigns, _, err := r.Campaigns(s.Actor.Org, store.Page{})
		assets, _, _ := r.Assets(s.Actor.Org, store.Page{})
		if len(campaigns)+len(assets) > 0 {
			t.Errorf("left behind: %d campaigns and %d assets", len(campaigns), len(assets))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	l.Pictures["icon"] = picture
	c, made, err := s.Issuer.Launch(t.Context(), s.Actor, l)
	if err != nil || made.Published != 1 || c.Template != made.ID || made.Origin != "test" || c.PassTypeIdentifier != servertest.PassTypeIdentifier {
		t.Fatalf("launched %+v in %+v, %v", made, c, err)
	}
	s.Issue(t, c, nil)
}

func TestPlaces(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, s.Campaign(t), nil, func(o *issuer.Order) { o.Places = &issuer.Places{Add: places(8)} })
	if _, err := s.Issuer.Update(t.Context(), s.Actor, p.ID, issuer.Change{Places: &issuer.Places{Add: places(3)}}); issuer.Public(err).Code != "too_many_locations" {
		t.Errorf("eleven locations: %v", err)
	}
	for _, want := range []int{3, 0} {
		if _, err := s.Issuer.Update(t.Context(), s.Actor, p.ID, issuer.Change{Places: &issuer.Places{Replace: true, Add: places(want)}}); err != nil {
			t.Fatal(err)
		}
		if got := len(s.Download(t, p).Document.Locations); got != want {
			t.Errorf("the pass has %d locations, want %d", got, want)
		}
	}
}

func places(n int) (out []pkpass.Location) {
	for i := range n {
		latitude, longitude := float64(i), float64(10+i)
		out = append(out, pkpass.Location{Latitude: &latitude, Longitude: &longitude})
	}
	return out
}
