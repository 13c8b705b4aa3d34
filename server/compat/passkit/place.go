package passkit

import (
	"math"
	"regexp"
	"strconv"

	"pocketpass/signer/pkpass"
)

// placeDoc is a place as clients write and read it: coordinates are texts, for one of
// them reads nothing else.
type placeDoc struct {
	Altitude  *float64 `json:"alt,omitempty"`
	Latitude  string   `json:"lat"`
	Longitude string   `json:"lon"`
	Text      string   `json:"relevantText,omitempty"`
}

// beaconDoc is a beacon as clients write and read it.
type beaconDoc struct {
	UUID  string `json:"uuid"`
	Major *int64 `json:"major,omitempty"`
	Minor *int64 `json:"minor,omitempty"`
	Text  string `json:"relevantText,omitempty"`
}

const (
	maxPlaces   = 100 // that are kept
	shownPlaces = 10  // that Wallet reads
)

// near reads the places and beacons that an object has.
func (o object) near(locations *[]placeDoc, beacons *[]beaconDoc) error {
	places, given, err := o.places()
	if err != nil {
		return err
	}
	if given {
		*locations = places
	}
	all, given, err := o.beacons()
	if given {
		*beacons = all
	}
	return err
}

func (o object) places() (out []placeDoc, given bool, err error) {
	all, given, err := o.objects("locations")
	if err != nil || !given {
		return nil, false, err
	}
	if len(all) > maxPlaces {
		return nil, false, invalidField("locations", "there may be up to %d", maxPlaces)
	}
	for _, item := range all {
		p, err := readPlace(item)
		if err != nil {
			return nil, false, err
		}
		out = append(out, p)
	}
	return out, true, nil
}

func readPlace(o object) (p placeDoc, err error) {
	if p.Latitude, err = o.degrees("lat", 90); err != nil {
		return p, err
	}
	if p.Longitude, err = o.degrees("lon", 180); err != nil {
		return p, err
	}
	if p.Altitude, err = o.number("alt"); err != nil {
		return p, err
	}
	return p, o.setText("relevantText", &p.Text)
}

// degrees is a coordinate as it is kept.
func (o object) degrees(member string, most float64) (string, error) {
	n, err := o.number(member)
	if err != nil || n == nil || *n < -most || *n > most {
		return "", invalidField("locations."+member, "must be a number from %g to %g", -most, most)
	}
	return strconv.FormatFloat(*n, 'f', -1, 64), nil
}

func (o object) beacons() (out []beaconDoc, given bool, err error) {
	all, given, err := o.objects("beacons")
	if err != nil || !given {
		return nil, false, err
	}
	if len(all) > maxPlaces {
		return nil, false, invalidField("beacons", "there may be up to %d", maxPlaces)
	}
	for _, item := range all {
		var b beaconDoc
		if err := item.setText("uuid", &b.UUID); err != nil {
			return nil, false, err
		}
		if !goodUUID.MatchString(b.UUID) {
			return nil, false, invalidField("beacons.uuid", "must be a UUID")
		}
		if b.Major, err = item.identity("major"); err != nil {
			return nil, false, err
		}
		if b.Minor, err = item.identity("minor"); err != nil {
			return nil, false, err
		}
		if err := item.setText("relevantText", &b.Text); err != nil {
			return nil, false, err
		}
		out = append(out, b)
	}
	return out, true, nil
}

// goodUUID and numbers of 16 bits are all that Wallet knows beacons by: a pass with others
// is refused as a whole.
var goodUUID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

func (o object) identity(member string) (*int64, error) {
	n, err := o.integer(member)
	if err == nil && n != nil && (*n < 0 || *n > math.MaxUint16) {
		err = invalidField("beacons."+member, "must be a number from 0 to 65535")
	}
	return n, err
}

// walletPlaces are places as pass.json has them. text makes what it says of a text.
func walletPlaces(all []placeDoc, text func(string) string) (out []pkpass.Location) {
	for _, p := range all[:min(len(all), shownPlaces)] {
		lat, _ := strconv.ParseFloat(p.Latitude, 64)
		lon, _ := strconv.ParseFloat(p.Longitude, 64)
		out = append(out, pkpass.Location{Latitude: &lat, Longitude: &lon, Altitude: p.Altitude, RelevantText: text(p.Text)})
	}
	return out
}

func walletBeacons(all []beaconDoc, text func(string) string) (out []pkpass.Beacon) {
	for _, b := range all[:min(len(all), shownPlaces)] {
		out = append(out, pkpass.Beacon{ProximityUUID: b.UUID, Major: whole(b.Major), Minor: whole(b.Minor), RelevantText: text(b.Text)})
	}
	return out
}

func whole(n *int64) *int {
	if n == nil {
		return nil
	}
	v := int(*n)
	return &v
}
