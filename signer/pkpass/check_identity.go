package pkpass

import "strings"

var (
	formatVersionWrong    = Finding{31, "format_version_wrong", Refused, "", "Wallet refuses the pass", "set formatVersion to the number 1"}
	identityMissing       = Finding{32, "identity_missing", Refused, "", "Wallet refuses the pass", "give a text that is not empty"}
	styleMissing          = Finding{33, "style_missing", Refused, "", "Wallet does not know what to draw and refuses the pass", "add one of boardingPass, coupon, eventTicket, generic, storeCard"}
	styleAmbiguous        = Finding{33, "style_ambiguous", Refused, "", "Wallet refuses a pass of two styles", "keep one of the classic styles"}
	transitTypeMissing    = Finding{34, "transit_type_missing", Refused, "", "Wallet refuses a boarding pass without a known transitType", "set transitType to PKTransitTypeAir, Boat, Bus, Generic or Train"}
	transitTypeUnexpected = Finding{34, "transit_type_unexpected", Warning, "", "Wallet may refuse the pass", "remove transitType, only boardingPass has it"}
	identifierReserved    = Finding{38, "identifier_reserved", Refused, "", "Wallet keeps this name for itself and refuses the pass", "use your own pass type and team"}
	serialNumberUnsafe    = Finding{39, "serial_number_unsafe", Warning, "", "the pass may not get updates, because the serial number travels in URL paths", "use at most 64 of the characters A-Z a-z 0-9 . _ -"}
	identityChanged       = Finding{40, "identity_changed", Refused, "", "Wallet takes this for another pass and drops the update", "keep serial number, pass type and team of the installed version"}
	groupingMisplaced     = Finding{41, "grouping_identifier_misplaced", Warning, "", "Wallet does not group passes of this style", "remove groupingIdentifier, only boardingPass and eventTicket have it"}
	appLaunchURLAlone     = Finding{45, "app_launch_url_alone", Warning, "", "there is no app to launch, and Wallet may refuse the pass", "add associatedStoreIdentifiers, or remove appLaunchURL"}
)

func checkIdentity(j *judge) {
	d := j.d
	if d.FormatVersion != 1 {
		j.report(formatVersionWrong, top("formatVersion"))
	}
	for _, m := range [...]struct{ name, value string }{
		{"passTypeIdentifier", d.PassTypeIdentifier},
		{"teamIdentifier", d.TeamIdentifier},
		{"serialNumber", d.SerialNumber},
		{"organizationName", d.OrganizationName},
		{"description", d.Description},
	} {
		if strings.TrimSpace(m.value) == "" {
			j.report(identityMissing, top(m.name))
		}
	}
	if d.TeamIdentifier == "com.apple.wallet" {
		j.report(identifierReserved, top("teamIdentifier"))
	}
	if strings.HasPrefix(d.PassTypeIdentifier, "userpass.com.apple.wallet.") {
		j.report(identifierReserved, top("passTypeIdentifier"))
	}
	if d.SerialNumber != "" && !safeSerial(d.SerialNumber) {
		j.report(serialNumberUnsafe, top("serialNumber"))
	}
}

func safeSerial(s string) bool {
	return len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return r > 127 || !isAlphanumeric(byte(r)) && !strings.ContainsRune("._-", r)
	})
}

var transitTypes = setOf("PKTransitTypeAir", "PKTransitTypeBoat", "PKTransitTypeBus", "PKTransitTypeGeneric", "PKTransitTypeTrain")

func checkStyle(j *judge) {
	classic := 0
	for name, s := range j.d.Styles() {
		if name != "posterGeneric" {
			classic++
		}
		if classic > 1 && name != "posterGeneric" {
			j.report(styleAmbiguous, top(name))
		}
		switch at := top(name).member("transitType"); {
		case name == "boardingPass" && !transitTypes[s.TransitType]:
			j.report(transitTypeMissing, at, given(s.TransitType)...)
		case name != "boardingPass" && s.TransitType != "":
			j.report(transitTypeUnexpected, at)
		}
	}
	if classic == 0 && j.d.PosterGeneric == nil {
		j.report(styleMissing, documentRoot)
	}
}

func checkPrevious(j *judge) {
	old := j.o.Previous
	if old == nil {
		return
	}
	for _, m := range [...]struct{ name, was, is string }{
		{"passTypeIdentifier", old.PassTypeIdentifier, j.d.PassTypeIdentifier},
		{"teamIdentifier", old.TeamIdentifier, j.d.TeamIdentifier},
		{"serialNumber", old.SerialNumber, j.d.SerialNumber},
	} {
		if m.was != m.is && m.is != "" {
			j.report(identityChanged, top(m.name))
		}
	}
	if old.AuthenticationToken != "" && old.AuthenticationToken != j.d.AuthenticationToken {
		j.report(tokenChanged, top("authenticationToken"))
	}
	checkRenamedKeys(j, old)
}

func checkGrouping(j *judge) {
	if j.d.GroupingIdentifier != "" && j.d.BoardingPass == nil && j.d.EventTicket == nil {
		j.report(groupingMisplaced, top("groupingIdentifier"))
	}
}

func checkApps(j *judge) {
	d := j.d
	if d.AppLaunchURL != "" && len(d.AssociatedStoreIDs) == 0 {
		j.report(appLaunchURLAlone, top("appLaunchURL"))
	}
	j.checkStoreIDs(d.AssociatedStoreIDs, top("associatedStoreIdentifiers"))
	j.checkStoreIDs(d.AuxiliaryStoreIDs, top("auxiliaryStoreIdentifiers"))
}

func (j *judge) checkStoreIDs(ids []int64, at *place) {
	for i, id := range ids {
		if id <= 0 {
			j.report(storeIDNotNumber, at.item(i))
		}
	}
}

func setOf(names ...string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, name := range names {
		out[name] = true
	}
	return out
}

// given is s as the optional last argument of report.
func given(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}
