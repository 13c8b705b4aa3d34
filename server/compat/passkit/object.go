package passkit

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// object is a JSON object by its names in lower case: clients spell them as they like.
type object map[string]json.RawMessage

// readObject reads an object. Nothing, null and the empty list mean one without members:
// some languages cannot tell them apart.
func readObject(raw json.RawMessage, field string) (object, error) {
	members, err := readMap(raw, field)
	if err != nil || len(members) == 0 {
		return nil, err
	}
	o := make(object, len(members))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		o[strings.ToLower(name)] = members[name]
	}
	return o, nil
}

// readMap is readObject for objects whose names are free.
func readMap(raw json.RawMessage, field string) (map[string]json.RawMessage, error) {
	if isEmpty(raw) {
		return nil, nil
	}
	var out map[string]json.RawMessage
	if json.Unmarshal(raw, &out) != nil {
		return nil, invalidField(field, "must be an object")
	}
	return out, nil
}

// isEmpty says whether raw, valid JSON, is nothing, null, an empty list or an empty object.
func isEmpty(raw json.RawMessage) bool {
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' && raw[0] != 'n' {
		return len(raw) == 0
	}
	if raw[0] == 'n' {
		return true
	}
	return len(bytes.TrimSpace(raw[1:len(raw)-1])) == 0
}

// get is a member that is there and not null.
func (o object) get(name string) (json.RawMessage, bool) {
	raw, ok := o[strings.ToLower(name)]
	return raw, ok && string(raw) != "null"
}

// text is a member that is a string; a number or a boolean is its own text.
func (o object) text(name string) (text string, given bool, err error) {
	return o.scalar(name, "must be a string")
}

// scalar is the text of a member that is a scalar, or what it must be.
func (o object) scalar(name, must string) (text string, given bool, err error) {
	raw, ok := o.get(name)
	if !ok {
		return "", false, nil
	}
	if text, ok = textOf(raw); !ok {
		return "", false, invalidField(name, "%s", must)
	}
	return text, true, nil
}

// setText replaces what is given.
func (o object) setText(name string, to *string) error {
	text, given, err := o.text(name)
	if given {
		*to = text
	}
	return err
}

// textOf is the text of a scalar.
func textOf(raw json.RawMessage) (string, bool) {
	switch {
	case len(raw) == 0 || raw[0] == '{' || raw[0] == '[' || raw[0] == 'n':
		return "", false
	case raw[0] == '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err == nil
	}
	return string(raw), true
}

// boolean is nil if the member is absent.
func (o object) boolean(name string) (*bool, error) {
	const must = "must be true or false"
	text, given, err := o.scalar(name, must)
	if err != nil || !given {
		return nil, err
	}
	b := false
	switch strings.ToLower(text) {
	case "true", "1":
		b = true
	case "false", "0", "":
	default:
		return nil, invalidField(name, must)
	}
	return &b, nil
}

// number is nil if the member is absent or an empty text.
func (o object) number(name string) (*float64, error) {
	const must = "must be a number"
	text, given, err := o.scalar(name, must)
	if err != nil || !given || text == "" {
		return nil, err
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return nil, invalidField(name, must)
	}
	return &n, nil
}

// integer is nil if the member is absent.
func (o object) integer(name string) (*int64, error) {
	n, err := o.number(name)
	if err != nil || n == nil {
		return nil, err
	}
	if *n != math.Trunc(*n) || math.Abs(*n) > 1<<53 {
		return nil, invalidField(name, "must be a whole number")
	}
	whole := int64(*n)
	return &whole, nil
}

// times are how clients write moments; PHP's own name for ISO 8601 has no colon.
var times = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", time.DateOnly}

const timeMust = "must be a time like 2026-03-01T09:30:00Z"

func readTime(text string) (time.Time, bool) {
	for _, form := range times {
		if at, err := time.Parse(form, strings.TrimSpace(text)); err == nil {
			return at.UTC().Truncate(time.Second), true
		}
	}
	return time.Time{}, false
}

// writeTime is empty for no time.
func writeTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// time is nil if the member is absent, and the zero time if it is an empty text.
func (o object) time(name string) (*time.Time, error) {
	text, given, err := o.scalar(name, timeMust)
	if err != nil || !given {
		return nil, err
	}
	if text == "" {
		return new(time.Time), nil
	}
	at, ok := readTime(text)
	if !ok {
		return nil, invalidField(name, timeMust)
	}
	return &at, nil
}

// list is a member that is a list; an object without members is an empty one.
func (o object) list(name string) (out []json.RawMessage, given bool, err error) {
	raw, ok := o.get(name)
	if !ok {
		return nil, false, nil
	}
	if string(raw) == "{}" {
		return nil, false, nil
	}
	if json.Unmarshal(raw, &out) != nil {
		return nil, false, invalidField(name, "must be an array")
	}
	return out, true, nil
}

// objects is a list of objects.
func (o object) objects(name string) (out []object, given bool, err error) {
	all, given, err := o.list(name)
	for _, raw := range all {
		item, err := readObject(raw, name)
		if err != nil {
			return nil, false, err
		}
		out = append(out, item)
	}
	return out, given, err
}

// object is a member that is an object with members; any other is nil.
func (o object) object(name string) (object, error) {
	raw, ok := o.get(name)
	if !ok {
		return nil, nil
	}
	return readObject(raw, name)
}

// encode is JSON of a value of ours.
func encode(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // values of ours
	}
	return raw
}

// sortedKeys are the keys of a map in their order.
func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
