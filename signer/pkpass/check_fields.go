package pkpass

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	fieldDateInvalid      = Finding{49, "field_date_invalid", Warning, "", "the date is shown as it is written, or the pass fails", "write the date with time and zone, like 2026-05-01T18:30:00+02:00"}
	fieldKeyMissing       = Finding{55, "field_key_missing", Refused, "", "Wallet refuses the pass", "give the field a key"}
	fieldValueMissing     = Finding{55, "field_value_missing", Refused, "", "Wallet refuses the pass", "give the field a value, an empty text if there is none"}
	dateFormatMisplaced   = Finding{58, "date_format_misplaced", Refused, "", "Wallet refuses the pass", "give a date like 2026-05-01T18:30:00+02:00, or remove dateStyle, timeStyle, isRelative and ignoresTimeZone"}
	numberFormatMisplaced = Finding{59, "number_format_misplaced", Refused, "", "Wallet refuses the pass", "give the value as a JSON number, or remove numberStyle and currencyCode"}
	numberFormatTwice     = Finding{60, "number_format_twice", Warning, "", "Wallet uses one of the two and drops the other", "keep either numberStyle or currencyCode"}
	fieldConstant         = Finding{62, "field_constant_unknown", Warning, "", "Wallet uses its default, or refuses the pass", "use one of the constants that Apple lists for this key"}
	alignmentMisplaced    = Finding{63, "text_alignment_misplaced", Warning, "", "Wallet ignores the alignment, or refuses the pass", "remove textAlignment, primary and back fields have none"}
	changeMessageForm     = Finding{64, "change_message_placeholder", Warning, "", "the notice on the lock screen does not say the new value", "put %@ into changeMessage, once"}
	attributedMarkup      = Finding{66, "attributed_value_markup", Warning, "", "the markup is shown as text or dropped", "use no markup but <a href=\"…\">…</a>"}
	dataDetectorUnknown   = Finding{67, "data_detector_unknown", Note, "", "Wallet ignores the detector", "use PKDataDetectorTypePhoneNumber, Link, Address or CalendarEvent"}
	dataDetectorMisplaced = Finding{67, "data_detector_misplaced", Note, "", "Wallet ignores detectors outside the back", "remove dataDetectorTypes, or move the field to backFields"}
	rowInvalid            = Finding{68, "row_invalid", Warning, "", "the field is not put into the second row", "use row 0 or 1, and only in auxiliaryFields of eventTicket"}
	frontTextLong         = Finding{70, "front_text_long", Note, "", "the text is made smaller and then cut off", "shorten it, or move it to the back"}
	groupMisplaced        = Finding{71, "field_group_misplaced", Note, "", "Wallet does not show the group in this style", "move the fields to another group"}
)

// fieldChecks judge one field each time.
var fieldChecks = []func(*judge, *placedField){
	checkFieldComplete, // 55
	checkDateFormat,    // 49, 58
	checkNumberFormat,  // 59, 60
	checkConstants,     // 62
	checkPlacement,     // 63, 68, 71
	checkChangeMessage, // 64
	checkAttributed,    // 66
	checkDetectors,     // 67
	checkLength,        // 70
}

func checkFields(j *judge) {
	for i := range j.fields {
		for _, check := range fieldChecks {
			check(j, &j.fields[i])
		}
	}
}

func checkFieldComplete(j *judge, f *placedField) {
	if f.Key == "" {
		j.report(fieldKeyMissing, f.at.member("key"))
	}
	if f.Value.IsZero() {
		j.report(fieldValueMissing, f.at.member("value"))
	}
}

func checkDateFormat(j *judge, f *placedField) {
	if !f.IsDate() || f.Value.IsZero() {
		return
	}
	if _, ok := parseDate(f.Value.content); ok && f.Value.IsText() {
		return
	}
	if f.Value.IsText() && looksLikeDate(f.Value.content) {
		j.report(fieldDateInvalid, f.at.member("value"))
		return
	}
	j.report(dateFormatMisplaced, f.at.member("value"))
}

func checkNumberFormat(j *judge, f *placedField) {
	if (f.NumberStyle != "" || f.CurrencyCode != "") && f.Value.IsText() {
		j.report(numberFormatMisplaced, f.at.member("value"))
	}
	if f.NumberStyle != "" && f.CurrencyCode != "" {
		j.report(numberFormatTwice, f.at.member("numberStyle"))
	}
}

var (
	dateStyles    = setOf("PKDateStyleNone", "PKDateStyleShort", "PKDateStyleMedium", "PKDateStyleLong", "PKDateStyleFull")
	numberStyles  = setOf("PKNumberStyleDecimal", "PKNumberStylePercent", "PKNumberStyleScientific", "PKNumberStyleSpellOut")
	alignments    = setOf("PKTextAlignmentLeft", "PKTextAlignmentCenter", "PKTextAlignmentRight", "PKTextAlignmentNatural")
	dataDetectors = setOf("PKDataDetectorTypePhoneNumber", "PKDataDetectorTypeLink", "PKDataDetectorTypeAddress", "PKDataDetectorTypeCalendarEvent")
)

func checkConstants(j *judge, f *placedField) {
	for _, m := range [...]struct {
		name, value string
		known       map[string]bool
	}{
		{"dateStyle", f.DateStyle, dateStyles},
		{"timeStyle", f.TimeStyle, dateStyles},
		{"numberStyle", f.NumberStyle, numberStyles},
		{"textAlignment", f.TextAlignment, alignments},
	} {
		if m.value != "" && !m.known[m.value] {
			j.report(fieldConstant, f.at.member(m.name), m.value)
		}
	}
}

func checkPlacement(j *judge, f *placedField) {
	if f.TextAlignment != "" && (f.group == "primaryFields" || f.group == "backFields") {
		j.report(alignmentMisplaced, f.at.member("textAlignment"))
	}
	if f.Row != nil && (*f.Row < 0 || *f.Row > 1 || f.style != "eventTicket" || f.group != "auxiliaryFields") {
		j.report(rowInvalid, f.at.member("row"))
	}
	switch {
	case f.style == "upcomingPassInformation" || f.style == "posterGeneric":
	case f.group == "footerFields", f.group == "additionalInfoFields" && !j.d.prefers(posterEvent):
		j.report(groupMisplaced, f.at)
	}
}

// checkChangeMessage leaves keys into strings files to the check of those.
func checkChangeMessage(j *judge, f *placedField) {
	if f.ChangeMessage != "" && !hasPlaceholder(f.ChangeMessage) && !j.isStringsKey(f.ChangeMessage) {
		j.report(changeMessageForm, f.at.member("changeMessage"))
	}
}

func hasPlaceholder(s string) bool { return strings.Count(s, "%@") == 1 }

var (
	linkForm = regexp.MustCompile(`(?is)<a\s+href\s*=\s*("[^"<>]*"|'[^'<>]*')\s*>|</a\s*>`)
	tagForm  = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)
)

func checkAttributed(j *judge, f *placedField) {
	if s := f.AttributedValue.content; strings.Contains(s, "<") && tagForm.MatchString(linkForm.ReplaceAllString(s, "")) {
		j.report(attributedMarkup, f.at.member("attributedValue"))
	}
}

func checkDetectors(j *judge, f *placedField) {
	if f.DataDetectorTypes == nil {
		return
	}
	at := f.at.member("dataDetectorTypes")
	if f.group != "backFields" {
		j.report(dataDetectorMisplaced, at)
	}
	for i, name := range f.DataDetectorTypes {
		if !dataDetectors[name] {
			j.report(dataDetectorUnknown, at.item(i), name)
		}
	}
}

// frontLengths are the characters that a value of the group can have before
// it is likely to be cut off: a proposal, since Wallet's fonts decide.
var frontLengths = map[string]int{
	"headerFields":    20,
	"primaryFields":   32,
	"secondaryFields": 40,
	"auxiliaryFields": 40,
	"footerFields":    40,
}

func checkLength(j *judge, f *placedField) {
	limit := frontLengths[f.group]
	if limit == 0 {
		return
	}
	if utf8.RuneCountInString(f.Label) > limit {
		j.report(frontTextLong, f.at.member("label"))
	}
	if f.Value.IsText() && utf8.RuneCountInString(f.Value.content) > limit {
		j.report(frontTextLong, f.at.member("value"))
	}
}
