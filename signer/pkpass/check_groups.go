package pkpass

import (
	"regexp"
	"strings"
)

var (
	fieldKeyDuplicate    = Finding{56, "field_key_duplicate", Refused, "", "Wallet refuses the pass", "give every field of the style a key of its own"}
	fieldsSurplus        = Finding{57, "fields_surplus", Warning, "", "surplus fields are hidden or squeezed", "show fewer fields there, or move some to the back"}
	changeMessagesAbsent = Finding{65, "change_messages_absent", Note, "", "every update is silent, the holder is not told", "give a changeMessage to the fields whose change matters"}
	contactMissing       = Finding{69, "contact_missing", Note, "", "the holder finds no way to reach the issuer", "put a telephone number, an e-mail address or a site on the back"}
	fieldKeyRenamed      = Finding{72, "field_key_renamed", Note, "", "Wallet takes this for a new field and announces no change", "keep the key that the field had"}
)

// checkFieldKeys holds each style, and each upcoming event, for a scope of its own.
func checkFieldKeys(j *judge) {
	type scoped struct{ style, key string }
	seen := make(map[scoped]bool)
	for _, f := range j.fields {
		scope := scoped{f.style, f.Key}
		if f.style == "upcomingPassInformation" {
			scope.style = f.at.up.up.pointer()
		}
		if f.Key != "" && seen[scope] {
			j.report(fieldKeyDuplicate, f.at.member("key"), f.Key)
		}
		seen[scope] = true
	}
}

// shown is how many fields of some groups together a style has room for.
type shown struct {
	most   int
	groups []string
}

var roomFor = map[string][]shown{
	"boardingPass":  {{3, []string{"headerFields"}}, {2, []string{"primaryFields"}}, {4, []string{"secondaryFields"}}, {5, []string{"auxiliaryFields"}}},
	"coupon":        {{3, []string{"headerFields"}}, {1, []string{"primaryFields"}}, {4, []string{"secondaryFields", "auxiliaryFields"}}},
	"storeCard":     {{3, []string{"headerFields"}}, {1, []string{"primaryFields"}}, {4, []string{"secondaryFields", "auxiliaryFields"}}},
	"eventTicket":   {{3, []string{"headerFields"}}, {1, []string{"primaryFields"}}, {4, []string{"secondaryFields"}}, {4, []string{"auxiliaryFields"}}, {4, []string{secondRow}}},
	"generic":       {{3, []string{"headerFields"}}, {1, []string{"primaryFields"}}, {4, []string{"secondaryFields"}}, {4, []string{"auxiliaryFields"}}},
	"posterGeneric": {{1, []string{"headerFields"}}, {4, []string{"primaryFields"}}, {0, []string{"secondaryFields"}}, {0, []string{"auxiliaryFields"}}, {2, []string{"footerFields"}}},
}

// secondRow stands for the auxiliary fields that ask for row 1.
const secondRow = "auxiliaryFields, row 1"

func checkFieldCounts(j *judge) {
	for name, s := range j.d.Styles() {
		counts := countFields(name, s)
		for _, room := range roomFor[name] {
			n := 0
			for _, group := range room.groups {
				n += counts[group]
			}
			if n > room.most {
				last := room.groups[len(room.groups)-1]
				if last == secondRow {
					last = "auxiliaryFields"
				}
				j.report(fieldsSurplus, top(name).member(last))
			}
		}
	}
}

func countFields(style string, s *Style) map[string]int {
	counts := make(map[string]int)
	for group, fields := range s.Groups() {
		counts[group] = len(*fields)
	}
	for _, f := range s.AuxiliaryFields {
		if style == "eventTicket" && f.Row != nil && *f.Row == 1 {
			counts["auxiliaryFields"]--
			counts[secondRow]++
		}
	}
	return counts
}

func checkChangeMessages(j *judge) {
	if j.d.WebServiceURL == "" {
		return
	}
	name := ""
	for _, f := range j.fields {
		if f.ChangeMessage != "" {
			return
		}
		name = f.style
	}
	if name != "" {
		j.report(changeMessagesAbsent, top(name))
	}
}

var contactForm = regexp.MustCompile(`@|https?:|www\.|tel:|\+?[0-9][0-9 ()./-]{5,}`)

// isContact looks first whether there is anything that each form has, for the
// expression takes longer than any other check.
func isContact(s string) bool {
	return (strings.ContainsAny(s, "@:0123456789") || strings.Contains(s, "www.")) && contactForm.MatchString(s)
}

func checkContact(j *judge) {
	d := j.d
	if d.ContactVenueEmail+d.ContactVenuePhoneNumber+d.ContactVenueWebsite != "" ||
		d.TransitProviderEmail+d.TransitProviderPhoneNumber+d.TransitProviderWebsiteURL != "" {
		return
	}
	style := ""
	for _, f := range j.fields {
		if f.style != "upcomingPassInformation" {
			style = f.style
		}
		if (f.group == "backFields" || f.group == "additionalInfoFields") && j.hasContact(&f) {
			return
		}
	}
	if style != "" {
		j.report(contactMissing, top(style).member("backFields"))
	}
}

// hasContact looks at the field as it is and as it is shown in any language.
func (j *judge) hasContact(f *placedField) bool {
	for _, s := range []string{f.Value.content, f.AttributedValue.content} {
		if isContact(s) {
			return true
		}
		for _, texts := range j.o.Strings {
			if isContact(texts[s]) {
				return true
			}
		}
	}
	return false
}

// checkRenamedKeys finds fields with a new key where a field of the same label
// lost its own.
func checkRenamedKeys(j *judge, old *Document) {
	for name, was := range old.Styles() {
		for style, is := range j.d.Styles() {
			if style == name {
				j.checkRenamed(top(name), was, is)
			}
		}
	}
}

func (j *judge) checkRenamed(at *place, was, is *Style) {
	lost := make(map[string]bool) // by group and label
	present := fieldIndex(is)
	for group, fields := range was.Groups() {
		for _, f := range *fields {
			if _, ok := present[f.Key]; !ok && f.Label != "" {
				lost[group+"/"+f.Label] = true
			}
		}
	}
	known := fieldIndex(was)
	for group, fields := range is.Groups() {
		for i, f := range *fields {
			if _, ok := known[f.Key]; !ok && lost[group+"/"+f.Label] {
				j.report(fieldKeyRenamed, at.member(group).item(i).member("key"))
			}
		}
	}
}
