package sheet

import (
	"regexp"
	"strings"
	"unicode"
)

// starters begin a formula, in their full-width forms too, or hide what begins one.
const starters = "=+-@\t\r\n" + "\uff1d\uff0b\uff0d\uff20"

// signed is a number, which starts with a sign and is no formula.
var signed = regexp.MustCompile(`^[-+](\d+([.,]\d+)*|[.,]\d+)([eE][-+]?\d+)?%?$`)

// Harmless returns cell so that no spreadsheet takes it for a formula: with an
// apostrophe before it if it would be one. Numbers stay numbers. What starts with an
// apostrophe and would be a formula without it gets a second one, so that Plain gives
// back every cell as it was. The rules are OWASP's for CSV injection.
func Harmless(cell string) string {
	if cell == "" || cell[0] >= '0' && cell[0] <= '9' || cell[0] >= 'A' && cell[0] <= 'z' {
		return cell
	}
	if startsFormula(strings.TrimLeft(cell, "'")) {
		return "'" + cell
	}
	return cell
}

// Plain undoes Harmless, for tables that come back after they were edited.
func Plain(cell string) string {
	if strings.HasPrefix(cell, "'") && startsFormula(strings.TrimLeft(cell, "'")) {
		return cell[1:]
	}
	return cell
}

func startsFormula(cell string) bool {
	if signed.MatchString(cell) {
		return false
	}
	for _, r := range cell {
		if strings.ContainsRune(starters, r) {
			return true
		}
		if !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) && !unicode.IsControl(r) {
			return false
		}
	}
	return false
}
