package pkpass

import (
	"regexp"
	"strings"
	"time"
)

// What Wallet takes of places, and for how long a date may bring up a pass.
const (
	maxLocations = 10
	maxBeacons   = 10 // different UUIDs
	maxInterval  = 24 * time.Hour
)

var (
	locationMemberMissing = Finding{79, "location_invalid", Warning, "", "Wallet ignores the place, or refuses the pass", "give latitude (-90 to 90) and longitude (-180 to 180) as numbers"}
	locationsSurplus      = Finding{79, "locations_surplus", Warning, "", "Wallet looks at the first 10 places only", "give at most 10 locations"}
	beaconInvalid         = Finding{80, "beacon_invalid", Warning, "", "Wallet ignores the beacon, or refuses the pass", "give a UUID as proximityUUID, major and minor as numbers from 0 to 65535"}
	beaconsSurplus        = Finding{80, "beacons_surplus", Warning, "", "Wallet looks at the first 10 UUIDs only", "use at most 10 different UUIDs"}
	maxDistanceInvalid    = Finding{81, "max_distance_invalid", Warning, "", "Wallet uses its own distance", "give maxDistance in metres, as a number greater than 0"}
	relevantDateInvalid   = Finding{82, "relevant_date_incomplete", Warning, "", "Wallet ignores the entry", "give date, or startDate and endDate"}
	intervalReversed      = Finding{82, "relevant_interval_reversed", Warning, "", "Wallet ignores the entry", "give a startDate before the endDate"}
	intervalLong          = Finding{82, "relevant_interval_long", Warning, "", "Wallet may ignore the entry", "let the interval span at most 24 hours"}
	relevanceNeedsPlace   = Finding{83, "relevance_needs_location", Warning, "", "the pass does not come up on the lock screen, because this style goes by places", "add locations, or remove the dates"}
)

func checkLocations(j *judge) {
	at := top("locations")
	for i, l := range j.d.Locations {
		if !within(l.Latitude, 90) {
			j.report(locationMemberMissing, at.item(i).member("latitude"))
		}
		if !within(l.Longitude, 180) {
			j.report(locationMemberMissing, at.item(i).member("longitude"))
		}
	}
	if len(j.d.Locations) > maxLocations {
		j.report(locationsSurplus, at)
	}
	if m := j.d.MaxDistance; m != nil && *m <= 0 {
		j.report(maxDistanceInvalid, top("maxDistance"))
	}
}

func within(degrees *float64, limit float64) bool {
	return degrees != nil && -limit <= *degrees && *degrees <= limit
}

var uuidForm = regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func checkBeacons(j *judge) {
	at := top("beacons")
	different := make(map[string]bool)
	for i, b := range j.d.Beacons {
		if !uuidForm.MatchString(b.ProximityUUID) {
			j.report(beaconInvalid, at.item(i).member("proximityUUID"))
		}
		if !isUint16(b.Major) {
			j.report(beaconInvalid, at.item(i).member("major"))
		}
		if !isUint16(b.Minor) {
			j.report(beaconInvalid, at.item(i).member("minor"))
		}
		different[strings.ToLower(b.ProximityUUID)] = true
	}
	if len(different) > maxBeacons {
		j.report(beaconsSurplus, at)
	}
}

func isUint16(n *int) bool { return n == nil || 0 <= *n && *n <= 65535 }

func checkRelevantDates(j *judge) {
	for i, r := range j.d.RelevantDates {
		at := top("relevantDates").item(i)
		single := r.Date != "" || r.RelevantDate != ""
		if !single && (r.StartDate == "" || r.EndDate == "") {
			j.report(relevantDateInvalid, at)
			continue
		}
		start, err := ParseDate(r.StartDate)
		if err != nil {
			continue
		}
		end, err := ParseDate(r.EndDate)
		switch {
		case err != nil:
		case !start.Before(end):
			j.report(intervalReversed, at)
		case end.Sub(start) > maxInterval:
			j.report(intervalLong, at)
		}
	}
}

func checkRelevanceWhole(j *judge) {
	d := j.d
	dated := d.RelevantDate != "" || len(d.RelevantDates) > 0
	if !dated || len(d.Locations) > 0 {
		return
	}
	if d.Coupon != nil || d.StoreCard != nil || d.Generic != nil && len(d.Beacons) > 0 {
		j.report(relevanceNeedsPlace, top("locations"))
	}
}
