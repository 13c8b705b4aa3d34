package pkpass

import (
	"path"
	"reflect"
	"slices"
	"strings"
)

// The presentations that are driven by semantic tags.
const (
	posterEvent      = "posterEventTicket"
	semanticBoarding = "semanticBoardingPass"
)

var (
	schemeUnknown   = Finding{87, "scheme_unknown", Warning, "", "Wallet ignores the scheme", "use posterEventTicket, eventTicket, semanticBoardingPass or boardingPass"}
	schemeMisplaced = Finding{87, "scheme_misplaced", Warning, "", "Wallet ignores the scheme", "use a scheme of the pass's own style, only eventTicket and boardingPass have some"}
	schemeOrder     = Finding{87, "scheme_order", Warning, "", "Wallet may show the classic look although the pass could do better", "name the classic style last"}
	posterMissing   = Finding{88, "poster_requirement_missing", Warning, "", "Wallet shows the classic look instead of the poster", "give what the poster event ticket needs"}
	boardingMissing = Finding{89, "semantic_boarding_requirement_missing", Warning, "", "Wallet shows the classic look instead of the new boarding pass", "give what the semantic boarding pass needs"}
	fallbackEmpty   = Finding{90, "scheme_fallback_empty", Warning, "", "older systems show a blank pass", "fill header, primary, secondary or auxiliary fields too"}
	seatsMissing    = Finding{92, "seats_missing", Note, "", "the pass shows no seat", "give the tag seats, if there are any"}
	posterAlone     = Finding{96, "poster_generic_without_fallback", Warning, "", "systems before iOS 27 find no style that they know", "add one of generic, storeCard, coupon, eventTicket beside posterGeneric"}
	posterNoArtwork = Finding{97, "poster_generic_without_artwork", Warning, "", "the face of the pass stays empty", "add the image artwork"}
)

// prefers says whether the pass asks for the scheme and has its style.
func (d *Document) prefers(scheme string) bool {
	style := d.EventTicket
	if scheme == semanticBoarding {
		style = d.BoardingPass
	}
	return style != nil && slices.Contains(d.PreferredStyleSchemes, scheme)
}

func checkSchemes(j *judge) {
	d, at := j.d, top("preferredStyleSchemes")
	if len(d.PreferredStyleSchemes) == 0 {
		return
	}
	name, style := d.Style()
	for i, scheme := range d.PreferredStyleSchemes {
		switch scheme {
		case posterEvent, semanticBoarding:
			if !d.prefers(scheme) {
				j.report(schemeMisplaced, at.item(i), scheme)
			}
		case "eventTicket", "boardingPass":
			if scheme != name {
				j.report(schemeMisplaced, at.item(i), scheme)
			}
		default:
			j.report(schemeUnknown, at.item(i), scheme)
		}
	}
	if !d.prefers(posterEvent) && !d.prefers(semanticBoarding) {
		return
	}
	if d.PreferredStyleSchemes[len(d.PreferredStyleSchemes)-1] != name {
		j.report(schemeOrder, at)
	}
	if len(style.HeaderFields)+len(style.PrimaryFields)+len(style.SecondaryFields)+len(style.AuxiliaryFields) == 0 {
		j.report(fallbackEmpty, top(name))
	}
	if len(j.allTags().Seats) == 0 {
		j.report(seatsMissing, top("semantics").member("seats"))
	}
}

// allTags is the tags of the root and of all fields of the styles together,
// since it makes no difference where they stand.
func (j *judge) allTags() *Semantics {
	all := reflect.New(reflect.TypeFor[Semantics]())
	j.eachSemantics(func(at *place, s *Semantics) {
		if !at.within("upcomingPassInformation") {
			mergeMembers(all.Elem(), reflect.ValueOf(s).Elem())
		}
	})
	return all.Interface().(*Semantics)
}

// need is one thing that a scheme asks for.
type need struct {
	name string
	met  bool
}

func (j *judge) checkNeeds(rule Finding, needs []need) {
	for _, n := range needs {
		if !n.met {
			j.report(rule, top("semantics").member(n.name))
		}
	}
}

func checkPosterEvent(j *judge) {
	d := j.d
	if !d.prefers(posterEvent) {
		return
	}
	s := j.allTags()
	sports, live := s.EventType == "PKEventTypeSports", s.EventType == "PKEventTypeLivePerformance"
	j.checkNeeds(posterMissing, []need{
		{"eventName", s.EventName != ""},
		{"venueName", s.VenueName != ""},
		{"venueRegionName", s.VenueRegionName != ""},
		{"venueRoom", s.VenueRoom != ""},
		{"homeTeamAbbreviation", !sports || s.HomeTeamAbbreviation != ""},
		{"awayTeamAbbreviation", !sports || s.AwayTeamAbbreviation != ""},
		{"performerNames", !live || len(s.PerformerNames) > 0},
	})
	if d.NFC == nil || d.NFC.RequiresAuthentication == nil {
		j.report(posterMissing, top("nfc").member("requiresAuthentication"))
	}
	if j.o.Files != nil && !j.o.hasImage("artwork") && !j.o.hasImage("background") {
		j.report(posterMissing, &place{name: "artwork.png"})
	}
}

func checkSemanticBoarding(j *judge) {
	d := j.d
	if !d.prefers(semanticBoarding) {
		return
	}
	s := j.allTags()
	j.checkNeeds(boardingMissing, []need{
		{"airlineCode", s.AirlineCode != ""},
		{"flightNumber", s.FlightNumber != nil},
		{"departureAirportCode", s.DepartureAirportCode != ""},
		{"departureCityName", s.DepartureCityName != ""},
		{"departureLocationTimeZone", s.DepartureLocationTimeZone != ""},
		{"destinationAirportCode", s.DestinationAirportCode != ""},
		{"destinationCityName", s.DestinationCityName != ""},
		{"destinationLocationTimeZone", s.DestinationLocationTimeZone != ""},
		{"originalDepartureDate", s.OriginalDepartureDate != ""},
		{"originalBoardingDate", s.OriginalBoardingDate != ""},
		{"originalArrivalDate", s.OriginalArrivalDate != ""},
		{"passengerName", s.PassengerName != nil},
	})
	if d.BoardingPass.TransitType != "PKTransitTypeAir" {
		j.report(boardingMissing, top("boardingPass").member("transitType"))
	}
}

func checkPosterGeneric(j *judge) {
	if j.d.PosterGeneric == nil {
		return
	}
	if name, _ := j.d.Style(); name == "posterGeneric" {
		j.report(posterAlone, top("posterGeneric"))
	}
	if j.o.Files != nil && !j.o.hasImage("artwork") {
		j.report(posterNoArtwork, &place{name: "artwork.png"})
	}
}

// hasImage says whether any scale of the image is there, at the root or in a
// language's folder.
func (o Options) hasImage(name string) bool {
	return slices.ContainsFunc(o.Files, func(file string) bool {
		stem, _ := splitScale(path.Base(file))
		return stem == name
	})
}

// splitScale takes "logo@2x.png" apart into "logo" and "@2x"; it returns an
// empty name for what is not a PNG.
func splitScale(file string) (name, scale string) {
	stem, ok := strings.CutSuffix(file, ".png")
	if !ok {
		return "", ""
	}
	if at := strings.LastIndexByte(stem, '@'); at >= 0 {
		return stem[:at], stem[at:]
	}
	return stem, ""
}
