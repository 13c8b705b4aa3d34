package pkpass

import (
	"encoding/json"
	"iter"
)

// Document is pass.json. A zero member is left out of the JSON; numbers and
// booleans whose zero means something are pointers. What the package does not
// know stays in Extra, here and in every object below, and is written back.
//
// The tag wallet says what a string is (text that may be localised, date,
// color, url, …, plain for what is none of these); keys, constants and what
// identifies the pass have none. The tag scheme says which newer presentation a
// key serves. The checks read both, Rewrite the first.
type Document struct {
	FormatVersion       int     `json:"formatVersion,omitzero"` // always 1
	PassTypeIdentifier  string  `json:"passTypeIdentifier,omitzero"`
	TeamIdentifier      string  `json:"teamIdentifier,omitzero"`
	SerialNumber        string  `json:"serialNumber,omitzero"` // never changes; travels in URL paths
	OrganizationName    string  `json:"organizationName,omitzero" wallet:"text"`
	Description         string  `json:"description,omitzero" wallet:"text"`
	WebServiceURL       string  `json:"webServiceURL,omitzero"` // Wallet appends /v1/…
	AuthenticationToken string  `json:"authenticationToken,omitzero"`
	GroupingIdentifier  string  `json:"groupingIdentifier,omitzero" wallet:"plain"`
	SharingProhibited   *bool   `json:"sharingProhibited,omitzero"`
	ExpirationDate      string  `json:"expirationDate,omitzero" wallet:"date"`
	Voided              *bool   `json:"voided,omitzero"`
	AppLaunchURL        string  `json:"appLaunchURL,omitzero" wallet:"plain"` // any scheme
	AssociatedStoreIDs  []int64 `json:"associatedStoreIdentifiers,omitzero"`
	AuxiliaryStoreIDs   []int64 `json:"auxiliaryStoreIdentifiers,omitzero" scheme:"posterEventTicket"`

	BackgroundColor         string `json:"backgroundColor,omitzero" wallet:"color"`
	ForegroundColor         string `json:"foregroundColor,omitzero" wallet:"color"`
	LabelColor              string `json:"labelColor,omitzero" wallet:"color"`
	StripColor              string `json:"stripColor,omitzero" wallet:"color"`
	FooterBackgroundColor   string `json:"footerBackgroundColor,omitzero" wallet:"color" scheme:"posterEventTicket"`
	UseAutomaticColors      *bool  `json:"useAutomaticColors,omitzero" scheme:"posterEventTicket posterGeneric"`
	SuppressHeaderDarkening *bool  `json:"suppressHeaderDarkening,omitzero" scheme:"posterEventTicket posterGeneric"`
	SuppressStripShine      *bool  `json:"suppressStripShine,omitzero"`
	LogoText                string `json:"logoText,omitzero" wallet:"text"`
	EventLogoText           string `json:"eventLogoText,omitzero" wallet:"text" scheme:"posterEventTicket"`
	LogoSymbolName          string `json:"logoSymbolName,omitzero"`

	PreferredStyleSchemes []string `json:"preferredStyleSchemes,omitzero"` // the preferred first, the classic style last
	BoardingPass          *Style   `json:"boardingPass,omitzero"`
	Coupon                *Style   `json:"coupon,omitzero"`
	EventTicket           *Style   `json:"eventTicket,omitzero"`
	Generic               *Style   `json:"generic,omitzero"`
	StoreCard             *Style   `json:"storeCard,omitzero"`
	PosterGeneric         *Style   `json:"posterGeneric,omitzero"` // iOS 27, beside a classic style for older systems

	Barcodes []Barcode `json:"barcodes,omitzero"` // Wallet shows the first one whose format it knows
	Barcode  *Barcode  `json:"barcode,omitzero"`  // iOS 8 and some readers on Android
	NFC      *NFC      `json:"nfc,omitzero"`

	RelevantDates []RelevantDate `json:"relevantDates,omitzero"`
	RelevantDate  string         `json:"relevantDate,omitzero" wallet:"date"` // before iOS 18
	Locations     []Location     `json:"locations,omitzero"`
	MaxDistance   *float64       `json:"maxDistance,omitzero"` // metres
	Beacons       []Beacon       `json:"beacons,omitzero"`

	Semantics       *Semantics       `json:"semantics,omitzero"`
	UpcomingPasses  []UpcomingPass   `json:"upcomingPassInformation,omitzero" scheme:"posterEventTicket"`
	FeaturedActions []FeaturedAction `json:"featuredActions,omitzero"`
	UserInfo        json.RawMessage  `json:"userInfo,omitzero" wallet:"json"` // any JSON, for companion apps

	EventLinks
	CarrierLinks

	Extra map[string]json.RawMessage `json:"-"`
}

// EventLinks lead out of the event guide of a poster event ticket (iOS 18) and
// of an upcoming event (iOS 26).
type EventLinks struct {
	AccessibilityURL         string `json:"accessibilityURL,omitzero" wallet:"url" scheme:"posterEventTicket"`
	AddOnURL                 string `json:"addOnURL,omitzero" wallet:"url" scheme:"posterEventTicket"`
	BagPolicyURL             string `json:"bagPolicyURL,omitzero" wallet:"url" scheme:"posterEventTicket"`
	ContactVenueEmail        string `json:"contactVenueEmail,omitzero" wallet:"email" scheme:"posterEventTicket"`
	ContactVenuePhoneNumber  string `json:"contactVenuePhoneNumber,omitzero" wallet:"phone" scheme:"posterEventTicket"`
	ContactVenueWebsite      string `json:"contactVenueWebsite,omitzero" wallet:"url" scheme:"posterEventTicket"`
	DirectionsInformationURL string `json:"directionsInformationURL,omitzero" wallet:"url" scheme:"posterEventTicket"`
	MerchandiseURL           string `json:"merchandiseURL,omitzero" wallet:"url" scheme:"posterEventTicket"`
	OrderFoodURL             string `json:"orderFoodURL,omitzero" wallet:"url" scheme:"posterEventTicket semanticBoardingPass"`
	ParkingInformationURL    string `json:"parkingInformationURL,omitzero" wallet:"url" scheme:"posterEventTicket"`
	PurchaseParkingURL       string `json:"purchaseParkingURL,omitzero" wallet:"url" scheme:"posterEventTicket"`
	TransitInformationURL    string `json:"transitInformationURL,omitzero" wallet:"url" scheme:"posterEventTicket"`
	TransferURL              string `json:"transferURL,omitzero" wallet:"url" scheme:"posterEventTicket"`
	SellURL                  string `json:"sellURL,omitzero" wallet:"url" scheme:"posterEventTicket"`
}

// CarrierLinks lead out of a semantic boarding pass (iOS 26).
type CarrierLinks struct {
	ChangeSeatURL                string `json:"changeSeatURL,omitzero" wallet:"url" scheme:"semanticBoardingPass"`
	EntertainmentURL             string `json:"entertainmentURL,omitzero" wallet:"url" scheme:"semanticBoardingPass"`
	ManagementURL                string `json:"managementURL,omitzero" wallet:"url" scheme:"semanticBoardingPass"`
	PurchaseAdditionalBaggageURL string `json:"purchaseAdditionalBaggageURL,omitzero" wallet:"url" scheme:"semanticBoardingPass"`
	PurchaseLoungeAccessURL      string `json:"purchaseLoungeAccessURL,omitzero" wallet:"url" scheme:"semanticBoardingPass"`
	PurchaseWifiURL              string `json:"purchaseWifiURL,omitzero" wallet:"url" scheme:"semanticBoardingPass"`
	RegisterServiceAnimalURL     string `json:"registerServiceAnimalURL,omitzero" wallet:"url" scheme:"semanticBoardingPass"`
	ReportLostBagURL             string `json:"reportLostBagURL,omitzero" wallet:"url" scheme:"semanticBoardingPass"`
	RequestWheelchairURL         string `json:"requestWheelchairURL,omitzero" wallet:"url" scheme:"semanticBoardingPass"`
	TrackBagsURL                 string `json:"trackBagsURL,omitzero" wallet:"url" scheme:"semanticBoardingPass"`
	UpgradeURL                   string `json:"upgradeURL,omitzero" wallet:"url" scheme:"semanticBoardingPass"`
	TransitProviderEmail         string `json:"transitProviderEmail,omitzero" wallet:"email" scheme:"semanticBoardingPass"`
	TransitProviderPhoneNumber   string `json:"transitProviderPhoneNumber,omitzero" wallet:"phone" scheme:"semanticBoardingPass"`
	TransitProviderWebsiteURL    string `json:"transitProviderWebsiteURL,omitzero" wallet:"url" scheme:"semanticBoardingPass"`
}

// Styles visits the styles that are present under their keys, the classic ones
// first and posterGeneric last.
func (d *Document) Styles() iter.Seq2[string, *Style] {
	return func(yield func(string, *Style) bool) {
		for _, s := range [...]struct {
			name  string
			style *Style
		}{
			{"boardingPass", d.BoardingPass},
			{"coupon", d.Coupon},
			{"eventTicket", d.EventTicket},
			{"generic", d.Generic},
			{"storeCard", d.StoreCard},
			{"posterGeneric", d.PosterGeneric},
		} {
			if s.style != nil && !yield(s.name, s.style) {
				return
			}
		}
	}
}

// Faces are the ways in which Wallet may draw the pass: its styles and the
// schemes that it prefers.
func (d *Document) Faces() []Face {
	var out []Face
	for name := range d.Styles() {
		out = append(out, Face(name))
	}
	for _, scheme := range d.PreferredStyleSchemes {
		out = append(out, Face(scheme))
	}
	return out
}

// Style returns the pass's style and its key: the classic style, or
// posterGeneric if that is the only one. Without any style it is "", nil.
func (d *Document) Style() (name string, s *Style) {
	for name, s = range d.Styles() {
		return name, s
	}
	return "", nil
}
