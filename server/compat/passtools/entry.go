package passtools

import (
	"encoding/json"
	"slices"
	"strings"
)

// entry is a field or a header of a template, with what a pass has laid over it.
type entry struct {
	Value       json.RawMessage `json:"value,omitempty"` // a string or a number
	Label       *string         `json:"label,omitempty"` // nil if it was never set
	Change      *string         `json:"change,omitempty"`
	Place       string          `json:"place"`
	Required    bool            `json:"required,omitempty"`
	HideEmpty   bool            `json:"hideEmpty,omitempty"`
	Alignment   string          `json:"alignment,omitempty"` // "Left"; empty if it was never set
	Format      string          `json:"format,omitempty"`    // empty means String
	Order       int64           `json:"order,omitempty"`
	NumberStyle string          `json:"numberStyle,omitempty"` // "Decimal"
	Currency    string          `json:"currency,omitempty"`
	OwnZone     bool            `json:"ownZone,omitempty"` // ignoresTimeZone
}

// Formats of values.
const (
	formatString   = "String"
	formatNumber   = "Number"
	formatDate     = "Date"
	formatCurrency = "Currency"
)

var (
	formats      = []string{formatString, formatNumber, "URL", formatDate, formatCurrency, "Phone", "Email"}
	alignments   = []string{"Left", "Center", "Right", "Natural"}
	numberStyles = []string{"Decimal", "SpellOut", "Scientific", "Percent"}
)

// format is the format of a field, String if it is of another that is not known.
func (e entry) format() string {
	if e.Format == "" {
		return formatString
	}
	return e.Format
}

// text is a text that may never have been set.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// readEntry reads what a template says of a field, or of a header if the key is one's.
func readEntry(key string, raw json.RawMessage, inHeaders bool) (e entry, err error) {
	o, err := objectOf(raw, key)
	if err != nil {
		return e, err
	}
	if err := e.readTexts(key, o); err != nil {
		return e, err
	}
	e.Place = placeOf(key, o["fieldType"], inHeaders)
	e.Required, e.HideEmpty, e.OwnZone = isTrue(o["required"]), isTrue(o["hideEmpty"]), isTrue(o["ignoresTimeZone"])
	if n, ok := number(o["order"]); ok && n > -1e9 && n < 1e9 {
		e.Order = int64(n)
	}
	e.Alignment = oneOf(alignments, o["textAlignment"], "textAlignment")
	e.NumberStyle = oneOf(numberStyles, o["numberStyle"], "numberStyle")
	e.Format = oneOf(formats, o["formatType"], "")
	if code, _ := textOf(o["currencyCode"]); len(code) == 3 {
		e.Currency = strings.ToUpper(code)
	}
	if h, ok := headers[key]; ok && !isNull(e.Value) {
		e.Value, err = h.normal(key, e.Value)
	}
	return e, err
}

// readTexts reads what a pass may have of its own.
func (e *entry) readTexts(key string, o map[string]json.RawMessage) error {
	if v := o["value"]; !isNull(v) {
		_, isText := textOf(v)
		isFlag := string(v) == "true" || string(v) == "false"
		if !isText && !isFlag {
			return badRequest("the value of %s must be a text or a number", key)
		}
		if e.Value = v; isFlag {
			e.Value = quoted(string(v))
		}
	}
	for name, to := range map[string]**string{"label": &e.Label, "changeMessage": &e.Change} {
		if isNull(o[name]) {
			continue
		}
		t, ok := textOf(o[name])
		if !ok {
			return badRequest("the %s of %s must be a text", name, key)
		}
		*to = &t
	}
	return nil
}

// placeOf is where something stands. Of a known header it does not matter what was sent.
func placeOf(key string, fieldType json.RawMessage, inHeaders bool) string {
	if h, ok := headers[key]; ok {
		return h.place
	}
	name, _ := textOf(fieldType)
	place := places[squeeze(name)]
	switch {
	case place != "":
		return place
	case inHeaders:
		return placeTop
	}
	return placeNowhere
}

// oneOf is which of some words a client wrote, in any case, with PK and a prefix or not.
func oneOf(words []string, raw json.RawMessage, prefix string) string {
	text, _ := textOf(raw)
	text = strings.ToLower(text)
	text = strings.TrimPrefix(strings.TrimPrefix(text, "pk"), strings.ToLower(prefix))
	n := slices.IndexFunc(words, func(w string) bool { return strings.ToLower(w) == text })
	if n < 0 {
		return ""
	}
	return words[n]
}

// with lays what a pass has over an entry.
func (e entry) with(o ownEntry) entry {
	o = ownEntry{e.Value, e.Label, e.Change}.with(o)
	e.Value, e.Label, e.Change = o.Value, o.Label, o.Change
	return e
}
