package pkpass

import "encoding/json"

// Location is a place on earth. As a member of locations it brings the pass to
// the lock screen nearby; as a semantic tag only the coordinates count.
type Location struct {
	Latitude     *float64 `json:"latitude,omitzero"`  // degrees, -90 to 90
	Longitude    *float64 `json:"longitude,omitzero"` // degrees, -180 to 180
	Altitude     *float64 `json:"altitude,omitzero"`  // metres
	RelevantText string   `json:"relevantText,omitzero" wallet:"text"`

	Extra map[string]json.RawMessage `json:"-"`
}

// Beacon is a Bluetooth beacon near which the pass shows on the lock screen.
type Beacon struct {
	ProximityUUID string `json:"proximityUUID,omitzero"`
	Major         *int   `json:"major,omitzero"` // 0 to 65535
	Minor         *int   `json:"minor,omitzero"` // 0 to 65535
	RelevantText  string `json:"relevantText,omitzero" wallet:"text"`

	Extra map[string]json.RawMessage `json:"-"`
}

// RelevantDate is a moment, or an interval of at most 24 hours (iOS 18).
type RelevantDate struct {
	Date         string `json:"date,omitzero" wallet:"date"`
	RelevantDate string `json:"relevantDate,omitzero" wallet:"date"` // what early iOS 18 is said to read instead of date
	StartDate    string `json:"startDate,omitzero" wallet:"date"`
	EndDate      string `json:"endDate,omitzero" wallet:"date"`

	Extra map[string]json.RawMessage `json:"-"`
}
