package passtools

import (
	"encoding/json"
	"math"
	"regexp"

	"pocketpass/signer/pkpass"
)

const maxBeacons = 10

// beacon is a Bluetooth beacon near which a pass shows.
type beacon struct {
	UUID         string  `json:"uuid"`
	RelevantText *string `json:"relevantText,omitempty"`
	Major        *int    `json:"major,omitempty"`
	Minor        *int    `json:"minor,omitempty"`
}

var goodBeacon = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// readBeacons reads a list of beacons; null is none.
func readBeacons(raw json.RawMessage) ([]beacon, error) {
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return nil, badRequest("beacons must be a list")
	}
	if len(all) > maxBeacons {
		return nil, refuse("beacons", "there may be at most %d", maxBeacons)
	}
	out := make([]beacon, 0, len(all))
	for _, one := range all {
		b, err := readBeacon(one)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func readBeacon(raw json.RawMessage) (b beacon, err error) {
	o, err := objectOf(raw, "a beacon")
	if err != nil {
		return b, err
	}
	if b.UUID, _ = textOf(o["uuid"]); !goodBeacon.MatchString(b.UUID) {
		return b, refuse("uuid", "must be a UUID like e2c56db5-dffb-48d2-b060-d0f5a71096e0")
	}
	if t, ok := textOf(o["relevantText"]); ok {
		b.RelevantText = &t
	}
	for name, to := range map[string]**int{"major": &b.Major, "minor": &b.Minor} {
		if isNull(o[name]) {
			continue
		}
		n, ok := number(o[name])
		if !ok || n < 0 || n > math.MaxUint16 || n != math.Trunc(n) {
			return b, refuse(name, "must be a number from 0 to 65535")
		}
		whole := int(n)
		*to = &whole
	}
	return b, nil
}

func shownBeacons(all []beacon) []pkpass.Beacon {
	out := make([]pkpass.Beacon, 0, len(all))
	for _, b := range all {
		out = append(out, pkpass.Beacon{ProximityUUID: b.UUID, Major: b.Major, Minor: b.Minor, RelevantText: escaped(text(b.RelevantText))})
	}
	return out
}
