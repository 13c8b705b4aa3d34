package placeholder

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pocketpass/signer/pkpass"
)

// What can be wrong with placeholders. The numbers go on from those of package
// pkpass, in whose README they are listed.
var (
	malformed = pkpass.Finding{Check: 113, Code: "placeholder_malformed", Severity: pkpass.Refused, Effect: "holders would read the text with its braces", Remedy: "correct the placeholder"}
	undefined = pkpass.Finding{Check: 114, Code: "placeholder_undefined", Severity: pkpass.Refused, Effect: "holders would read the placeholder instead of a text", Remedy: "use a name that there is"}
	empty     = pkpass.Finding{Check: 115, Code: "placeholder_without_value", Severity: pkpass.Refused, Effect: "holders would read a dash instead of a text", Remedy: `give the pass a value for it, the field a default, or the placeholder one, like {{name|default:"guest"}}`}
	optional  = pkpass.Finding{Check: 115, Code: "placeholder_without_default", Severity: pkpass.Warning, Effect: "a pass that brings no value for it cannot be issued", Remedy: `make the field required, or give it or the placeholder a default, like {{name|default:"guest"}}`}
	misfit    = pkpass.Finding{Check: 116, Code: "placeholder_format_misplaced", Severity: pkpass.Refused, Effect: "holders would read the placeholder instead of a text", Remedy: "give a value that the format can show"}
	loop      = pkpass.Finding{Check: 117, Code: "placeholder_loop", Severity: pkpass.Refused, Effect: "the text has no end", Remedy: "take one of the names out of the default that mentions it"}
	tooMany   = pkpass.Finding{Check: 118, Code: "placeholder_many", Severity: pkpass.Refused, Effect: "the texts stay unfilled", Remedy: fmt.Sprintf("use at most %d placeholders in a pass", maxPlaceholders)}
	tooLong   = pkpass.Finding{Check: 118, Code: "placeholder_text_long", Severity: pkpass.Refused, Effect: "the text stays unfilled", Remedy: fmt.Sprintf("shorten the values: a text has up to %d bytes when it is filled, all of a pass %d", maxText, maxTotal)}
)

// report adds a finding about the text being filled, once.
func (r *run) report(rule pkpass.Finding, detail string) {
	rule.Path = r.path
	if detail != "" {
		rule.Remedy += ": " + detail
	}
	if !slices.Contains(r.found, rule) {
		r.found = append(r.found, rule)
	}
}

func (r *run) reportAbsent(ref *reference, known bool) {
	switch {
	case known && r.scope.Sample:
		r.report(optional, ref.name+" has neither")
	case known:
		r.report(empty, ref.name+" has none")
	case ref.name == "now" && !ref.quoted:
		r.report(undefined, "a pass stays the same until it is changed, so there is no now; issued, updated and expires are its dates")
	default:
		r.report(undefined, fmt.Sprintf("%.60q is unknown, %s", ref.name, r.nearest(ref)))
	}
}

// nearest names what may have been meant.
func (r *run) nearest(ref *reference) string {
	names := slices.Collect(maps.Keys(r.keys))
	if !ref.quoted {
		names = append(names, Facts...)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(distance(ref.name, a), distance(ref.name, b)), strings.Compare(a, b))
	})
	names = slices.Compact(names)
	return "the nearest names are " + strings.Join(names[:min(3, len(names))], ", ")
}

// distance is how many letters have to be typed anew, whatever their case. Names are
// short, and few are compared.
func distance(a, b string) int {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, c := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j, d := range y {
			change := diagonal
			if c != d {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
