package pkpass

import (
	"fmt"
	"reflect"
	"slices"
	"time"
)

// Options is what Validate has to know beside the document. Checks that lack
// their part of it are left out; the zero value checks the document alone.
type Options struct {
	Now            time.Time          // zero: nothing is judged against the clock
	NFCCertificate *bool              // whether the certificate allows NFC; nil: not known
	Files          []string           // names of the files of the bundle; nil: not known
	Strings        map[string]Strings // by language tag
	Previous       *Document          // the version that is installed; nil: a first issue

	Personalization *Personalization // content of personalization.json; nil: there is none
	Personalized    bool             // the holder has signed up already

	// LocalService says that the pass is for a trial on this machine: an update
	// service on a host that nobody else reaches is expected, with http or https.
	LocalService bool
}

// maxFindings ends the judging of a document that is wrong all over.
const maxFindings = 1000

// checks is what a document is judged by. The numbers are those of the list in
// the package's README.
var checks = []func(*judge){
	checkIdentity,         // 31, 32, 38, 39
	checkStyle,            // 33, 34
	checkUnknownKeys,      // 37
	checkPrevious,         // 40, 44, 72
	checkGrouping,         // 41
	checkService,          // 42, 43, 44
	checkApps,             // 45, 46
	checkContrast,         // 48
	checkState,            // 50, 51, 52
	checkSchemeKeys,       // 54
	checkTaggedStrings,    // 47, 49, 53, 61, 85, 86, 93
	checkFieldKeys,        // 56
	checkFieldCounts,      // 57
	checkFields,           // 49, 55, 58 to 64, 66 to 68, 70, 71
	checkChangeMessages,   // 65
	checkContact,          // 69
	checkBarcodes,         // 73 to 78
	checkLocations,        // 79, 81
	checkBeacons,          // 80
	checkRelevantDates,    // 82
	checkRelevanceWhole,   // 83
	checkNFC,              // 28, 84
	checkSemantics,        // 85, 91, 98
	checkSchemes,          // 87, 90, 92
	checkPosterEvent,      // 88
	checkSemanticBoarding, // 89
	checkUpcoming,         // 94
	checkActions,          // 95
	checkPosterGeneric,    // 96, 97
	checkStringsKeys,      // 101, 104, 105
	checkLocalImages,      // 102, 103
	checkPersonalization,  // 106, 107
}

// Validate judges a document, and the bytes that it came from if raw is given.
// Without d, what can be read of raw is judged, so that a foreign file with
// wrong types still hears everything there is to say. The findings are sorted,
// the worst first.
func Validate(d *Document, raw []byte, o Options) []Finding {
	j := &judge{d: d, o: o}
	readable := true
	if raw != nil {
		readable = j.readRaw(raw)
	}
	if j.d == nil && !readable {
		return j.found
	}
	if j.d == nil {
		j.d = new(Document)
	}
	j.fields = slices.Collect(j.d.eachField())
	for _, check := range checks {
		check(j)
	}
	SortFindings(j.found)
	return j.found
}

// judge collects what the checks find.
type judge struct {
	d      *Document
	o      Options
	fields []placedField // of d
	found  []Finding

	misread map[string]bool // pointers to values of the wrong type; no more is said of them
	zones   map[string]bool // time zones that were looked up, and whether they exist
}

// report adds a finding. What was found is quoted only where it is a constant
// or a name, never a holder's data.
func (j *judge) report(rule Finding, at *place, found ...string) {
	if len(j.found) >= maxFindings {
		return
	}
	if j.isMisread(at) {
		return
	}
	rule.Path = at.String()
	for _, s := range found {
		rule.Remedy += fmt.Sprintf("; found %.60q", s)
	}
	j.found = append(j.found, rule)
}

func (j *judge) isMisread(at *place) bool {
	for ; len(j.misread) > 0 && at.up != nil; at = at.up {
		if j.misread[at.pointer()] {
			return true
		}
	}
	return false
}

// readRaw judges the JSON itself and says whether it could be read. Without a
// document of its own the judge takes what fits of this one.
func (j *judge) readRaw(raw []byte) bool {
	n, err := readTree(raw)
	if err == nil && n.kind != objectNode {
		err = errNotObject
	}
	if err != nil {
		j.reportUnreadable(raw, err)
		return false
	}
	j.checkHalves(raw)
	j.checkTree(n, documentRoot)
	scratch := new(Document)
	var dec decoder
	dec.object(reflect.ValueOf(scratch).Elem(), n, documentRoot)
	for _, m := range dec.misfits {
		rule := misfitRule(m.at)
		rule.Remedy = fmt.Sprintf("%s: it must be %s, not %s", rule.Remedy, m.want, m.got.describe())
		j.report(rule, m.at)
	}
	j.misread = make(map[string]bool, len(dec.misfits))
	for _, m := range dec.misfits {
		j.misread[m.at.pointer()] = true
	}
	if j.d == nil {
		j.d = scratch
	}
	return true
}

// top is the place of a key of the document.
func top(name string) *place { return documentRoot.member(name) }
