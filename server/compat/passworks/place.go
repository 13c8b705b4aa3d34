package passworks

import (
	"regexp"

	"pocketpass/signer/pkpass"
)

// maxPlaces is how many locations, and how many beacons, a campaign or a pass has.
const maxPlaces = 10

// location is a place that a pass comes up at.
type location struct {
	Latitude     *float64 `json:"latitude"`
	Longitude    *float64 `json:"longitude"`
	Altitude     *float64 `json:"altitude"`
	RelevantText *string  `json:"relevant_text"`

	name *string // of a pass's own
}

// passLocation is how a pass shows one.
type passLocation struct {
	Name         *string  `json:"name"`
	Altitude     *float64 `json:"altitude"`
	Latitude     *float64 `json:"latitude"`
	Longitude    *float64 `json:"longitude"`
	RelevantText *string  `json:"relevant_text"`
}

// beacon is a transmitter that a pass comes up at.
type beacon struct {
	ProximityUUID string  `json:"proximity_uuid"`
	Major         *int    `json:"major"`
	Minor         *int    `json:"minor"`
	RelevantText  *string `json:"relevant_text"`
}

// readLocations reads the places of a request, if there are any.
func readLocations(in *input) (all []location, given bool) {
	given = in.objects("locations", maxPlaces, func(item *input) {
		var l location
		item.number("latitude", &l.Latitude, 90)
		item.number("longitude", &l.Longitude, 180)
		item.number("altitude", &l.Altitude, 100_000)
		item.text("relevant_text", &l.RelevantText)
		item.text("name", &l.name)
		if item.err == nil && (l.Latitude == nil || l.Longitude == nil) {
			item.wrong("latitude", "latitude and longitude can't be blank")
		}
		all = append(all, l)
	})
	return all, given
}

var goodUUID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

const maxBeaconNumber = 65535

// readBeacons reads the beacons of a request, if there are any.
func readBeacons(in *input) (all []beacon, given bool) {
	given = in.objects("beacons", maxPlaces, func(item *input) {
		var b beacon
		item.word("proximity_uuid", &b.ProximityUUID)
		item.whole("major", &b.Major, 0, maxBeaconNumber)
		item.whole("minor", &b.Minor, 0, maxBeaconNumber)
		item.text("relevant_text", &b.RelevantText)
		if item.err == nil && !goodUUID.MatchString(b.ProximityUUID) {
			item.wrong("proximity_uuid", "proximity_uuid is not a UUID")
		}
		all = append(all, b)
	})
	return all, given
}

// appleLocations are places as pass.json has them.
func appleLocations(all []location) []pkpass.Location {
	out := make([]pkpass.Location, len(all))
	for n, l := range all {
		out[n] = pkpass.Location{Latitude: l.Latitude, Longitude: l.Longitude, Altitude: l.Altitude, RelevantText: escaped(textOr(l.RelevantText, ""))}
	}
	return out
}

// ownLocation is a place of a pass's own, with a name that Wallet passes over.
type ownLocation struct {
	pkpass.Location
	Name string `json:"name,omitempty"`
}

func ownLocations(all []location) []ownLocation {
	out := make([]ownLocation, len(all))
	for n, l := range appleLocations(all) {
		out[n] = ownLocation{l, escaped(textOr(all[n].name, ""))}
	}
	return out
}

// ofOwn are places of a pass's own.
func ofOwn(all []ownLocation) []location {
	out := make([]location, len(all))
	for n, l := range all {
		out[n] = ofApple([]pkpass.Location{l.Location})[0]
		out[n].name = someText(l.Name)
	}
	return out
}

func appleBeacons(all []beacon) []pkpass.Beacon {
	out := make([]pkpass.Beacon, len(all))
	for n, b := range all {
		out[n] = pkpass.Beacon{ProximityUUID: b.ProximityUUID, Major: b.Major, Minor: b.Minor, RelevantText: escaped(textOr(b.RelevantText, ""))}
	}
	return out
}

// ofApple are places of pass.json.
func ofApple(all []pkpass.Location) []location {
	out := make([]location, len(all))
	for n, l := range all {
		out[n] = location{l.Latitude, l.Longitude, l.Altitude, someText(l.RelevantText), nil}
	}
	return out
}

func beaconsOfApple(all []pkpass.Beacon) []beacon {
	out := make([]beacon, len(all))
	for n, b := range all {
		out[n] = beacon{b.ProximityUUID, b.Major, b.Minor, someText(b.RelevantText)}
	}
	return out
}

// someText is a text of pass.json, nil for none.
func someText(text string) *string {
	if text == "" {
		return nil
	}
	text = unescaped(text)
	return &text
}

func ofPass(all []location) []passLocation {
	out := make([]passLocation, len(all))
	for n, l := range all {
		out[n] = passLocation{l.name, l.Altitude, l.Latitude, l.Longitude, l.RelevantText}
	}
	return out
}
