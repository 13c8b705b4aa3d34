package sheet_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/sheet"
)

var targets = []sheet.Target{
	{Name: "externalId", Aliases: []string{"Kundennummer", "customer number"}, Required: true},
	{Name: "person.firstName", Aliases: []string{"Vorname", "first name"}},
	{Name: "person.lastName", Aliases: []string{"Nachname", "Name", "surname"}},
	{Name: "person.email", Aliases: []string{"e-mail"}},
	{Name: "values.size", Aliases: []string{"Größe"}},
}

func named(names ...string) sheet.Format {
	return sheet.Format{Header: true, Names: names, Columns: len(names)}
}

func TestGuessMapping(t *testing.T) {
	tests := []struct {
		name   string
		header []string
		want   []string // target per column, empty for none
	}{
		{"names as they are", []string{"externalId", "person.email"}, []string{"externalId", "person.email"}},
		{"case, blanks and marks", []string{" EXTERNAL_ID ", "E-Mail", "first  NAME"}, []string{"externalId", "person.email", "person.firstName"}},
		{"umlauts", []string{"Grosse"}, []string{"values.size"}},
		{"transcribed umlauts", []string{"GROESSE"}, []string{"values.size"}},
		{"decomposed umlauts", []string{"Gro\u0308\u00dfe"}, []string{"values.size"}},
		{"a slip", []string{"Kundenummer", "Vornahme"}, []string{"externalId", "person.firstName"}},
		{"part of a name", []string{"E-Mail-Adresse"}, []string{"person.email"}},
		{"the most alike first", []string{"Vorname", "Name"}, []string{"person.firstName", "person.lastName"}},
		{"none twice", []string{"email", "e-mail"}, []string{"person.email", ""}},
		{"another of a group", []string{"values.sizes", "person.lastname", "person.email2"}, []string{"", "person.lastName", ""}},
		{"nothing alike", []string{"Hund", "", "x"}, []string{"", "", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := make([]string, len(tt.header))
			for _, c := range sheet.GuessMapping(named(tt.header...), targets) {
				got[c.Number-1] = c.Target
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	f := named("Kunde Nr.", "E-Mail", "E-Mail", "Größe")
	tests := []struct {
		name, mapping string
		want          []sheet.Field
		codes         []string
		text          string
	}{
		{"by name and number", `[{"name":"Größe","target":"values.size"},{"number":1,"target":"externalId"}]`,
			[]sheet.Field{{3, "values.size"}, {0, "externalId"}}, nil, ""},
		{"name spelt otherwise", `[{"name":"kunde nr","target":"externalId"}]`, []sheet.Field{{0, "externalId"}}, nil, ""},
		{"one column twice", `[{"number":2,"target":"externalId"},{"number":2,"target":"person.email"}]`,
			[]sheet.Field{{1, "externalId"}, {1, "person.email"}}, nil, ""},
		{"missing", `[{"number":2,"target":"person.email"}]`, nil, []string{sheet.MissingTarget}, `no column is mapped to "externalId", which is required`},
		{"unknown column", `[{"name":"Farbe","target":"externalId"}]`, nil, []string{sheet.UnknownColumn}, `column "Farbe" does not exist`},
		{"number too large", `[{"number":5,"target":"externalId"}]`, nil, []string{sheet.UnknownColumn}, `column 5 does not exist; the table has columns 1 to 4`},
		{"number below one", `[{"number":-1,"target":"externalId"}]`, nil, []string{sheet.UnknownColumn}, `column -1 does not exist`},
		{"ambiguous", `[{"name":"E-Mail","target":"externalId"}]`, nil, []string{sheet.AmbiguousColumn}, `column "E-Mail" exists 2 times; give its number`},
		{"unknown target and nothing else", `[{"number":1,"target":"externalId"},{"number":4,"name":"Größe","target":"shoe"}]`, nil,
			[]string{sheet.UnknownTarget}, `column 4 "Größe" is mapped to "shoe"`},
		{"half of a target", `[{"number":1,"target":"externalId"},{"number":4,"target":"size"}]`, nil,
			[]string{sheet.UnknownTarget}, `column 4 is mapped to "size", which the import does not know; write values.size`},
		{"duplicate target", `[{"number":1,"target":"externalId"},{"name":"Größe","target":"externalId"}]`, nil,
			[]string{sheet.DuplicateTarget}, `column "Größe" is mapped to "externalId", and so is column 1`},
		{"all at once", `[{"number":9,"target":"person.email"},{"number":1,"target":"shoe"}]`, nil,
			[]string{sheet.UnknownColumn, sheet.UnknownTarget, sheet.MissingTarget}, "column 9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var m sheet.Mapping
			if err := json.Unmarshal([]byte(tt.mapping), &m); err != nil {
				t.Fatal(err)
			}
			got, err := m.Resolve(f, targets)
			if !slices.Equal(got, tt.want) || !slices.Equal(codes(err), tt.codes) {
				t.Fatalf("got %v, %v", got, err)
			}
			if err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %q, want %q", err, tt.text)
			}
		})
	}
}

// codes lists the codes of joined errors.
func codes(err error) []string {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var all []string
	for _, e := range joined.Unwrap() {
		if c, ok := errors.AsType[*sheet.ColumnError](e); ok {
			all = append(all, c.Code)
		}
	}
	return all
}
