package pkpass

import (
	"net/mail"
	"reflect"
	"regexp"
	"strings"
	"time"

	// The check of time zones may not depend on what the machine has installed.
	_ "time/tzdata"

	"golang.org/x/text/currency"
)

// minContrast is the ratio that WCAG 2 asks for large text.
const minContrast = 3

var (
	colorInvalid         = Finding{47, "color_invalid", Warning, "", "Wallet shows its own colour instead, or refuses the pass", "write the colour like rgb(96, 56, 19)"}
	colorHex             = Finding{47, "color_hex", Note, "", "Wallet takes this form, although its documentation knows only rgb()", "write the colour like rgb(96, 56, 19)"}
	contrastLow          = Finding{48, "contrast_low", Note, "", "the text is hard to read on its background", "choose colours with a contrast of at least 3 to 1"}
	dateInvalid          = Finding{49, "date_invalid", Refused, "", "Wallet cannot read the date and refuses the pass", "write the date with time and zone, like 2026-05-01T18:30:00+02:00"}
	expired              = Finding{50, "expired", Note, "", "the pass goes to the expired passes at once", "set expirationDate to a later date, unless this is meant"}
	voidedAtIssue        = Finding{51, "voided_at_issue", Note, "", "the holder receives a pass that is greyed out from the start", "remove voided, unless this is meant"}
	sharingNotProhibited = Finding{52, "sharing_not_prohibited", Note, "", "the pass has a share button although its use needs the holder's unlocking", "set sharingProhibited to true"}
	urlInvalid           = Finding{53, "url_invalid", Warning, "", "the button is missing or does nothing", "give an absolute URL without blanks and with %-codes for what is not ASCII, like https://example.org/caf%C3%A9"}
	emailImplausible     = Finding{53, "email_implausible", Warning, "", "the button is missing or does nothing", "give one e-mail address, like hello@example.org"}
	phoneImplausible     = Finding{53, "phone_implausible", Warning, "", "the button is missing or does nothing", "give a telephone number, like +49 30 1234567"}
	schemeKeyIdle        = Finding{54, "scheme_key_idle", Note, "", "Wallet ignores the key, because the pass does not ask for the presentation that it belongs to", "add the scheme to preferredStyleSchemes, or remove the key"}
	currencyCodeUnknown  = Finding{61, "currency_code_unknown", Warning, "", "the amount is shown without its currency or not at all", "give a code of ISO 4217, like EUR"}
	semanticDateInvalid  = Finding{85, "semantic_date_invalid", Warning, "", "Wallet ignores the tag", "write the date with time and zone, like 2026-05-01T18:30:00+02:00"}
	semanticConstant     = Finding{86, "semantic_constant_unknown", Warning, "", "Wallet ignores the tag", "use one of the constants that Apple lists for this tag"}
	timeZoneUnknown      = Finding{93, "time_zone_unknown", Warning, "", "times are shown in the phone's own zone", "give an IANA name, like Europe/Berlin"}
)

// stringChecks judge a string by what its tag says it is.
var stringChecks = map[string]func(j *judge, at *place, s string){
	"color":           checkColor,
	"date":            checkDate,
	"url":             checkURL,
	"email":           checkEmail,
	"phone":           checkPhone,
	"currency":        checkCurrency,
	"zone":            checkZone,
	"eventType":       constantCheck("PKEventType", "Generic", "LivePerformance", "Movie", "Sports", "Conference", "Convention", "Workshop", "SocialGathering"),
	"securityProgram": constantCheck("PKTransitSecurityProgram", "TSAPreCheck", "TSAPreCheckTouchlessID", "OSS", "ITI", "ITD", "GlobalEntry", "CLEAR"),
	"capability":      constantCheck("PKPassengerCapability", "Preboarding", "PriorityBoarding", "Carryon", "PersonalItem", "LapInfant"),
}

func checkTaggedStrings(j *judge) {
	walk(reflect.ValueOf(j.d).Elem(), documentRoot, (*plan).judged, func(l leaf) {
		if check := stringChecks[l.kind]; check != nil {
			if s, ok := l.text(); ok {
				at := l.at // most leaves need none that outlives the visit
				check(j, &at, s)
			}
		}
	})
}

func checkColor(j *judge, at *place, s string) {
	if _, ok := parseColor(s); !ok {
		j.report(colorInvalid, at, s)
	} else if strings.HasPrefix(s, "#") {
		j.report(colorHex, at, s)
	}
}

func checkDate(j *judge, at *place, s string) {
	if _, ok := parseDate(s); ok {
		return
	}
	switch {
	case at.within("semantics"):
		j.report(semanticDateInvalid, at, s)
	case at.within("upcomingPassInformation"):
		j.report(upcomingInvalid, at, s)
	default:
		j.report(dateInvalid, at, s)
	}
}

func checkURL(j *judge, at *place, s string) {
	if !isAbsolute(s) {
		j.report(urlInvalid, at)
	}
}

func checkEmail(j *judge, at *place, s string) {
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		j.report(emailImplausible, at)
	}
}

var phoneForm = regexp.MustCompile(`^\+?[0-9 ()./-]{3,30}$`)

func checkPhone(j *judge, at *place, s string) {
	if !phoneForm.MatchString(s) || !strings.ContainsAny(s, "0123456789") {
		j.report(phoneImplausible, at)
	}
}

// youngCurrencies came after the tables of x/text were made.
var youngCurrencies = setOf("MRU", "SLE", "STN", "UYW", "VED", "VES", "XCG", "ZWG")

func checkCurrency(j *judge, at *place, s string) {
	if _, err := currency.ParseISO(s); (err != nil || strings.ToUpper(s) != s) && !youngCurrencies[s] {
		j.report(currencyCodeUnknown, at, s)
	}
}

func checkZone(j *judge, at *place, s string) {
	known, seen := j.zones[s]
	if !seen {
		_, err := time.LoadLocation(s)
		known = err == nil && s != "Local"
		if j.zones == nil {
			j.zones = make(map[string]bool)
		}
		j.zones[s] = known
	}
	if !known {
		j.report(timeZoneUnknown, at, s)
	}
}

func constantCheck(prefix string, names ...string) func(*judge, *place, string) {
	known := setOf(names...)
	return func(j *judge, at *place, s string) {
		if name, ok := strings.CutPrefix(s, prefix); !ok || !known[name] {
			j.report(semanticConstant, at, s)
		}
	}
}

func checkContrast(j *judge) {
	back, ok := parseColor(j.d.BackgroundColor)
	if !ok {
		return
	}
	for _, m := range [...]struct{ name, value string }{
		{"foregroundColor", j.d.ForegroundColor},
		{"labelColor", j.d.LabelColor},
	} {
		if c, ok := parseColor(m.value); ok && contrast(back, c) < minContrast {
			j.report(contrastLow, top(m.name))
		}
	}
}

func checkState(j *judge) {
	d := j.d
	if end, ok := parseDate(d.ExpirationDate); ok && !j.o.Now.IsZero() && end.Before(j.o.Now) {
		j.report(expired, top("expirationDate"))
	}
	if isTrue(d.Voided) && j.o.Previous == nil {
		j.report(voidedAtIssue, top("voided"))
	}
	if d.NFC != nil && isTrue(d.NFC.RequiresAuthentication) && !isTrue(d.SharingProhibited) {
		j.report(sharingNotProhibited, top("sharingProhibited"))
	}
}

func isTrue(b *bool) bool { return b != nil && *b }

func checkSchemeKeys(j *judge) {
	v := reflect.ValueOf(j.d).Elem()
	for _, m := range plans[v.Type()].schemed {
		if !isUnset(v.FieldByIndex(m.index)) && !j.d.serves(m.scheme) {
			j.report(schemeKeyIdle, top(m.name))
		}
	}
}

// serves says whether the pass asks for one of the presentations, which are
// separated by blanks.
func (d *Document) serves(schemes string) bool {
	for scheme := range strings.FieldsSeq(schemes) {
		if scheme == "posterGeneric" && d.PosterGeneric != nil || d.prefers(scheme) {
			return true
		}
	}
	return false
}
