package pkpass

import (
	"cmp"
	"slices"
)

// Severity says what a finding means for the holder.
type Severity string

// The severities, worst first.
const (
	Refused Severity = "refused" // Wallet does not add the pass, or drops the update
	Warning Severity = "warning" // shown wrongly, silently incomplete, or a function fails
	Note    Severity = "note"    // advice
)

// Finding is one thing that a check has to say about a pass.
type Finding struct {
	Check    int      `json:"check"`    // number of the check; the list stands in the package's README
	Code     string   `json:"code"`     // stable name, snake_case: "field_key_missing"
	Severity Severity `json:"severity"` // see the constants
	Path     string   `json:"path"`     // where: "pass.json#/storeCard/headerFields/0/value", "icon.png", "signature"
	Effect   string   `json:"effect"`   // what the holder sees, a sentence without a period
	Remedy   string   `json:"remedy"`   // what to do, a sentence without a period
}

func (s Severity) rank() int {
	return slices.Index([]Severity{Refused, Warning, Note}, s)
}

// SortFindings orders findings by severity, then check number, then path.
func SortFindings(f []Finding) {
	slices.SortStableFunc(f, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Severity.rank(), b.Severity.rank()),
			cmp.Compare(a.Check, b.Check),
			cmp.Compare(a.Path, b.Path),
		)
	})
}

// Blocking returns those findings that would make Wallet refuse the pass.
func Blocking(all []Finding) []Finding {
	var out []Finding
	for _, f := range all {
		if f.Severity == Refused {
			out = append(out, f)
		}
	}
	return out
}
