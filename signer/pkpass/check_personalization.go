package pkpass

import "slices"

var (
	personalizationMissing  = Finding{106, "personalization_requirement_missing", Warning, "", "Wallet shows no sign-up form", "give what a reward card needs: storeCard, nfc, webServiceURL, a description, a field to ask for, and the image personalizationLogo"}
	personalizationLeftOver = Finding{107, "personalization_left_over", Warning, "", "Wallet asks the holder to sign up again", "leave personalization.json and personalizationLogo out of the personal version"}
)

var personalizationFields = setOf(PersonalizationName, PersonalizationPostalCode, PersonalizationEmail, PersonalizationPhone)

var personalizationPlace = &place{name: PersonalizationFile}

func (j *judge) readPersonalization(data []byte) *Personalization {
	p, err := ParsePersonalization(data)
	if err != nil {
		rule := personalizationMissing
		rule.Remedy += ": " + err.Error()
		j.report(rule, personalizationPlace)
	}
	return p
}

func checkPersonalization(j *judge) {
	p := j.o.Personalization
	present := p != nil || slices.Contains(j.o.Files, PersonalizationFile)
	if present && j.o.Personalized {
		j.report(personalizationLeftOver, personalizationPlace)
	}
	if p == nil || j.o.Personalized {
		return
	}
	for _, n := range []struct {
		at  *place
		met bool
	}{
		{top("storeCard"), j.d.StoreCard != nil},
		{top("nfc"), j.d.NFC != nil},
		{top("webServiceURL"), j.d.WebServiceURL != ""},
		{personalizationPlace.member("description"), p.Description != ""},
		{personalizationPlace.member("requiredPersonalizationFields"), asksKnown(p.RequiredFields)},
		{&place{name: "personalizationLogo.png"}, j.o.Files == nil || j.o.hasImage("personalizationLogo")},
	} {
		if !n.met {
			j.report(personalizationMissing, n.at)
		}
	}
}

func asksKnown(fields []string) bool {
	return len(fields) > 0 && !slices.ContainsFunc(fields, func(f string) bool { return !personalizationFields[f] })
}
