package passtools

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// textOf is what a JSON string says, or the literal of a number; of anything else nothing.
func textOf(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 {
		return "", false
	}
	if raw[0] == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err == nil
	}
	if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return "", false
	}
	return string(raw), true
}

// isNull says whether a member is absent or null.
func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// isEmpty says whether a value is an empty text, or none.
func isEmpty(raw json.RawMessage) bool { return isNull(raw) || string(raw) == `""` }

// isTrue reads what clients write for true.
func isTrue(raw json.RawMessage) bool {
	switch strings.ToLower(strings.Trim(string(raw), `"`)) {
	case "true", "1":
		return true
	}
	return false
}

func boolText(b bool) string { return strconv.FormatBool(b) }

// flagText is how headers of templates write a flag.
func flagText(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// number is a number or a text with one.
func number(raw json.RawMessage) (float64, bool) {
	text, ok := textOf(raw)
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return n, ok && err == nil
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// numeral is a value as a JSON number, if it can be one.
func numeral(raw json.RawMessage) (json.RawMessage, bool) {
	text, _ := textOf(raw)
	if n, err := strconv.ParseFloat(text, 64); err != nil || !jsonNumber.MatchString(text) || n != n {
		return nil, false
	}
	return json.RawMessage(text), true
}

// dateForms are dates as clients wrote them, with a one-digit hour, a blank or no zone.
var dateForms = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05-0700", "2006-01-02T15:04-0700", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02",
}

var shortHour = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2})[ Tt]([0-9]{1,2}):`)

// appleDate writes a date as Wallet reads it.
func appleDate(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if m := shortHour.FindStringSubmatchIndex(text); m != nil {
		hour, _ := strconv.Atoi(text[m[4]:m[5]]) // one or two digits
		text = fmt.Sprintf("%sT%02d%s", text[m[2]:m[3]], hour, text[m[5]:])
	}
	for _, form := range dateForms {
		if at, err := time.Parse(form, text); err == nil {
			return at.Format(time.RFC3339), true
		}
	}
	return "", false
}

var colourForms = regexp.MustCompile(`^rgb\( *([0-9]{1,3}) *, *([0-9]{1,3}) *, *([0-9]{1,3}) *\)$|^#([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})$`)

// colour writes a colour as Wallet reads it.
func colour(text string) (string, bool) {
	m := colourForms.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return "", false
	}
	radix, parts := 10, m[1:4]
	if m[4] != "" {
		radix, parts = 16, m[4:]
	}
	var c [3]uint64
	for n, part := range parts {
		var err error
		if c[n], err = strconv.ParseUint(part, radix, 8); err != nil {
			return "", false
		}
	}
	return fmt.Sprintf("rgb(%d,%d,%d)", c[0], c[1], c[2]), true
}

// escaped keeps what a client wrote from being taken for one of the engine's placeholders.
func escaped(s string) string { return strings.ReplaceAll(s, "{{", "{{'{{'}}") }
