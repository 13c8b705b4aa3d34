package placeholder_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/placeholder"
)

// berlin is two hours ahead of the moments below.
func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// scope has a value of each kind.
func scope(t testing.TB) placeholder.Scope {
	facts := map[string]placeholder.Value{
		"code":            placeholder.Word("C-0042"),
		"person.name":     placeholder.Word("Ada Lovelace"),
		"person.shoeSize": placeholder.Word("38"),
		"campaign.name":   placeholder.Word("Café"),
		"account.balance": placeholder.Money(123450, "EUR"),
		"account.uses":    placeholder.Int(3),
		"expires":         placeholder.Moment(time.Date(2026, 5, 1, 22, 30, 0, 0, time.UTC)),
	}
	return placeholder.Scope{
		Values: map[string]json.RawMessage{
			"name": json.RawMessage(`"Zoë"`), "n": json.RawMessage(`1234.5`), "empty": json.RawMessage(`""`), "braces": json.RawMessage(`"{{name}}"`),
			`odd "|key`: json.RawMessage(`"odd"`), "person.name": json.RawMessage(`"a field"`), "day": json.RawMessage(`"2026-05-01"`), "price": json.RawMessage(`-5`),
			"code": json.RawMessage(`"own code"`), "member": json.RawMessage(`true`), "q": json.RawMessage(`"a b&c"`), "dozen": json.RawMessage(`12`),
		},
		Fact: func(name string) (placeholder.Value, bool) { v, ok := facts[name]; return v, ok },
		Zone: berlin(t),
	}
}

var declared = []placeholder.Field{
	{Key: "day", Type: placeholder.TypeDate}, {Key: "member", Type: placeholder.TypeBoolean}, {Key: "price", Type: placeholder.TypeMoney},
	{Key: "greeting", Default: "Hello {{name}}"}, {Key: "missing"},
}

// fill puts text onto a back field, whose text is for people, and returns what it
// becomes and the codes of what was found.
func fill(t testing.TB, s placeholder.Scope, text string, fields ...placeholder.Field) (string, []pkpass.Finding) {
	t.Helper()
	doc := &pkpass.Document{StoreCard: &pkpass.Style{BackFields: []pkpass.Field{{Key: "shown", Label: text, Value: pkpass.Text("")}}}}
	plan := placeholder.Compile(placeholder.Design{Document: doc, Fields: fields})
	filled := plan.Fill(doc, s)
	return doc.StoreCard.BackFields[0].Label, filled.Findings
}

func TestFill(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no placeholder", "plain } { }} text", "plain } { }} text"},
		{"a value", "Hello {{name}}!", "Hello Zoë!"},
		{"blanks", "{{ name | upper }}", "ZOË"},
		{"a value is not filled again", "{{braces}}", "{{name}}"},
		{"a default is", "{{greeting}}", "Hello Zoë"},
		{"a quoted key", `{{"odd \"|key"}}`, "odd"},
		{"a fact", "{{person.name}}, {{person.shoeSize}}", "Ada Lovelace, 38"},
		{"a quoted name is a field", `{{"person.name"}}`, "a field"},
		{"a field goes before a fact", "{{code}}", "own code"},
		{"literal braces", "{{'{{'}}name}} {{'it''s'}}", "{{name}} it's"},
		{"a brace before a placeholder", "{{'{'}}{{name}}}", "{Zoë}"},
		{"a number as it is", "{{n}}", "1234.5"},
		{"a number", "{{n|number}} {{n|number:2}} {{n|number:0}}", "1,234.5 1,234.50 1,234"},
		{"money", "{{account.balance}} {{price|money:USD}} {{dozen|money:JPY}}", "€1,234.50 -$0.05 ¥12"},
		{"an amount as a number", "{{account.balance|number}}", "1,234.5"},
		{"a date", "{{day}} {{day|date:short}} {{day|date:full}}", "May 1, 2026 5/1/26 Friday, May 1, 2026"},
		{"the campaign's time zone", "{{expires|date}} {{expires|time}} {{expires|datetime:long}}", "May 2, 2026 12:30\u00a0AM May 2, 2026, 12:30\u00a0AM"},
		{"a default for nothing", `{{missing|default:"guest"|upper}} {{empty|default:none}}`, "GUEST none"},
		{"a bar", "{{account.uses|bar:5,●,○}} {{dozen|bar:4,x,-}} {{price|bar:2}}", "●●●○○ xxxx ○○"},
		{"yes", "{{member}}", "yes"},
		{"an address", "https://x.example/?q={{q|url}}", "https://x.example/?q=a+b%26c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, found := fill(t, scope(t), tt.text, declared...)
			if got != tt.want || len(found) > 0 {
				t.Errorf("%q, want %q; findings %v", got, tt.want, found)
			}
		})
	}
}

func TestFindings(t *testing.T) {
	loops := []placeholder.Field{{Key: "a", Default: "{{b}}"}, {Key: "b", Default: "and {{c}}"}, {Key: "c", Default: "{{a|upper}}"}}
	tests := []struct {
		name, text, code, remedy string
		fields                   []placeholder.Field
	}{
		{"no end", "Hello {{name", "placeholder_malformed", "column 7", declared},
		{"no name", "{{}}", "placeholder_malformed", "no name", declared},
		{"three braces", "{{{name}}}", "placeholder_malformed", "column 3", declared},
		{"an unknown format", "{{name|loud}}", "placeholder_malformed", "bar, date", declared},
		{"a wrong style", "{{day|date:tiny}}", "placeholder_malformed", "short, medium", declared},
		{"an unknown currency", "{{n|money:XYZW}}", "placeholder_malformed", "ISO", declared},
		{"too many signs", "{{n|bar:1000,a,b}}", "placeholder_malformed", "1 to 100", declared},
		{"quotes without end", `{{"name}}`, "placeholder_malformed", "double quote", declared},
		{"something behind the quotes", `{{"name" x}}`, "placeholder_malformed", "column 10", declared},
		{"an unknown name", "{{nmae}}", "placeholder_undefined", "nearest names are", declared},
		{"now", "{{now|date}}", "placeholder_undefined", "updated", declared},
		{"a declared field without a value", "{{missing}}", "placeholder_without_value", "default", declared},
		{"a fact without a value", "{{person.email}}", "placeholder_without_value", "person.email", declared},
		{"a text that is no date", "{{name|date}}", "placeholder_format_misplaced", "name is no date", declared},
		{"a day has no time", "{{day|time}}", "placeholder_format_misplaced", "without a time", declared},
		{"a fraction of a cent", "{{n|money:EUR}}", "placeholder_format_misplaced", "minor units", declared},
		{"money of no currency", "{{dozen|money}}", "placeholder_format_misplaced", "money:EUR", declared},
		{"a loop", "{{a}}", "placeholder_loop", "a → b → c → a", loops},
		{"a loop of one", "{{a}}", "placeholder_loop", "a → a", []placeholder.Field{{Key: "a", Default: "{{a}}"}}},
		{"too many", strings.Repeat("{{name}}", 301), "placeholder_many", "300", declared},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, found := fill(t, scope(t), tt.text, tt.fields...)
			if len(found) == 0 || found[0].Code != tt.code || !strings.Contains(found[0].Remedy, tt.remedy) || found[0].Severity != pkpass.Refused {
				t.Fatalf("%+v, want %s with %q", found, tt.code, tt.remedy)
			}
			if found[0].Path != "pass.json#/storeCard/backFields/0/label" || found[0].Effect == "" {
				t.Errorf("%+v", found[0])
			}
			if got == "" {
				t.Error("an empty text")
			}
		})
	}
}
