package pkpass

import "encoding/json"

// UpcomingPass is one of several events on a poster event ticket (iOS 26).
type UpcomingPass struct {
	Identifier           string           `json:"identifier,omitzero"` // unique among the entries
	Name                 string           `json:"name,omitzero" wallet:"text"`
	Type                 string           `json:"type,omitzero"` // only "event"
	IsActive             *bool            `json:"isActive,omitzero"`
	DateInformation      *DateInformation `json:"dateInformation,omitzero"` // nil is shown as to be determined
	Images               *UpcomingImages  `json:"images,omitzero"`
	URLs                 *UpcomingURLs    `json:"URLs,omitzero"`
	AdditionalInfoFields []Field          `json:"additionalInfoFields,omitzero"`
	BackFields           []Field          `json:"backFields,omitzero"`
	AuxiliaryStoreIDs    []int64          `json:"auxiliaryStoreIdentifiers,omitzero"`
	Semantics            *Semantics       `json:"semantics,omitzero"`

	Extra map[string]json.RawMessage `json:"-"`
}

// DateInformation says when an upcoming event is, as far as that is known.
type DateInformation struct {
	Date                 string `json:"date,omitzero" wallet:"date"`
	IgnoreTimeComponents *bool  `json:"ignoreTimeComponents,omitzero"`
	IsAllDay             *bool  `json:"isAllDay,omitzero"`
	IsUnannounced        *bool  `json:"isUnannounced,omitzero"`
	IsUndetermined       *bool  `json:"isUndetermined,omitzero"`
	TimeZone             string `json:"timeZone,omitzero" wallet:"zone"` // the device's if empty

	Extra map[string]json.RawMessage `json:"-"`
}

// UpcomingImages are fetched by the device from outside the bundle.
type UpcomingImages struct {
	HeaderImage *RemoteImage `json:"headerImage,omitzero"`
	VenueMap    *RemoteImage `json:"venueMap,omitzero"`

	Extra map[string]json.RawMessage `json:"-"`
}

// RemoteImage is one image in several scales.
type RemoteImage struct {
	URLs          []RemoteImageURL `json:"URLs,omitzero"`
	ReuseExisting *bool            `json:"reuseExisting,omitzero"`

	Extra map[string]json.RawMessage `json:"-"`
}

// RemoteImageURL is where one scale of an image lies.
type RemoteImageURL struct {
	URL    string   `json:"URL,omitzero" wallet:"plain"` // https
	SHA256 string   `json:"SHA256,omitzero"`             // hex
	Scale  *float64 `json:"scale,omitzero"`              // 1 if absent
	Size   *int64   `json:"size,omitzero"`               // bytes, at most 2 MB

	Extra map[string]json.RawMessage `json:"-"`
}

// UpcomingURLs are the links of one upcoming event.
type UpcomingURLs struct {
	EventLinks

	Extra map[string]json.RawMessage `json:"-"`
}

// FeaturedAction is a button on the pass (iOS 27), at most two.
type FeaturedAction struct {
	Identifier string `json:"identifier,omitzero"`
	Type       string `json:"type,omitzero"`
	URL        string `json:"url,omitzero" wallet:"plain"` // where the type needs one; tel: for call

	Extra map[string]json.RawMessage `json:"-"`
}
