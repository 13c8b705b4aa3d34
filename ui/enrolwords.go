package ui

import (
	"encoding/json"
	"maps"
	"slices"

	"golang.org/x/text/language"
)

// words are the texts of the page of a link, and of that of a pass, in one language.
type words struct {
	Name, Email, Phone, PhoneHint, Optional, Send, Sample string
	Errors, Missing, Agree, Trap, Again, Foreign          string
	Wrong                                                 map[string]string // by the type of the answer
	Computer, ComputerText, Code, InApp, InAppText, Demo  string
	Void, Expired, AddTo, NoScript, Undrawn, Front, Back  string // of a pass and its drawing
	Closed, ClosedText, Full, FullText, Early, EarlyText  string
	Paused, PausedText, Declined, DeclinedText            string
	Mailed, MailedText, Busy, BusyText                    string
}

// fallback is the language for readers of none of the others.
const fallback = "en"

var wordsIn = func() map[string]words {
	var all map[string]words
	if err := json.Unmarshal(mustRead("enrol/words.json"), &all); err != nil {
		panic(err) // the file is in the executable
	}
	return all
}()

// pageLanguages begins with the fallback, as a matcher wants it.
var pageLanguages = append([]string{fallback}, slices.DeleteFunc(slices.Sorted(maps.Keys(wordsIn)), func(tag string) bool { return tag == fallback })...)

var pageMatcher = func() language.Matcher {
	var tags []language.Tag
	for _, tag := range pageLanguages {
		tags = append(tags, language.Make(tag))
	}
	return language.NewMatcher(tags)
}()

// PageLanguage is the language of the words on an EnrolPage or a PassPage for readers of
// what an Accept-Language header or a language tag says. Of several the first that is
// understood counts.
func PageLanguage(accept ...string) string {
	for _, header := range accept {
		wanted, _, err := language.ParseAcceptLanguage(header)
		if err != nil || len(wanted) == 0 {
			continue
		}
		if _, at, sure := pageMatcher.Match(wanted...); sure > language.No {
			return pageLanguages[at]
		}
	}
	return fallback
}
