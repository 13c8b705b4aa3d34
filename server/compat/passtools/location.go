package passtools

import (
	"encoding/json"
	"math"
	"slices"

	"pocketpass/signer/pkpass"
)

// maxPlaces is how many locations a phone looks at.
const maxPlaces = 10

// place is a location of a template, a pass or the address book.
type place struct {
	ID             int64   `json:"id,omitempty"` // within what has it
	Longitude      degrees `json:"longitude"`
	Latitude       degrees `json:"latitude"`
	RelevantText   *string `json:"relevantText,omitempty"`
	StreetAddress1 *string `json:"streetAddress1,omitempty"`
	StreetAddress2 *string `json:"streetAddress2,omitempty"`
	City           *string `json:"city,omitempty"`
	Region         *string `json:"region,omitempty"`
	RegionCode     *string `json:"regionCode,omitempty"`
	Country        *string `json:"country,omitempty"`
}

// at says where a place is: places at the same spot are one.
func (p place) at() [2]degrees { return [2]degrees{p.Latitude, p.Longitude} }

// placesIn is the list in a document that clients send: itself, what stands under the name
// locations, or nothing but one location.
func placesIn(raw json.RawMessage) (json.RawMessage, error) {
	if raw[0] != '{' {
		return raw, nil
	}
	o, err := objectOf(raw, "the JSON")
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"locations", "Locations"} {
		if in, ok := o[name]; ok {
			raw = in
		}
	}
	if raw[0] == '{' {
		raw = json.RawMessage("[" + string(raw) + "]")
	}
	return raw, nil
}

// readPlaces reads a list of objects, or of texts that each hold one. Of those at the same
// spot it keeps the first, and no more than phones look at.
func readPlaces(raw json.RawMessage) ([]place, error) {
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return nil, badRequest("locations must be a list")
	}
	var out []place
	for _, one := range all {
		p, err := readPlace(one)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out, func(q place) bool { return q.at() == p.at() }) {
			out = append(out, p)
		}
		if len(out) > maxPlaces {
			return nil, refuse("locations", "there may be at most %d", maxPlaces)
		}
	}
	return out, nil
}

func readPlace(raw json.RawMessage) (p place, err error) {
	if text, ok := textOf(raw); ok && raw[0] == '"' {
		raw = json.RawMessage(text)
	}
	o, err := objectOf(raw, "a location")
	if err != nil {
		return p, err
	}
	for _, x := range []struct {
		name string
		most float64
		to   *degrees
	}{{"latitude", 90, &p.Latitude}, {"longitude", 180, &p.Longitude}} {
		n, ok := number(o[x.name])
		if !ok || !(math.Abs(n) <= x.most) {
			return p, refuse(x.name, "must be a number of degrees from -%g to %g", x.most, x.most)
		}
		*x.to = degrees(n)
	}
	for name, to := range map[string]**string{
		"relevantText": &p.RelevantText, "streetAddress1": &p.StreetAddress1, "streetAddress2": &p.StreetAddress2,
		"city": &p.City, "region": &p.Region, "regionCode": &p.RegionCode, "country": &p.Country,
	} {
		if isNull(o[name]) {
			continue
		}
		text, ok := textOf(o[name])
		if !ok || len(text) > maxPlaceText {
			return p, refuse(name, "must be a text of at most %d bytes", maxPlaceText)
		}
		*to = &text
	}
	return p, nil
}

// maxPlaceText bounds each text of a place, in bytes.
const maxPlaceText = 1000

// addPlaces lays places over those that there are: one at the same spot takes the place
// of the one before and its id. added are those of the request as they are kept.
func addPlaces(had, given []place, last *int64) (all, added []place) {
	all = slices.Clone(had)
	for _, p := range given {
		n := slices.IndexFunc(all, func(q place) bool { return q.at() == p.at() })
		if n < 0 {
			*last++
			p.ID = *last
			all = append(all, p)
		} else {
			p.ID = all[n].ID
			all[n] = p
		}
		added = append(added, p)
	}
	return all, added
}

// shownPlaces are what a pass shows: its own, then those of its template that lie
// elsewhere, as long as there is room.
func shownPlaces(own, inherited []place) []pkpass.Location {
	all := slices.Clone(own)
	for _, p := range inherited {
		if !slices.ContainsFunc(all, func(q place) bool { return q.at() == p.at() }) {
			all = append(all, p)
		}
	}
	out := make([]pkpass.Location, 0, maxPlaces)
	for _, p := range all[:min(len(all), maxPlaces)] {
		latitude, longitude := float64(p.Latitude), float64(p.Longitude)
		out = append(out, pkpass.Location{Latitude: &latitude, Longitude: &longitude, RelevantText: escaped(text(p.RelevantText))})
	}
	return out
}

// withoutIDs are places as they are shown where their ids mean nothing.
func withoutIDs(all []place) []place {
	out := make([]place, 0, len(all))
	for _, p := range all {
		p.ID = 0
		out = append(out, p)
	}
	return out
}
