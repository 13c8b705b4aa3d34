package issuer

import (
	"cmp"
	"math"
	"slices"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// shownAround is how many places, and how many beacons, Wallet looks at.
const shownAround = 10

// surround gives doc the places and beacons near which it shows: the pass's own,
// then those of its template, then those of its campaign, ten of each, equal ones
// once. Where the shared places are too many, the nearest to the holder's are taken.
func (s subject) surround(doc, template, own *pkpass.Document) {
	if s.pass.Placed {
		if len(doc.Locations) == 0 {
			doc.Locations = nil // rather than an empty list
		}
		return
	}
	if len(own.Locations)+len(own.Beacons) == 0 && !s.campaign.Placed && max(len(template.Locations), len(template.Beacons)) <= shownAround {
		return // the template's are all there are
	}
	template = template.Clone() // it is shared, and the texts of doc are changed
	places := withoutRepeats(slices.Concat(own.Locations, template.Locations, locations(s.around.Places)), locationName)
	first := min(len(withoutRepeats(own.Locations, locationName)), shownAround)
	doc.Locations = slices.Concat(places[:first], nearest(places[first:], s.pass.Near, shownAround-first))
	beacons := withoutRepeats(slices.Concat(own.Beacons, template.Beacons, signals(s.around.Beacons)), signalName)
	doc.Beacons = beacons[:min(len(beacons), shownAround)]
}

// nearest returns the n places that are nearest to a point, in the order in which
// they stand; the first n if there is no point.
func nearest(all []pkpass.Location, from store.Point, n int) []pkpass.Location {
	if len(all) <= n || from == (store.Point{}) {
		return all[:min(n, len(all))]
	}
	far := make([]float64, len(all))
	order := make([]int, len(all))
	for i, l := range all {
		far[i], order[i] = distance(from, l), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(far[a], far[b]) })
	chosen := order[:n]
	slices.Sort(chosen)
	out := make([]pkpass.Location, 0, n)
	for _, i := range chosen {
		out = append(out, all[i])
	}
	return out
}

// distance grows with the way over ground from a point to a place (haversine); it is
// between 0 and 1. A place without coordinates is farther than all others.
func distance(from store.Point, to pkpass.Location) float64 {
	if to.Latitude == nil || to.Longitude == nil {
		return math.Inf(1)
	}
	const rad = math.Pi / 180
	lat1, lon1 := float64(from.Latitude)/1e6*rad, float64(from.Longitude)/1e6*rad
	lat2, lon2 := *to.Latitude*rad, *to.Longitude*rad
	up, along := math.Sin((lat2-lat1)/2), math.Sin((lon2-lon1)/2)
	return up*up + math.Cos(lat1)*math.Cos(lat2)*along*along
}

func locationName(l pkpass.Location) (name [2]float64, ok bool) {
	if l.Latitude == nil || l.Longitude == nil {
		return name, false
	}
	return [2]float64{*l.Latitude, *l.Longitude}, true
}

func signalName(b pkpass.Beacon) (beaconName, bool) {
	return nameBeacon(b.ProximityUUID, b.Major, b.Minor), true
}

func locations(all []store.Place) []pkpass.Location {
	out := make([]pkpass.Location, 0, len(all))
	for _, p := range all {
		out = append(out, pkpass.Location{Latitude: &p.Latitude, Longitude: &p.Longitude, Altitude: p.Altitude, RelevantText: p.Text})
	}
	return out
}

func signals(all []store.Beacon) []pkpass.Beacon {
	out := make([]pkpass.Beacon, 0, len(all))
	for _, b := range all {
		out = append(out, pkpass.Beacon{ProximityUUID: b.UUID, Major: b.Major, Minor: b.Minor, RelevantText: b.Text})
	}
	return out
}
