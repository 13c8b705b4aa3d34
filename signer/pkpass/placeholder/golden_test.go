package placeholder_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/placeholder"
)

var update = flag.Bool("update", false, "write the golden files")

// languages have a golden file each: all formats of three of them, and of others what
// tells them apart.
var languages = []string{"en", "en-GB", "de", "fr", "es", "it", "nl", "pt-BR", "pt-PT", "ja", "fi"}

// sheet is one line for each way to show a value.
const sheet = `{{day|date:short}} · {{day}} · {{day|date:long}} · {{day|date:full}}
{{expires|datetime:short}} · {{expires|datetime}} · {{expires|datetime:long}} · {{expires|datetime:full}} · {{expires|time}} · {{expires|time:medium}}
{{big|number}} · {{big|number:2}} · {{price|number}} · {{small|number}}
{{account.balance}} · {{account.balance|money:USD}} · {{price|money:EUR}} · {{account.balance|money:JPY}} · {{dozen|money:CHF}}
{{member}} · {{name|upper}} · {{name|lower}} · {{account.uses|bar:5}}
`

func TestLanguages(t *testing.T) {
	for _, tag := range languages {
		t.Run(tag, func(t *testing.T) {
			s := scope(t)
			s.Language = tag
			s.Values["big"], s.Values["small"] = []byte(`1234567.891`), []byte(`-0.5`)
			got, found := fill(t, s, sheet, declared...)
			if len(found) > 0 {
				t.Fatal(found)
			}
			golden(t, tag, got)
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := "testdata/" + name + ".txt"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestMonths writes all names of months and weekdays of a language, so that none is
// missing or twice.
func TestMonths(t *testing.T) {
	for _, tag := range []string{"en", "de", "fr", "es", "pt", "it", "nl"} {
		seen := make(map[string]bool)
		for _, day := range []string{"2026-01-04", "2026-02-02", "2026-03-03", "2026-04-01", "2026-05-07", "2026-06-05", "2026-07-04", "2026-08-03", "2026-09-01", "2026-10-01", "2026-11-01", "2026-12-01"} {
			s := scope(t)
			s.Language, s.Values["day"] = tag, []byte(`"`+day+`"`)
			got, found := fill(t, s, "{{day|date:full}}", declared...)
			if seen[got] || len(found) > 0 || strings.Contains(got, "  ") {
				t.Errorf("%s: %q %v", tag, got, found)
			}
			seen[got] = true
		}
	}
}

// TestTranslations fills the texts of each language in its own way, and their keys as
// the document is.
func TestTranslations(t *testing.T) {
	doc := &pkpass.Document{Description: "Due {{day}}", StoreCard: &pkpass.Style{}}
	plan := placeholder.Compile(placeholder.Design{Document: doc, Fields: declared, Strings: map[string]map[string]string{
		"de": {"Due {{day}}": "Fällig {{day}}", "plain": "schlicht"},
		"it": {"Due {{day}}": "Scade {{braces}}", "plain": "semplice"},
		"fr": {"plain": "simple"},
	}})
	if !plan.Translates() {
		t.Error("nothing to translate")
	}
	filled := plan.Fill(doc, scope(t))
	key := "Due May 1, 2026"
	if doc.Description != key || filled.Strings["de"][key] != "Fällig 01.05.2026" || filled.Strings["it"][key] != "Scade {{name}}" || filled.Strings["de"]["plain"] != "schlicht" {
		t.Errorf("%s %v", doc.Description, filled.Strings)
	}
	if filled.Strings["fr"] != nil {
		t.Error("a language without placeholders was written anew")
	}
}
