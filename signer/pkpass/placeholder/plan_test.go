package placeholder_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/placeholder"
)

// show fills the value of one front field and returns the JSON of the field.
func show(t *testing.T, f pkpass.Field, values map[string]json.RawMessage) (string, []pkpass.Finding) {
	t.Helper()
	doc := &pkpass.Document{StoreCard: &pkpass.Style{PrimaryFields: []pkpass.Field{f}}}
	s := scope(t)
	s.Values = values
	filled := placeholder.Compile(placeholder.Design{Document: doc, Fields: declared}).Fill(doc, s)
	raw, err := doc.StoreCard.PrimaryFields[0].Value.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(raw), filled.Findings
}

// TestFieldValues are those that a field shows: numbers stay numbers, for Wallet to
// format, and so do dates.
func TestFieldValues(t *testing.T) {
	field := func(value string) pkpass.Field { return pkpass.Field{Key: "k", Value: pkpass.Text(value)} }
	euros, dated := field("{{account.balance}}"), field("{{day}}")
	euros.CurrencyCode, dated.DateStyle = "EUR", "PKDateStyleShort"
	formatted := field("{{price|money:EUR}}")
	formatted.CurrencyCode = "EUR"
	own := pkpass.Field{Key: "price", Value: pkpass.Number("0"), CurrencyCode: "JPY"}
	tests := []struct {
		name   string
		field  pkpass.Field
		values map[string]json.RawMessage
		want   string
	}{
		{"a number", field("{{n}}"), map[string]json.RawMessage{"n": []byte(`1.50`)}, `1.50`},
		{"a number within a text", field("{{n}} points"), map[string]json.RawMessage{"n": []byte(`1.50`)}, `"1.50 points"`},
		{"a counter", field("{{account.uses}}"), nil, `3`},
		{"an amount in its currency", euros, nil, `1234.50`},
		{"an amount without one", field("{{account.balance}}"), nil, `"€1,234.50"`},
		{"an amount with a format", formatted, map[string]json.RawMessage{"price": []byte(`-5`)}, `-0.05`},
		{"an amount of its own", own, map[string]json.RawMessage{"price": []byte(`7`)}, `7`},
		{"a date for Wallet", dated, map[string]json.RawMessage{"day": []byte(`"2026-05-01"`)}, `"2026-05-01T00:00:00+02:00"`},
		{"a date for people", field("{{day}}"), map[string]json.RawMessage{"day": []byte(`"2026-05-01"`)}, `"May 1, 2026"`},
		{"its own value", field("default"), map[string]json.RawMessage{"k": []byte(`"{{name}}"`)}, `"{{name}}"`},
		{"its own value in a text", field("+{{k|upper}}+"), map[string]json.RawMessage{"k": []byte(`"{{name}} x"`)}, `"+{{NAME}} X+"`},
		{"a truth", field("{{member}}"), map[string]json.RawMessage{"member": []byte(`false`)}, `"no"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, found := show(t, tt.field, tt.values)
			if got != tt.want || len(found) > 0 {
				t.Errorf("%s, want %s; findings %v", got, tt.want, found)
			}
		})
	}
}

// TestFieldOfTheDocumentIsADefault lets a text mention the value that a field of the
// document shows.
func TestFieldOfTheDocumentIsADefault(t *testing.T) {
	doc := &pkpass.Document{Description: "{{stamps}} of {{goal}}, {{note}}", StoreCard: &pkpass.Style{
		HeaderFields: []pkpass.Field{{Key: "stamps", Value: pkpass.Number("0")}, {Key: "goal", Value: pkpass.Text("ten")}},
		BackFields:   []pkpass.Field{{Key: "note", Value: pkpass.Text("still {{goal|upper}}")}},
	}}
	plan := placeholder.Compile(placeholder.Design{Document: doc})
	filled := plan.Fill(doc, placeholder.Scope{Values: map[string]json.RawMessage{"stamps": []byte(`4`)}})
	if want := "4 of ten, still TEN"; doc.Description != want || len(filled.Findings) > 0 {
		t.Errorf("%s, want %s; %v", doc.Description, want, filled.Findings)
	}
}

// TestUses writes values for whoever reads them.
func TestUses(t *testing.T) {
	doc, err := pkpass.ParseDocument([]byte(`{"expirationDate": "{{expires}}", "relevantDate": "{{day}}", "description": "{{expires}}", "userInfo": {"at": ["{{expires}}", "{{account.balance}}"]},
		"barcodes": [{"message": "{{day}}", "altText": "{{day}}"}], "semantics": {"eventName": "{{name}}"}, "storeCard": {}}`))
	if err != nil {
		t.Fatal(err)
	}
	filled := placeholder.Compile(placeholder.Design{Document: doc, Fields: declared}).Fill(doc, scope(t))
	raw, err := doc.Encode()
	if err != nil || len(filled.Findings) > 0 {
		t.Fatal(err, filled.Findings)
	}
	for _, want := range []string{`"expirationDate":"2026-05-02T00:30:00+02:00"`, `"relevantDate":"2026-05-01T00:00:00+02:00"`, `"description":"May 2, 2026"`,
		`"at":["2026-05-02T00:30:00+02:00","123450"]`, `"message":"2026-05-01"`, `"altText":"May 1, 2026"`, `"eventName":"Zoë"`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s is not in %s", want, raw)
		}
	}
}

func TestLimits(t *testing.T) {
	s := scope(t)
	s.Values["name"] = json.RawMessage(`"` + strings.Repeat("x", 5000) + `"`)
	if got, found := fill(t, s, "{{name}} {{name}} {{name}} {{name}}", declared...); len(found) != 1 || found[0].Code != "placeholder_text_long" || len(got) > 100 {
		t.Errorf("%d bytes, %v", len(got), found)
	}
	nested := []placeholder.Field{{Key: "f0", Default: "x"}}
	for n := range 30 {
		before := fmt.Sprintf("{{f%d}}", n)
		nested = append(nested, placeholder.Field{Key: fmt.Sprint("f", n+1), Default: before + before})
	}
	if got, found := fill(t, s, "{{f30}}", nested...); len(found) == 0 || found[0].Code != "placeholder_text_long" || len(got) > 100 {
		t.Errorf("%d bytes, %v", len(got), found)
	}
}

// TestSample judges defaults that nothing uses, and only warns of a field that some
// passes may have.
func TestSample(t *testing.T) {
	s := scope(t)
	s.Sample = true
	_, found := fill(t, s, "{{missing}}", append(declared, placeholder.Field{Key: "unused", Default: "{{nobody}}"})...)
	if len(found) != 2 || found[0].Code != "placeholder_without_default" || found[0].Severity != pkpass.Warning ||
		found[1].Code != "placeholder_undefined" || found[1].Path != "design#/fields/5/default" {
		t.Errorf("%+v", found)
	}
	s.Sample = false
	if got, _ := fill(t, s, "x {{missing}} x", declared...); got != "x – x" {
		t.Errorf("a pass that is out shows %q", got)
	}
}

// TestNearest names what was meant.
func TestNearest(t *testing.T) {
	for wrong, want := range map[string]string{"persn.name": "person.name", "grating": "greeting", "Membr": "member", "account.balence": "account.balance"} {
		if _, found := fill(t, scope(t), "{{"+wrong+"}}", declared...); len(found) != 1 || !strings.Contains(found[0].Remedy, "names are "+want+",") {
			t.Errorf("%s: %v, want %s", wrong, found, want)
		}
	}
}

// TestNoPlaceholdersCostNothing allocates nothing for a design without any.
func TestNoPlaceholdersCostNothing(t *testing.T) {
	doc := &pkpass.Document{Description: "Card", StoreCard: &pkpass.Style{BackFields: []pkpass.Field{{Key: "k", Value: pkpass.Text("v")}}}}
	plan, s := placeholder.Compile(placeholder.Design{Document: doc}), scope(t)
	if n := testing.AllocsPerRun(100, func() { plan.Fill(doc, s) }); n > 0 || !plan.Idle() {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkFill compares a design without placeholders with copying its document, which
// happens for every pass anyway, and with one that has them.
func BenchmarkFill(b *testing.B) {
	raw, err := os.ReadFile("../testdata/clean/storeCard.json")
	if err != nil {
		b.Fatal(err)
	}
	plain, err := pkpass.ParseDocument(raw)
	if err != nil {
		b.Fatal(err)
	}
	filled := plain.Clone()
	filled.Description = "Card of {{name}}"
	filled.LogoText = "{{account.balance}} until {{expires|date:long}}"
	s := scope(b)
	b.Run("copy", func(b *testing.B) {
		for b.Loop() {
			plain.Clone()
		}
	})
	for name, doc := range map[string]*pkpass.Document{"without": plain, "with": filled} {
		plan := placeholder.Compile(placeholder.Design{Document: doc, Fields: declared})
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plan.Fill(doc.Clone(), s)
			}
		})
	}
}
