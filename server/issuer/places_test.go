package issuer_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

func (w *world) place(t *testing.T, s store.Surroundings) {
	t.Helper()
	s.Campaign = w.campaign.ID
	_, _, err := w.SetSurroundings(t.Context(), w.me, s, nil)
	must(t, err)
}

// around is what a pass shows of places and beacons.
func (w *world) around(t *testing.T, p store.Pass) ([]pkpass.Location, []pkpass.Beacon) {
	t.Helper()
	doc, _, err := w.Document(t.Context(), w.me, p.ID)
	must(t, err)
	return doc.Locations, doc.Beacons
}

func texts(all []pkpass.Location) (out []string) {
	for _, l := range all {
		out = append(out, l.RelevantText)
	}
	return out
}

// TestPlacesOfAllLevels: the pass's own first, then the template's, then the
// campaign's; equal ones once, however they are written.
func TestPlacesOfAllLevels(t *testing.T) {
	w := newWorld(t)
	w.republish(t, document[:len(document)-1]+`, "locations": [{"latitude": 1, "longitude": 1, "relevantText": "template 1"}, {"latitude": 2, "longitude": 2, "relevantText": "template 2"}],
		"beacons": [{"proximityUUID": "E2C56DB5-DFFB-48D2-B060-D0F5A71096E0"}]}`)
	w.place(t, store.Surroundings{
		Places:  []store.Place{{Latitude: 2, Longitude: 2, Text: "campaign 2"}, {Latitude: 3, Longitude: 3, Text: "campaign 3"}, {Latitude: 3, Longitude: 3, Text: "again"}},
		Beacons: []store.Beacon{{UUID: "e2c56db5-dffb-48d2-b060-d0f5a71096e0"}, {UUID: "e2c56db5-dffb-48d2-b060-d0f5a71096e0", Major: new(0)}}})
	o := w.order()
	o.Document = json.RawMessage(`{"locations": [{"latitude": 1.0, "longitude": 1e0, "relevantText": "own 1"}, {"latitude": 9, "longitude": 9, "relevantText": "own 9"}]}`)
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	places, beacons := w.around(t, p)
	if got, want := texts(places), []string{"own 1", "own 9", "template 2", "campaign 3"}; !slices.Equal(got, want) {
		t.Errorf("places %q, want %q", got, want)
	}
	if len(beacons) != 2 || beacons[0].Major != nil || beacons[1].Major == nil {
		t.Errorf("beacons %+v", beacons)
	}
	places, _ = w.around(t, w.issue(t))
	if got, want := texts(places), []string{"template 1", "template 2", "campaign 3"}; !slices.Equal(got, want) {
		t.Errorf("a pass without its own has %q, want %q", got, want)
	}
}

// TestTextsOfPlacesAreOfOnePass: what one pass makes of its template's texts is not
// what the next one finds there.
func TestTextsOfPlacesAreOfOnePass(t *testing.T) {
	w := newWorld(t)
	w.republish(t, document[:len(document)-1]+`, "locations": [{"latitude": 1, "longitude": 1, "relevantText": "{{stamps}}", "hint": "{{stamps}}"}]}`)
	for n := range 2 {
		o := w.order("stamps", n)
		o.Document = json.RawMessage(`{"locations": [{"latitude": 9, "longitude": 9}]}`)
		p, err := w.Issue(t.Context(), w.me, o)
		must(t, err)
		places, _ := w.around(t, p)
		if got := places[1]; got.RelevantText != fmt.Sprint(n) || string(got.Extra["hint"]) != fmt.Sprintf("%q", fmt.Sprint(n)) {
			t.Errorf("the pass with %d stamps says %q and %s", n, got.RelevantText, got.Extra["hint"])
		}
	}
}

// TestOwnPlacesPushOutOthers: ten of the pass's own leave no room.
func TestOwnPlacesPushOutOthers(t *testing.T) {
	w := newWorld(t)
	w.place(t, store.Surroundings{Places: []store.Place{{Latitude: 50, Longitude: 50, Text: "shared"}}})
	var own []map[string]any
	for n := range 12 {
		own = append(own, map[string]any{"latitude": n, "longitude": n, "relevantText": fmt.Sprint(n)})
	}
	for _, n := range []int{9, 10, 12} {
		o := w.order()
		var err error
		o.Document, err = json.Marshal(map[string]any{"locations": own[:n]})
		must(t, err)
		p, err := w.Issue(t.Context(), w.me, o)
		must(t, err)
		places, _ := w.around(t, p)
		if got := slices.Contains(texts(places), "shared"); len(places) != 10 || got != (n == 9) {
			t.Errorf("%d of its own: %q", n, texts(places))
		}
	}
}

// TestPlacesAreSeen: a change is a new version of all passes, the same again is none.
func TestPlacesAreSeen(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phoneNumber(1))
	tag := w.list(t, phoneNumber(1), "").Tag
	s := store.Surroundings{Places: []store.Place{{Latitude: 1, Longitude: 1}}}
	w.place(t, s)
	changed := w.list(t, phoneNumber(1), tag)
	if len(changed.SerialNumbers) != 1 {
		t.Error("the phone is not told of new places")
	}
	w.place(t, s)
	if again := w.list(t, phoneNumber(1), changed.Tag); len(again.SerialNumbers) != 0 {
		t.Error("the phone is told of the same places again")
	}
	w.place(t, store.Surroundings{})
	if places, _ := w.around(t, p); len(places) != 0 {
		t.Errorf("places %v after all were removed", places)
	}
}

func TestPlacesAreRefused(t *testing.T) {
	w := newWorld(t)
	good := store.Place{Latitude: 90, Longitude: -180}
	uuid := "e2c56db5-dffb-48d2-b060-d0f5a71096e0"
	tests := []struct {
		path    string
		places  []store.Place
		beacons []store.Beacon
	}{
		{"/places/1/latitude", []store.Place{good, {Latitude: 90.1}}, nil},
		{"/places/0/latitude", []store.Place{{Latitude: math.NaN()}}, nil},
		{"/places/0/longitude", []store.Place{{Longitude: -180.1}}, nil},
		{"/places/0/longitude", []store.Place{{Longitude: math.Inf(1)}}, nil},
		{"/places/0/altitude", []store.Place{{Altitude: new(math.Inf(-1))}}, nil},
		{"/places/0/relevantText", []store.Place{{Text: "a\nb"}}, nil},
		{"/places", make([]store.Place, 1001), nil},
		{"/beacons", nil, make([]store.Beacon, 101)},
		{"/beacons/0/proximityUUID", nil, []store.Beacon{{UUID: "x"}}},
		{"/beacons/0/major", nil, []store.Beacon{{UUID: uuid, Major: new(65536)}}},
		{"/beacons/0/minor", nil, []store.Beacon{{UUID: uuid, Minor: new(-1)}}},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			_, _, err := w.SetSurroundings(t.Context(), w.me, store.Surroundings{Campaign: w.campaign.ID, Places: tt.places, Beacons: tt.beacons}, nil)
			if e := issuer.Public(err); e.Kind != issuer.Invalid || e.Fields[0].Path != tt.path {
				t.Errorf("%+v", e)
			}
		})
	}
	_, err := issuer.PointAt("/near", 91, 0)
	if e := issuer.Public(err); e.Kind != issuer.Invalid || e.Fields[0].Path != "/near/latitude" {
		t.Errorf("%+v", e)
	}
}

// TestNearestPlaces: of many shared places the ten nearest are shown, by any way of
// measuring; without a point the first ten.
func TestNearestPlaces(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	w := newWorld(t)
	all := make([]store.Place, 200)
	for n := range all {
		all[n] = store.Place{Latitude: rnd.Float64()*180 - 90, Longitude: rnd.Float64()*360 - 180, Text: fmt.Sprint(n)}
	}
	w.place(t, store.Surroundings{Places: all})
	p := w.issue(t)
	for range 40 {
		at := store.Place{Latitude: rnd.Float64()*180 - 90, Longitude: rnd.Float64()*360 - 180}
		near, err := issuer.PointAt("", at.Latitude, at.Longitude)
		must(t, err)
		_, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Near: &near})
		must(t, err)
		got, _ := w.around(t, p)
		if want := tenNearest(all, at); !slices.Equal(texts(got), want) {
			t.Errorf("near %+v: %q, want %q", at, texts(got), want)
		}
	}
	_, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Near: &store.Point{}})
	must(t, err)
	got, _ := w.around(t, p)
	if want := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}; !slices.Equal(texts(got), want) {
		t.Errorf("without a point: %q", texts(got))
	}
}

// tenNearest measures through the Earth: who is nearer over ground is nearer in space.
func tenNearest(all []store.Place, at store.Place) (out []string) {
	space := func(p store.Place) [3]float64 {
		const rad = math.Pi / 180
		r := math.Cos(p.Latitude * rad)
		return [3]float64{r * math.Cos(p.Longitude*rad), r * math.Sin(p.Longitude*rad), math.Sin(p.Latitude * rad)}
	}
	far := func(p store.Place) float64 {
		a, b := space(p), space(at)
		return math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2])
	}
	for _, p := range all {
		nearer := 0
		for _, q := range all {
			if far(q) < far(p) {
				nearer++
			}
		}
		if nearer < 10 {
			out = append(out, p.Text)
		}
	}
	return out
}

// TestSharing: the campaign decides where no document does.
func TestSharing(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	o := w.order()
	o.Document = json.RawMessage(`{"sharingProhibited": false}`)
	own, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	w.register(t, p, phoneNumber(1))
	tag := w.list(t, phoneNumber(1), "").Tag
	w.set(t, issuer.CampaignSettings{SharingProhibited: new(true)})
	if len(w.list(t, phoneNumber(1), tag).SerialNumbers) != 1 {
		t.Error("the phone is not told")
	}
	for id, want := range map[store.ID]bool{p.ID: true, own.ID: false} {
		doc, _, err := w.Document(t.Context(), w.me, id)
		must(t, err)
		if *doc.SharingProhibited != want {
			t.Errorf("sharing prohibited: %v, want %v", !want, want)
		}
	}
}
