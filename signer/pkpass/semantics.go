package pkpass

import "encoding/json"

// Semantics are machine-readable facts about what a pass stands for. They have
// the same effect at the root and inside any field. All are optional, except
// where a newer presentation (poster event, semantic boarding pass) needs them.
type Semantics struct {
	AdditionalTicketAttributes                    string                `json:"additionalTicketAttributes,omitzero" wallet:"text"`
	AdmissionLevel                                string                `json:"admissionLevel,omitzero" wallet:"text"`
	AdmissionLevelAbbreviation                    string                `json:"admissionLevelAbbreviation,omitzero" wallet:"text"`
	AirlineCode                                   string                `json:"airlineCode,omitzero" wallet:"plain"`
	AirPlay                                       []AirPlay             `json:"airplay,omitzero"`
	AlbumIDs                                      []string              `json:"albumIDs,omitzero" wallet:"plain"`
	ArtistIDs                                     []string              `json:"artistIDs,omitzero" wallet:"plain"`
	AttendeeName                                  string                `json:"attendeeName,omitzero" wallet:"text"`
	AwayTeamAbbreviation                          string                `json:"awayTeamAbbreviation,omitzero" wallet:"text"`
	AwayTeamLocation                              string                `json:"awayTeamLocation,omitzero" wallet:"text"`
	AwayTeamName                                  string                `json:"awayTeamName,omitzero" wallet:"text"`
	Balance                                       *CurrencyAmount       `json:"balance,omitzero"`
	BoardingGroup                                 string                `json:"boardingGroup,omitzero" wallet:"text"`
	BoardingSequenceNumber                        string                `json:"boardingSequenceNumber,omitzero" wallet:"text"`
	BoardingZone                                  string                `json:"boardingZone,omitzero" wallet:"text"`
	CarNumber                                     string                `json:"carNumber,omitzero" wallet:"text"`
	ConfirmationNumber                            string                `json:"confirmationNumber,omitzero" wallet:"text"`
	CurrentArrivalDate                            string                `json:"currentArrivalDate,omitzero" wallet:"date"`
	CurrentBoardingDate                           string                `json:"currentBoardingDate,omitzero" wallet:"date"`
	CurrentDepartureDate                          string                `json:"currentDepartureDate,omitzero" wallet:"date"`
	DepartureAirportCode                          string                `json:"departureAirportCode,omitzero" wallet:"plain"`
	DepartureAirportName                          string                `json:"departureAirportName,omitzero" wallet:"text"`
	DepartureCityName                             string                `json:"departureCityName,omitzero" wallet:"text"`
	DepartureGate                                 string                `json:"departureGate,omitzero" wallet:"text"`
	DepartureLocation                             *Location             `json:"departureLocation,omitzero"`
	DepartureLocationDescription                  string                `json:"departureLocationDescription,omitzero" wallet:"text"`
	DepartureLocationSecurityPrograms             []string              `json:"departureLocationSecurityPrograms,omitzero" wallet:"securityProgram"`
	DepartureLocationTimeZone                     string                `json:"departureLocationTimeZone,omitzero" wallet:"zone"`
	DeparturePlatform                             string                `json:"departurePlatform,omitzero" wallet:"text"`
	DepartureStationName                          string                `json:"departureStationName,omitzero" wallet:"text"`
	DepartureTerminal                             string                `json:"departureTerminal,omitzero" wallet:"text"`
	DestinationAirportCode                        string                `json:"destinationAirportCode,omitzero" wallet:"plain"`
	DestinationAirportName                        string                `json:"destinationAirportName,omitzero" wallet:"text"`
	DestinationCityName                           string                `json:"destinationCityName,omitzero" wallet:"text"`
	DestinationGate                               string                `json:"destinationGate,omitzero" wallet:"text"`
	DestinationLocation                           *Location             `json:"destinationLocation,omitzero"`
	DestinationLocationDescription                string                `json:"destinationLocationDescription,omitzero" wallet:"text"`
	DestinationLocationSecurityPrograms           []string              `json:"destinationLocationSecurityPrograms,omitzero" wallet:"securityProgram"`
	DestinationLocationTimeZone                   string                `json:"destinationLocationTimeZone,omitzero" wallet:"zone"`
	DestinationPlatform                           string                `json:"destinationPlatform,omitzero" wallet:"text"`
	DestinationStationName                        string                `json:"destinationStationName,omitzero" wallet:"text"`
	DestinationTerminal                           string                `json:"destinationTerminal,omitzero" wallet:"text"`
	Duration                                      *float64              `json:"duration,omitzero"` // seconds
	EntranceDescription                           string                `json:"entranceDescription,omitzero" wallet:"text"`
	EventEndDate                                  string                `json:"eventEndDate,omitzero" wallet:"date"`
	EventLiveMessage                              string                `json:"eventLiveMessage,omitzero" wallet:"text"`
	EventName                                     string                `json:"eventName,omitzero" wallet:"text"`
	EventStartDate                                string                `json:"eventStartDate,omitzero" wallet:"date"`
	EventStartDateInfo                            *EventDateInfo        `json:"eventStartDateInfo,omitzero"`
	EventType                                     string                `json:"eventType,omitzero" wallet:"eventType"`
	FlightCode                                    string                `json:"flightCode,omitzero" wallet:"plain"`
	FlightNumber                                  *int64                `json:"flightNumber,omitzero"` // a number, unlike everything like it
	Genre                                         string                `json:"genre,omitzero" wallet:"text"`
	HomeTeamAbbreviation                          string                `json:"homeTeamAbbreviation,omitzero" wallet:"text"`
	HomeTeamLocation                              string                `json:"homeTeamLocation,omitzero" wallet:"text"`
	HomeTeamName                                  string                `json:"homeTeamName,omitzero" wallet:"text"`
	InternationalDocumentsAreVerified             *bool                 `json:"internationalDocumentsAreVerified,omitzero"`
	InternationalDocumentsVerifiedDeclarationName string                `json:"internationalDocumentsVerifiedDeclarationName,omitzero" wallet:"text"`
	LeagueAbbreviation                            string                `json:"leagueAbbreviation,omitzero" wallet:"text"`
	LeagueName                                    string                `json:"leagueName,omitzero" wallet:"text"`
	LoungePlaceIDs                                []string              `json:"loungePlaceIDs,omitzero" wallet:"plain"`
	MembershipProgramName                         string                `json:"membershipProgramName,omitzero" wallet:"text"`
	MembershipProgramNumber                       string                `json:"membershipProgramNumber,omitzero" wallet:"text"`
	MembershipProgramStatus                       string                `json:"membershipProgramStatus,omitzero" wallet:"text"`
	OriginalArrivalDate                           string                `json:"originalArrivalDate,omitzero" wallet:"date"`
	OriginalBoardingDate                          string                `json:"originalBoardingDate,omitzero" wallet:"date"`
	OriginalDepartureDate                         string                `json:"originalDepartureDate,omitzero" wallet:"date"`
	PassengerAirlineSSRs                          []string              `json:"passengerAirlineSSRs,omitzero" wallet:"plain"`
	PassengerCapabilities                         []string              `json:"passengerCapabilities,omitzero" wallet:"capability"`
	PassengerEligibleSecurityPrograms             []string              `json:"passengerEligibleSecurityPrograms,omitzero" wallet:"securityProgram"`
	PassengerInformationSSRs                      []string              `json:"passengerInformationSSRs,omitzero" wallet:"plain"`
	PassengerName                                 *PersonNameComponents `json:"passengerName,omitzero"`
	PassengerServiceSSRs                          []string              `json:"passengerServiceSSRs,omitzero" wallet:"plain"`
	PerformerNames                                []string              `json:"performerNames,omitzero" wallet:"text"`
	PlaylistIDs                                   []string              `json:"playlistIDs,omitzero" wallet:"plain"`
	PriorityStatus                                string                `json:"priorityStatus,omitzero" wallet:"text"`
	Seats                                         []Seat                `json:"seats,omitzero"`
	SecurityScreening                             string                `json:"securityScreening,omitzero" wallet:"text"`
	SilenceRequested                              *bool                 `json:"silenceRequested,omitzero"`
	SportName                                     string                `json:"sportName,omitzero" wallet:"text"`
	TailgatingAllowed                             *bool                 `json:"tailgatingAllowed,omitzero"`
	TicketFareClass                               string                `json:"ticketFareClass,omitzero" wallet:"text"`
	TotalPrice                                    *CurrencyAmount       `json:"totalPrice,omitzero"`
	TransitProvider                               string                `json:"transitProvider,omitzero" wallet:"text"`
	TransitStatus                                 string                `json:"transitStatus,omitzero" wallet:"text"`
	TransitStatusReason                           string                `json:"transitStatusReason,omitzero" wallet:"text"`
	VehicleName                                   string                `json:"vehicleName,omitzero" wallet:"text"`
	VehicleNumber                                 string                `json:"vehicleNumber,omitzero" wallet:"text"`
	VehicleType                                   string                `json:"vehicleType,omitzero" wallet:"text"`
	VenueBoxOfficeOpenDate                        string                `json:"venueBoxOfficeOpenDate,omitzero" wallet:"date"`
	VenueCloseDate                                string                `json:"venueCloseDate,omitzero" wallet:"date"`
	VenueDoorsOpenDate                            string                `json:"venueDoorsOpenDate,omitzero" wallet:"date"`
	VenueEntrance                                 string                `json:"venueEntrance,omitzero" wallet:"text"`
	VenueEntranceDoor                             string                `json:"venueEntranceDoor,omitzero" wallet:"text"`
	VenueEntranceGate                             string                `json:"venueEntranceGate,omitzero" wallet:"text"`
	VenueEntrancePortal                           string                `json:"venueEntrancePortal,omitzero" wallet:"text"`
	VenueFanZoneOpenDate                          string                `json:"venueFanZoneOpenDate,omitzero" wallet:"date"`
	VenueGatesOpenDate                            string                `json:"venueGatesOpenDate,omitzero" wallet:"date"`
	VenueLocation                                 *Location             `json:"venueLocation,omitzero"`
	VenueName                                     string                `json:"venueName,omitzero" wallet:"text"`
	VenueOpenDate                                 string                `json:"venueOpenDate,omitzero" wallet:"date"`
	VenueParkingLotsOpenDate                      string                `json:"venueParkingLotsOpenDate,omitzero" wallet:"date"`
	VenuePhoneNumber                              string                `json:"venuePhoneNumber,omitzero" wallet:"text"`
	VenuePlaceID                                  string                `json:"venuePlaceID,omitzero" wallet:"plain"`
	VenueRegionName                               string                `json:"venueRegionName,omitzero" wallet:"text"`
	VenueRoom                                     string                `json:"venueRoom,omitzero" wallet:"text"`
	WifiAccess                                    []WifiNetwork         `json:"wifiAccess,omitzero"`

	Extra map[string]json.RawMessage `json:"-"`
}

// CurrencyAmount is an amount of money.
type CurrencyAmount struct {
	Amount       string `json:"amount,omitzero" wallet:"plain"` // a decimal in a string
	CurrencyCode string `json:"currencyCode,omitzero" wallet:"currency"`

	Extra map[string]json.RawMessage `json:"-"`
}

// EventDateInfo is a start date that may not be known in full.
// IgnoreTimeComponents wins over Undetermined, which wins over Unannounced.
type EventDateInfo struct {
	Date                 string `json:"date,omitzero" wallet:"date"`
	IgnoreTimeComponents *bool  `json:"ignoreTimeComponents,omitzero"`
	TimeZone             string `json:"timeZone,omitzero" wallet:"zone"`
	Unannounced          *bool  `json:"unannounced,omitzero"`  // shown as to be announced
	Undetermined         *bool  `json:"undetermined,omitzero"` // shown as to be determined

	Extra map[string]json.RawMessage `json:"-"`
}

// PersonNameComponents is a name in its parts.
type PersonNameComponents struct {
	FamilyName             string `json:"familyName,omitzero" wallet:"plain"`
	GivenName              string `json:"givenName,omitzero" wallet:"plain"`
	MiddleName             string `json:"middleName,omitzero" wallet:"plain"`
	NamePrefix             string `json:"namePrefix,omitzero" wallet:"plain"`
	NameSuffix             string `json:"nameSuffix,omitzero" wallet:"plain"`
	Nickname               string `json:"nickname,omitzero" wallet:"plain"`
	PhoneticRepresentation string `json:"phoneticRepresentation,omitzero" wallet:"plain"`

	Extra map[string]json.RawMessage `json:"-"`
}

// Seat is one seat of an event or a journey.
type Seat struct {
	SeatDescription  string `json:"seatDescription,omitzero" wallet:"text"`
	SeatIdentifier   string `json:"seatIdentifier,omitzero" wallet:"plain"`
	SeatNumber       string `json:"seatNumber,omitzero" wallet:"text"`
	SeatRow          string `json:"seatRow,omitzero" wallet:"text"`
	SeatSection      string `json:"seatSection,omitzero" wallet:"text"`
	SeatType         string `json:"seatType,omitzero" wallet:"text"`
	SeatAisle        string `json:"seatAisle,omitzero" wallet:"text"`
	SeatLevel        string `json:"seatLevel,omitzero" wallet:"text"`
	SeatSectionColor string `json:"seatSectionColor,omitzero" wallet:"color"`

	Extra map[string]json.RawMessage `json:"-"`
}

// WifiNetwork gives access to a wireless network. The password is readable by
// everyone who has the file.
type WifiNetwork struct {
	SSID     string `json:"ssid,omitzero" wallet:"plain"`
	Password string `json:"password,omitzero" wallet:"plain"`

	Extra map[string]json.RawMessage `json:"-"`
}

// AirPlay names a group of devices to play on.
type AirPlay struct {
	DeviceGroupToken string `json:"airPlayDeviceGroupToken,omitzero" wallet:"plain"`

	Extra map[string]json.RawMessage `json:"-"`
}
