package pkpass

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

var (
	jsonInvalid       = Finding{30, "json_invalid", Refused, "", "Wallet cannot read the pass and does not add it", "correct the JSON"}
	jsonTrailingComma = Finding{30, "json_trailing_comma", Refused, "", "Wallet cannot read the pass and does not add it", "remove the comma before the closing bracket"}
	jsonComment       = Finding{30, "json_comment", Refused, "", "Wallet cannot read the pass and does not add it", "remove the comment, JSON has none"}
	jsonBOM           = Finding{30, "json_bom", Refused, "", "Wallet cannot read the pass and does not add it", "save pass.json without a byte order mark"}
	jsonNotUTF8       = Finding{30, "json_not_utf8", Refused, "", "Wallet cannot read the pass and does not add it", "save pass.json in UTF-8"}
	jsonOverLimits    = Finding{30, "json_over_limits", Refused, "", "the pass is too large or too deeply nested to be handled", "leave out what the pass does not show"}
	jsonDuplicateKey  = Finding{30, "json_duplicate_key", Warning, "", "one of the two values is lost, and which one depends on the reader", "keep one of the two members"}
	nullValue         = Finding{36, "null_value", Warning, "", "what Wallet does with null is not known, it may refuse the pass", "leave the key out"}

	typeWrong         = Finding{35, "type_wrong", Refused, "", "Wallet refuses the pass or drops this part of it", "correct the JSON type"}
	typeWrongIgnored  = Finding{35, "type_wrong_ignored", Warning, "", "Wallet ignores the value", "correct the JSON type"}
	semanticTypeWrong = Finding{85, "semantic_type_wrong", Warning, "", "Wallet ignores the tag", "correct the JSON type"}
	barcodesNotArray  = Finding{73, "barcodes_not_array", Refused, "", "Wallet refuses the pass", "write barcodes as an array of objects"}
	storeIDNotNumber  = Finding{46, "store_identifier_invalid", Warning, "", "the link to the app is missing, or Wallet refuses the pass", "give App Store ids as positive numbers"}
)

// reportUnreadable says why raw is no document at all.
func (j *judge) reportUnreadable(raw []byte, err error) {
	rule := jsonInvalid
	switch {
	case errors.Is(err, errBOM):
		rule = jsonBOM
	case errors.Is(err, errNotUTF8):
		rule = jsonNotUTF8
	case errors.Is(err, errTooLarge), errors.Is(err, errTooDeep), errors.Is(err, errTooMany):
		rule = jsonOverLimits
	}
	if bad, ok := errors.AsType[*syntaxError](err); ok {
		rule = syntaxRule(raw, bad.offset)
	}
	rule.Remedy += ": " + err.Error()
	j.report(rule, documentRoot)
}

// syntaxRule recognises the two mistakes that people make by habit.
func syntaxRule(raw []byte, offset int) Finding {
	if offset >= len(raw) {
		return jsonInvalid
	}
	before := bytes.TrimRight(raw[:offset], " \t\r\n")
	switch c := raw[offset]; {
	case c == '/' && bytes.ContainsAny(raw[offset:min(offset+2, len(raw))], "/*"):
		return jsonComment
	case (c == '}' || c == ']') && bytes.HasSuffix(before, []byte(",")):
		return jsonTrailingComma
	default:
		return jsonInvalid
	}
}

// checkHalves looks for the escape of half a surrogate pair. We read it as the sign for
// what cannot be shown; Apple's reader gives up on the whole file.
func (j *judge) checkHalves(raw []byte) {
	var high rune // whose low half has to come next
	for at := 0; at < len(raw); {
		unit, size := escapedUnit(raw[at:])
		at += size
		switch {
		case high != 0 && utf16.DecodeRune(high, unit) != utf8.RuneError:
			high = 0
		case high != 0 || unit >= lowSurrogates && utf16.IsSurrogate(unit):
			rule := jsonInvalid
			rule.Remedy += `: a text holds half of a character, such as \ud83d without \ude00 behind it`
			j.report(rule, documentRoot)
			return
		case utf16.IsSurrogate(unit):
			high = unit
		}
	}
}

const lowSurrogates = 0xdc00

// escapedUnit returns the UTF-16 unit that JSON of good syntax begins with as \uXXXX, 0
// for anything else, and how many bytes that takes.
func escapedUnit(raw []byte) (rune, int) {
	switch {
	case raw[0] != '\\':
		return 0, 1
	case raw[1] != 'u':
		return 0, 2
	}
	unit, _ := strconv.ParseUint(string(raw[2:6]), 16, 16)
	return rune(unit), 6
}

// checkTree looks for null and for keys that stand twice.
func (j *judge) checkTree(n node, at *place) {
	seen := make(map[string]bool, len(n.names))
	for i, item := range n.items {
		here := n.place(at, i)
		if n.kind == objectNode {
			if seen[n.names[i]] {
				j.report(jsonDuplicateKey, here)
			}
			seen[n.names[i]] = true
		}
		if item.kind == nullNode && !here.within("userInfo") {
			j.report(nullValue, here)
		}
		j.checkTree(item, here)
	}
}

// place returns where the i-th item of n stands.
func (n node) place(at *place, i int) *place {
	if n.kind == arrayNode {
		return at.item(i)
	}
	return at.member(n.names[i])
}

// misfitRules finds the rule for a wrong type by the outermost key that has one.
var misfitRules = map[string]Finding{
	"formatVersion":              formatVersionWrong,
	"passTypeIdentifier":         identityMissing,
	"teamIdentifier":             identityMissing,
	"serialNumber":               identityMissing,
	"organizationName":           identityMissing,
	"description":                identityMissing,
	"associatedStoreIdentifiers": storeIDNotNumber,
	"auxiliaryStoreIdentifiers":  storeIDNotNumber,
	"voided":                     typeWrongIgnored,
	"sharingProhibited":          typeWrongIgnored,
	"suppressStripShine":         typeWrongIgnored,
	"suppressHeaderDarkening":    typeWrongIgnored,
	"useAutomaticColors":         typeWrongIgnored,
	"maxDistance":                maxDistanceInvalid,
	"beacons":                    beaconInvalid,
	"upcomingPassInformation":    upcomingInvalid,
	"featuredActions":            actionInvalid,
}

// misfitRule says what a wrong type at that place means.
func misfitRule(at *place) Finding {
	switch outer := at.outermost(); {
	case at.within("semantics"):
		return semanticTypeWrong
	case outer.name == "barcodes" && at == outer:
		return barcodesNotArray
	case outer.name == "locations" && at != outer && at.up != outer:
		return locationMemberMissing
	default:
		if rule, ok := misfitRules[outer.name]; ok {
			return rule
		}
		return typeWrong
	}
}
