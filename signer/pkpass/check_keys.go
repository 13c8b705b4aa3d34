package pkpass

import (
	"maps"
	"reflect"
	"slices"

	"pocketpass/signer/spelling"
)

var (
	keyMisspelt = Finding{37, "key_misspelt", Warning, "", "Wallet ignores the key", "check the spelling"}
	unknownKey  = Finding{37, "unknown_key", Note, "", "Wallet ignores the key", "check the spelling, or remove it"}
)

// slipLetters is how many letters of a key may differ from one that Wallet knows before
// it counts as another key, perhaps one that Apple adds one day.
const slipLetters = 2

// checkUnknownKeys looks for slips everywhere. A key that resembles none is reported at
// the top level only: below it a new key of Apple's is as likely as a mistake.
func checkUnknownKeys(j *judge) {
	left := maxFindings
	walk(reflect.ValueOf(j.d).Elem(), documentRoot, (*plan).holding, func(l leaf) {
		if l.kind != extraKind {
			return
		}
		p, at := plans[l.owner.Type()], l.at
		known := p.names()
		for _, name := range slices.Sorted(maps.Keys(p.extraOf(l.owner))) {
			if left--; left < 0 {
				return
			}
			j.checkUnknownKey(at.member(name), known)
		}
	})
}

func (j *judge) checkUnknownKey(at *place, known []string) {
	rule := unknownKey
	limit := max(1, min(slipLetters, len(at.name)/4))
	switch {
	case spelling.NearestWithin(limit, at.name, known) != "":
		rule = keyMisspelt
	case at.up.up != nil:
		return
	}
	rule.Remedy += spelling.DidYouMean(at.name, known)
	j.report(rule, at)
}
