package pkpass

import "regexp"

var (
	semanticIncomplete = Finding{85, "semantic_member_missing", Warning, "", "Wallet ignores the tag", "give all required members"}
	amountInvalid      = Finding{85, "semantic_amount_invalid", Warning, "", "Wallet ignores the amount", "give the amount as a text with a decimal point, like \"12.50\""}
	datesReversed      = Finding{91, "semantic_dates_reversed", Warning, "", "Wallet shows times that cannot be, or ignores them", "put the dates in the order in which things happen"}
	wifiReadable       = Finding{98, "wifi_password_readable", Note, "", "everyone who gets the file can read the password of the network", "give only a network that is meant for guests"}
)

func checkSemantics(j *judge) {
	j.eachSemantics(func(at *place, s *Semantics) {
		j.checkTagTypes(at, s)
		j.checkTagOrder(at, s)
		if len(s.WifiAccess) > 0 {
			j.report(wifiReadable, at.member("wifiAccess"))
		}
	})
}

var amountForm = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

func (j *judge) checkTagTypes(at *place, s *Semantics) {
	for _, m := range [...]struct {
		name string
		*CurrencyAmount
	}{{"balance", s.Balance}, {"totalPrice", s.TotalPrice}} {
		if m.CurrencyAmount != nil && !amountForm.MatchString(m.Amount) {
			j.report(amountInvalid, at.member(m.name).member("amount"))
		}
		if m.CurrencyAmount != nil && m.CurrencyCode == "" {
			j.report(semanticIncomplete, at.member(m.name).member("currencyCode"))
		}
	}
	for _, m := range [...]struct {
		name string
		*Location
	}{{"departureLocation", s.DepartureLocation}, {"destinationLocation", s.DestinationLocation}, {"venueLocation", s.VenueLocation}} {
		if m.Location != nil && (!within(m.Latitude, 90) || !within(m.Longitude, 180)) {
			j.report(semanticIncomplete, at.member(m.name))
		}
	}
	for i, w := range s.WifiAccess {
		if w.SSID == "" || w.Password == "" {
			j.report(semanticIncomplete, at.member("wifiAccess").item(i))
		}
	}
}

// checkTagOrder compares only dates that can be read; the others have a finding.
func (j *judge) checkTagOrder(at *place, s *Semantics) {
	for _, pair := range [...]struct{ first, then, name string }{
		{s.EventStartDate, s.EventEndDate, "eventEndDate"},
		{s.OriginalBoardingDate, s.OriginalDepartureDate, "originalBoardingDate"},
		{s.OriginalDepartureDate, s.OriginalArrivalDate, "originalArrivalDate"},
		{s.CurrentBoardingDate, s.CurrentDepartureDate, "currentBoardingDate"},
		{s.CurrentDepartureDate, s.CurrentArrivalDate, "currentArrivalDate"},
	} {
		first, ok := parseDate(pair.first)
		if !ok {
			continue
		}
		if then, ok := parseDate(pair.then); ok && first.After(then) {
			j.report(datesReversed, at.member(pair.name))
		}
	}
}
