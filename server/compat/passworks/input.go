package passworks

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"pocketpass/store"
)

// input reads members of an object. What is wrong first is err; after that nothing is read.
type input struct {
	object
	at  string // member that the object stands in, which complaints are about; empty means each is its own
	err error
}

// wrong complains about a member.
func (in *input) wrong(name, text string) {
	if in.err == nil {
		if in.at != "" {
			name = in.at
		}
		in.err = invalid(name, text)
	}
}

// given is a member that is there, null or not.
func (in *input) given(name string) (json.RawMessage, bool) {
	raw, ok := in.object[name]
	return raw, ok && in.err == nil
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

// text reads a string. Numbers and booleans become one; null is none.
func (in *input) text(name string, to **string) {
	raw, ok := in.given(name)
	if !ok {
		return
	}
	if isNull(raw) {
		*to = nil
		return
	}
	text, ok := textOf(raw)
	if !ok {
		in.wrong(name, "must be a string")
		return
	}
	*to = &text
}

// word is text where null and the empty string are the same.
func (in *input) word(name string, to *string) {
	var text *string
	if _, ok := in.given(name); !ok {
		return
	}
	if in.text(name, &text); text != nil {
		*to = *text
	} else if in.err == nil {
		*to = ""
	}
}

// textOf is what a string says, or how a number or boolean is written.
func textOf(raw json.RawMessage) (string, bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' || string(raw) == "null" {
		return "", false
	}
	if raw[0] != '"' {
		return string(raw), true
	}
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err == nil
}

// flag reads a boolean in any of the spellings of clients; null leaves it.
func (in *input) flag(name string, to *bool) {
	raw, ok := in.given(name)
	if !ok || isNull(raw) {
		return
	}
	text, _ := textOf(raw)
	switch text {
	case "true", "1":
		*to = true
	case "false", "0":
		*to = false
	default:
		in.wrong(name, "must be true or false")
	}
}

// number reads a number, which may be a string.
func (in *input) number(name string, to **float64, most float64) {
	raw, ok := in.given(name)
	if !ok {
		return
	}
	if isNull(raw) {
		*to = nil
		return
	}
	text, _ := textOf(raw)
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(math.Abs(n) <= most) {
		in.wrong(name, "must be a number in range")
		return
	}
	*to = &n
}

// whole reads a number without a fraction other than zero, from least to most.
func (in *input) whole(name string, to **int, least, most int) {
	n := new(float64)
	if _, ok := in.given(name); !ok {
		return
	}
	in.number(name, &n, math.MaxInt32)
	switch {
	case in.err != nil:
	case n == nil:
		*to = nil
	case *n != math.Trunc(*n) || int(*n) < least || int(*n) > most:
		in.wrong(name, "must be a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
	default:
		k := int(*n)
		*to = &k
	}
}

// id reads the id of a record; null and the empty string are none.
func (in *input) id(name string, to *store.ID) {
	if _, ok := in.given(name); !ok {
		return
	}
	var text string
	in.word(name, &text)
	id, known := store.ParseUUID(text)
	if in.err == nil && text != "" && !known {
		in.wrong(name, "does not exist")
	}
	*to = id
}

// dateForms are dates as clients write them; a date alone is its midnight in UTC.
var dateForms = []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z0700", "2006-01-02T15:04:05Z07", "20060102T150405Z0700", time.DateOnly}

// date reads a time; null and the empty string are none.
func (in *input) date(name string, to *time.Time) {
	if _, ok := in.given(name); !ok {
		return
	}
	var text string
	if in.word(name, &text); in.err != nil {
		return
	}
	if *to = (time.Time{}); text == "" {
		return
	}
	at, ok := dateOf(text)
	if !ok {
		in.wrong(name, "is not a valid date")
		return
	}
	*to = at
}

func dateOf(text string) (time.Time, bool) {
	for _, form := range dateForms {
		if at, err := time.Parse(form, strings.TrimSpace(text)); err == nil {
			return at.UTC().Truncate(time.Millisecond), at.Unix() > 0 && at.Year() <= 9999
		}
	}
	return time.Time{}, false
}

var (
	hexColour = regexp.MustCompile(`^#([0-9a-f]{3}|[0-9a-f]{6})$`)
	rgbColour = regexp.MustCompile(`^rgb\(\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*\)$`)
)

// colour reads a colour and spells it "#rrggbb".
func (in *input) colour(name string, to **string) {
	raw, ok := in.given(name)
	if !ok {
		return
	}
	text, _ := textOf(raw)
	if text == "" && (isNull(raw) || string(raw) == `""`) {
		*to = nil
		return
	}
	spelt, ok := colourOf(strings.ToLower(strings.TrimSpace(text)))
	if !ok {
		in.wrong(name, "is not a valid color")
		return
	}
	*to = &spelt
}

func colourOf(text string) (string, bool) {
	if m := hexColour.FindStringSubmatch(text); m != nil {
		if h := m[1]; len(h) == 3 {
			text = "#" + h[:1] + h[:1] + h[1:2] + h[1:2] + h[2:] + h[2:]
		}
		return text, true
	}
	m := rgbColour.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	const digits = "0123456789abcdef"
	out := []byte{'#'}
	for _, part := range m[1:] {
		n, err := strconv.Atoi(part)
		if err != nil || n > 255 {
			return "", false
		}
		out = append(out, digits[n>>4], digits[n&15])
	}
	return string(out), true
}

// choice reads one of some words.
func (in *input) choice(name string, to *string, words ...string) {
	if _, ok := in.given(name); !ok {
		return
	}
	text := *to
	in.word(name, &text)
	switch {
	case in.err != nil || text == "":
	case !slices.Contains(words, text):
		in.wrong(name, "is not included in the list")
	default:
		*to = text
	}
}

// list reads an array; null is an empty one.
func (in *input) list(name string) (all []json.RawMessage, given bool) {
	raw, ok := in.given(name)
	if !ok {
		return nil, false
	}
	if isNone(raw) {
		return nil, true
	}
	if json.Unmarshal(raw, &all) != nil {
		in.wrong(name, "must be an array")
	}
	return all, in.err == nil
}

// objects reads an array of objects and hands each to read, whose complaints are about
// the array.
func (in *input) objects(name string, most int, read func(*input)) (given bool) {
	all, given := in.list(name)
	if !given {
		return false
	}
	if most > 0 && len(all) > most {
		in.wrong(name, "has more than "+strconv.Itoa(most)+" entries")
		return false
	}
	for _, raw := range all {
		o, ok := objectOf(raw)
		if !ok {
			in.wrong(name, "must hold objects")
			return false
		}
		item := input{object: o, at: name}
		read(&item)
		if in.err == nil {
			in.err = item.err
		}
	}
	return in.err == nil
}

// info reads an object of the client's own, as it was sent.
func (in *input) info(name string, to *json.RawMessage) (given bool) {
	raw, ok := in.given(name)
	if !ok {
		return false
	}
	if isNone(raw) {
		*to = json.RawMessage("{}")
		return true
	}
	if _, ok := objectOf(raw); !ok {
		in.wrong(name, "must be an object")
		return false
	}
	var plain bytes.Buffer
	if err := json.Compact(&plain, raw); err != nil {
		in.wrong(name, "must be an object")
		return false
	}
	*to = plain.Bytes()
	return true
}
