package pkpass_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/signer/pkpass"
)

var now = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

func readClean(t testing.TB, style string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "clean", style+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func mustParse(t testing.TB, data string) *pkpass.Document {
	t.Helper()
	d, err := pkpass.ParseDocument([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// complete is everything that can be known about a clean pass.
func complete() pkpass.Options {
	return pkpass.Options{
		Now:            now,
		NFCCertificate: new(true),
		Files:          []string{"artwork@2x.png", "icon@2x.png"},
	}
}

func TestCleanDocuments(t *testing.T) {
	files, err := filepath.Glob("testdata/clean/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("found %d clean documents: %v", len(files), err)
	}
	for _, file := range files {
		style := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(style, func(t *testing.T) {
			raw := readClean(t, style)
			for _, f := range pkpass.Validate(mustParse(t, raw), []byte(raw), complete()) {
				t.Errorf("unexpected finding: %+v", f)
			}
		})
	}
}

// broken is a clean document with one mistake: the first occurrence of old is
// replaced by new, or options are changed.
type broken struct {
	check int
	code  string
	base  string
	old   string
	new   string
	path  string
	with  func(*pkpass.Options)
}

func (b broken) judge(t *testing.T) []pkpass.Finding {
	t.Helper()
	raw := readClean(t, b.base)
	if b.old != "" && !strings.Contains(raw, b.old) {
		t.Fatalf("%s has no %q", b.base, b.old)
	}
	o := complete()
	if b.with != nil {
		b.with(&o)
	}
	return pkpass.Validate(nil, []byte(strings.Replace(raw, b.old, b.new, 1)), o)
}

func TestBrokenDocuments(t *testing.T) {
	for _, b := range slices.Concat(brokenStructure, brokenFields, brokenCodes, brokenSemantics, brokenLanguages) {
		t.Run(b.code+" "+b.new, func(t *testing.T) {
			found := b.judge(t)
			if len(found) != 1 {
				t.Fatalf("want exactly %s, got %+v", b.code, found)
			}
			f := found[0]
			if f.Code != b.code || f.Check != b.check || f.Path != b.path {
				t.Errorf("want %d %s at %s, got %+v", b.check, b.code, b.path, f)
			}
			if f.Effect == "" || f.Remedy == "" || strings.HasSuffix(f.Effect, ".") || strings.HasSuffix(f.Remedy, ".") {
				t.Errorf("effect and remedy must be sentences without a period: %+v", f)
			}
		})
	}
}

// TestEveryRuleBroken keeps the table above complete.
func TestEveryRuleBroken(t *testing.T) {
	broke := make(map[string]bool)
	for _, b := range slices.Concat(brokenStructure, brokenFields, brokenCodes, brokenSemantics, brokenLanguages) {
		broke[b.code] = true
	}
	for _, code := range []string{"language_folder_invalid", "strings_misplaced", "strings_malformed", "strings_without_bom"} {
		broke[code] = true // TestReadBundle
	}
	for _, r := range rulesInSource(t, func(file string) bool { return strings.HasPrefix(file, "check_") }) {
		if !broke[r.code] {
			t.Errorf("no broken document provokes %s", r.code)
		}
	}
}

func TestForeignDocumentIsJudgedWhole(t *testing.T) {
	raw := `{
		"formatVersion": "1", "passTypeIdentifier": 7, "teamIdentifier": "T", "serialNumber": "s",
		"organizationName": "o", "description": "d", "voided": "true", "barcodes": {}, "expirationDate": "tomorrow",
		"storeCard": {"headerFields": [{"key": "a", "value": true}], "backFields": {}},
		"locations": [{"latitude": "1", "longitude": 2}], "semantics": {"flightNumber": "12"},
		"associatedStoreIdentifiers": ["1"]
	}`
	want := []string{
		"format_version_wrong pass.json#/formatVersion",
		"identity_missing pass.json#/passTypeIdentifier",
		"type_wrong pass.json#/storeCard/backFields",
		"type_wrong pass.json#/storeCard/headerFields/0/value",
		"date_invalid pass.json#/expirationDate",
		"barcodes_not_array pass.json#/barcodes",
		"type_wrong_ignored pass.json#/voided",
		"store_identifier_invalid pass.json#/associatedStoreIdentifiers/0",
		"location_invalid pass.json#/locations/0/latitude",
		"semantic_type_wrong pass.json#/semantics/flightNumber",
	}
	var got []string
	for _, f := range pkpass.Validate(nil, []byte(raw), pkpass.Options{}) {
		got = append(got, f.Code+" "+f.Path)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestNearestKeyIsNamed, and keys that resemble none are not held against a pass.
func TestNearestKeyIsNamed(t *testing.T) {
	raw := readClean(t, "storeCard")
	for old, edit := range map[string]struct{ new, want string }{
		`"formatVersion": 1,`: {`"formatVersion": 1, "webserviceurl": "",`, `did you mean "webServiceURL"?`},
		`"value": "Gold"`:     {`"value": "Gold", "vlaue": "Silver"`, `did you mean "value"?`},
		`"latitude": 52.52,`:  {`"latitude": 52.52, "floor": 2,`, ""},
		`"key": "level"`:      {`"key": "level", "glow": true`, ""},
		`"userInfo": {`:       {`"userInfo": { "valeu": 1,`, ""},
	} {
		if !strings.Contains(raw, old) {
			t.Fatalf("no %q", old)
		}
		var got string
		for _, f := range pkpass.Validate(nil, []byte(strings.Replace(raw, old, edit.new, 1)), complete()) {
			got += f.Remedy
		}
		if edit.want == "" && got != "" || !strings.HasSuffix(got, edit.want) {
			t.Errorf("%s: found %q, want %q", edit.new, got, edit.want)
		}
	}
}

func TestFindingsAreBounded(t *testing.T) {
	raw := `{"storeCard":{"backFields":[` + strings.Repeat(`{},`, 20000) + `{}]}}`
	if n := len(pkpass.Validate(nil, []byte(raw), pkpass.Options{})); n > 1000 {
		t.Errorf("got %d findings", n)
	}
}

func TestNothingToJudge(t *testing.T) {
	if found := pkpass.Validate(nil, nil, pkpass.Options{}); len(pkpass.Blocking(found)) == 0 {
		t.Error("an absent document must be refused")
	}
}

func BenchmarkValidate(b *testing.B) {
	d := mustParse(b, readClean(b, "storeCard"))
	b.ReportAllocs()
	for b.Loop() {
		pkpass.Validate(d, nil, complete())
	}
}
