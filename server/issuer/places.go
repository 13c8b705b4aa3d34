package issuer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"pocketpass/store"
)

// What a campaign holds of places and beacons, from which each pass shows ten.
const (
	maxPlaces    = 1000
	maxBeacons   = 100
	maxPlaceText = 256 // characters
)

var goodBeacon = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// Surroundings returns the places and beacons of a campaign with the campaign.
func (i *Issuer) Surroundings(ctx context.Context, a Actor, campaign store.ID) (s store.Surroundings, c store.Campaign, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if c, err = r.Campaign(a.Org, campaign); err != nil {
			return err
		}
		s, err = r.Surroundings(campaign)
		return err
	})
	return s, c, err
}

// SetSurroundings replaces the places and beacons of a campaign; of equal ones the
// first is kept. All passes of the campaign get a new version, unless nothing changed.
func (i *Issuer) SetSurroundings(ctx context.Context, a Actor, s store.Surroundings, ifMatch *int) (store.Surroundings, store.Campaign, error) {
	if err := checkSurroundings(s); err != nil {
		return s, store.Campaign{}, err
	}
	s.Places, s.Beacons = withoutRepeats(s.Places, placeOf), withoutRepeats(s.Beacons, beaconOf)
	var c store.Campaign
	err := i.update(ctx, func(tx store.Tx) (err error) {
		if c, err = tx.Campaign(a.Org, s.Campaign); err != nil {
			return err
		}
		if err := unchanged(ifMatch, c.Edited); err != nil {
			return err
		}
		before, err := tx.Surroundings(s.Campaign)
		if err != nil || same(before, s) {
			return err
		}
		c.Edited++
		c.Updated, c.Placed = tx.Now, len(s.Places)+len(s.Beacons) > 0
		return errors.Join(announceCampaign(tx, &c), tx.PutCampaign(c), tx.PutSurroundings(s))
	})
	if err != nil {
		return s, c, fmt.Errorf("set places: %w", err)
	}
	return s, c, nil
}

func checkSurroundings(s store.Surroundings) error {
	switch {
	case len(s.Places) > maxPlaces:
		return invalid("/places", "too_many_places", "a campaign has up to %d places; leave some out", maxPlaces)
	case len(s.Beacons) > maxBeacons:
		return invalid("/beacons", "too_many_beacons", "a campaign has up to %d beacons; leave some out", maxBeacons)
	}
	for n, p := range s.Places {
		if err := checkPlace(fmt.Sprintf("/places/%d", n), p); err != nil {
			return err
		}
	}
	for n, b := range s.Beacons {
		if err := checkBeacon(fmt.Sprintf("/beacons/%d", n), b); err != nil {
			return err
		}
	}
	return nil
}

func checkPlace(path string, p store.Place) error {
	if err := checkCoordinates(path, p.Latitude, p.Longitude); err != nil {
		return err
	}
	if p.Altitude != nil && !upTo(*p.Altitude, 100_000) {
		return invalid(path+"/altitude", "altitude", "the altitude is a number of metres")
	}
	return checkPlaceText(path, p.Text)
}

// checkCoordinates wants degrees that are on Earth.
func checkCoordinates(path string, latitude, longitude float64) error {
	switch {
	case !upTo(latitude, 90):
		return invalid(path+"/latitude", "latitude", "the latitude is a number of degrees from -90 to 90")
	case !upTo(longitude, 180):
		return invalid(path+"/longitude", "longitude", "the longitude is a number of degrees from -180 to 180")
	}
	return nil
}

// upTo says whether x is a number from -most to most.
func upTo(x, most float64) bool { return math.Abs(x) <= most }

func checkBeacon(path string, b store.Beacon) error {
	if !goodBeacon.MatchString(b.UUID) {
		return invalid(path+"/proximityUUID", "beacon_uuid", "proximityUUID is a UUID like e2c56db5-dffb-48d2-b060-d0f5a71096e0")
	}
	for name, part := range map[string]*int{"major": b.Major, "minor": b.Minor} {
		if part != nil && (*part < 0 || *part > math.MaxUint16) {
			return invalid(path+"/"+name, "beacon_number", "%s is a number from 0 to 65535", name)
		}
	}
	return checkPlaceText(path, b.Text)
}

func checkPlaceText(path, text string) error {
	if utf8.RuneCountInString(text) > maxPlaceText || !printable(text) {
		return invalid(path+"/relevantText", "relevant_text", "the text for the lock screen has up to %d characters and no control characters", maxPlaceText)
	}
	return nil
}

// beaconName tells beacons apart; -1 stands for any number.
type beaconName struct {
	uuid         string
	major, minor int
}

func beaconOf(b store.Beacon) (beaconName, bool) { return nameBeacon(b.UUID, b.Major, b.Minor), true }

func nameBeacon(uuid string, major, minor *int) beaconName {
	n := beaconName{strings.ToLower(uuid), -1, -1}
	set(&n.major, major)
	set(&n.minor, minor)
	return n
}

func placeOf(p store.Place) ([2]float64, bool) { return [2]float64{p.Latitude, p.Longitude}, true }

// withoutRepeats keeps the first of those with equal names, and all without one.
func withoutRepeats[T any, K comparable](all []T, name func(T) (K, bool)) []T {
	var out []T
	seen := make(map[K]bool, len(all))
	for _, v := range all {
		k, named := name(v)
		if named && seen[k] {
			continue
		}
		seen[k] = named
		out = append(out, v)
	}
	return out
}

// PointAt is a place as passes keep it. What is not on Earth is refused at path.
func PointAt(path string, latitude, longitude float64) (store.Point, error) {
	const millionths = 1e6
	err := checkCoordinates(path, latitude, longitude)
	if err != nil {
		return store.Point{}, err
	}
	return store.Point{Latitude: int64(math.Round(latitude * millionths)), Longitude: int64(math.Round(longitude * millionths))}, nil
}
