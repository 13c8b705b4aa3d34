package sheet

import (
	"encoding/xml"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"unicode/utf16"
)

// book is what the cells of a sheet refer to.
type book struct {
	name     string // of the sheet to read
	sheet    string // its part
	sheets   int
	date1904 bool
	strings  sharedStrings
	styles   []style
}

// book finds the first sheet and reads all that its cells refer to.
func (p *opc) book() (*book, error) {
	root, err := p.relations("")
	if err != nil {
		return nil, err
	}
	main := target(root, "officeDocument")
	if main == "" {
		return nil, fmt.Errorf("%w: it names no workbook", ErrDamaged)
	}
	related, err := p.relations(main)
	if err != nil {
		return nil, err
	}
	b := &book{}
	if err := p.read(main, func(token xml.Token) error { b.entry(token, related); return nil }); err != nil {
		return nil, err
	}
	if b.sheet == "" {
		return nil, fmt.Errorf("%w: it has no sheet with cells", ErrDamaged)
	}
	b.strings.limit, b.strings.cell = p.limits.Strings, p.limits.Cell
	if part := target(related, "sharedStrings"); part != "" {
		if err := p.read(part, b.strings.token); err != nil {
			return nil, err
		}
	}
	if part := target(related, "styles"); part != "" {
		s := styleSheet{custom: map[int]style{}}
		if err := p.read(part, s.token); err != nil {
			return nil, err
		}
		b.styles = s.cells
	}
	return b, nil
}

// target is the part that the first relation of a kind leads to, or "".
func target(all []relation, kind string) string {
	for _, r := range all {
		if r.kind == kind {
			return r.target
		}
	}
	return ""
}

// entry takes from the workbook's own part the sheets and the era of dates.
func (b *book) entry(token xml.Token, related []relation) {
	e, ok := token.(xml.StartElement)
	if !ok {
		return
	}
	switch e.Name.Local {
	case "workbookPr":
		b.date1904 = truth(attribute(e, "date1904"))
	case "sheet":
		b.sheets++
		id := attribute(e, "id")
		for _, r := range related {
			if b.sheet == "" && r.id == id && r.kind == "worksheet" {
				b.name, b.sheet = attribute(e, "name"), r.target
			}
		}
	}
}

func truth(s string) bool { return s == "1" || s == "true" }

// sharedStrings holds the strings one behind the other.
type sharedStrings struct {
	limit, cell int
	text        []byte
	ends        []int
	reading     bool // inside a t element
	phonetic    bool // inside rPh, which says how the text is pronounced
}

// perString is what a string costs beside its text.
const perString = 8

func (s *sharedStrings) token(token xml.Token) error {
	switch e := token.(type) {
	case xml.StartElement:
		s.phonetic = s.phonetic || e.Name.Local == "rPh"
		s.reading = e.Name.Local == "t" && !s.phonetic
	case xml.CharData:
		if s.reading {
			s.text = append(s.text, e...)
		}
	case xml.EndElement:
		s.reading = false
		switch e.Name.Local {
		case "rPh":
			s.phonetic = false
		case "si":
			s.ends = append(s.ends, len(s.text))
		}
	}
	if len(s.text)+perString*len(s.ends) > s.limit {
		return fmt.Errorf("%w: its strings take more than %d bytes", ErrTooLarge, s.limit)
	}
	return nil
}

// at returns the i-th string.
func (s *sharedStrings) at(i int) (string, error) {
	if i < 0 || i >= len(s.ends) {
		return "", fmt.Errorf("%w: string %d of %d", ErrDamaged, i, len(s.ends))
	}
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	if s.ends[i]-from > s.cell {
		return "", fmt.Errorf("%w: a cell has more than %d bytes", ErrTooLarge, s.cell)
	}
	return unescape(string(s.text[from:s.ends[i]])), nil
}

// escaped is how a workbook writes characters that XML has no place for.
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func unescape(s string) string {
	return escaped.ReplaceAllStringFunc(s, func(e string) string {
		n, err := strconv.ParseUint(e[2:6], 16, 16)
		if err != nil || n == 0 || utf16.IsSurrogate(rune(n)) {
			return e
		}
		return string(rune(n))
	})
}

// number writes a number as a spreadsheet shows it without a format: 15 digits, no
// exponent. What is none stays as it is.
func number(v string) string {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return v
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64)
	if err != nil {
		return v
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
