// Package placeholder fills the texts of passes: {{name}} stands for a value of the
// pass, for its holder, its code, its counters or one of its dates.
//
//	text        = { literal | "{{" what "}}" }
//	what        = "'" literal "'" | name { "|" format [ ":" argument { "," argument } ] }
//	name        = bare | '"' text '"'       a quoted name is always the key of a field
//	argument    = bare | '"' text '"'       with \" and \\ within the quotes
//
// So {{'{{'}} is a literal pair of braces, and two single quotes within single
// quotes are one. What a placeholder stands for is never expanded again.
//
// A Plan is compiled once per design and then fills any number of documents. The
// package knows neither passes nor templates as records: whoever calls it says what
// names stand for. What cannot be filled comes back as a finding and is never an empty
// text: it stays as it was written, and where people would read a name without a value
// they read a dash.
package placeholder

import (
	"slices"
	"strings"
)

// Text is a text that was parsed.
type Text struct {
	parts []part
}

// part is a literal, or a reference if there is one.
type part struct {
	literal string
	ref     *reference
}

// reference is a placeholder with a name.
type reference struct {
	name    string
	quoted  bool // the key of a field, even if the name is reserved
	formats []format
}

// format is one step between a value and what is shown.
type format struct {
	name string
	args []string
}

// Contains says whether a text has to be parsed at all.
func Contains(s string) bool { return strings.Contains(s, "{{") }

// String writes the text in the one way that parses to the same again.
func (t Text) String() string {
	var b strings.Builder
	for i, p := range t.parts {
		if p.ref != nil {
			p.ref.print(&b)
			continue
		}
		printLiteral(&b, p.literal, i < len(t.parts)-1)
	}
	return b.String()
}

// printLiteral quotes braces that would begin a placeholder, also together with
// those of one that follows.
func printLiteral(b *strings.Builder, s string, followed bool) {
	for {
		at := strings.Index(s, "{{")
		if at < 0 {
			break
		}
		b.WriteString(s[:at] + "{{'{{'}}")
		s = s[at+2:]
	}
	if rest, ok := strings.CutSuffix(s, "{"); ok && followed {
		s = rest + "{{'{'}}"
	}
	b.WriteString(s)
}

func (r *reference) String() string {
	var b strings.Builder
	r.print(&b)
	return b.String()
}

func (r *reference) print(b *strings.Builder) {
	b.WriteString("{{")
	if r.quoted {
		b.WriteString(quote(r.name))
	} else {
		b.WriteString(r.name)
	}
	for _, f := range r.formats {
		b.WriteString("|" + f.name)
		for i, arg := range f.args {
			b.WriteByte(":,"[min(i, 1)])
			b.WriteString(printArgument(arg))
		}
	}
	b.WriteString("}}")
}

func printArgument(s string) string {
	if s != "" && strings.Trim(s, " ") == s && !strings.ContainsFunc(s, endsArgument) {
		return s
	}
	return quote(s)
}

var quotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func quote(s string) string { return `"` + quotes.Replace(s) + `"` }

// references are the placeholders with a name.
func (t Text) references() []*reference {
	var out []*reference
	for _, p := range t.parts {
		if p.ref != nil {
			out = append(out, p.ref)
		}
	}
	return out
}

// names says whether the text mentions a field.
func (t Text) names(key string) bool {
	return slices.ContainsFunc(t.references(), func(r *reference) bool { return r.name == key })
}

// sole is the placeholder that the whole text is, or nil.
func (t Text) sole() *reference {
	if len(t.parts) != 1 {
		return nil
	}
	return t.parts[0].ref
}
