package walletkit

import (
	"encoding/json"
	"fmt"
	"slices"
)

var pairSchema = newSchema("key", "value")

// pair is a field and a value for it.
type pair struct {
	key   string
	value json.RawMessage // a string or a number
}

func (p pair) text() string {
	text, _ := textOf(p.value)
	return text
}

// readPairs reads a list of keys and values.
func readPairs(o object, name string) ([]pair, error) {
	all, err := o.list(name, name)
	if err != nil {
		return nil, err
	}
	out := make([]pair, 0, len(all))
	for n, raw := range all {
		at := fmt.Sprintf("%s[%d]", name, n)
		m, _, err := pairSchema.read(raw, at)
		if err != nil {
			return nil, err
		}
		key, err := m.text("key", at+".key")
		if err != nil {
			return nil, err
		}
		if key == "" {
			return nil, refuse(codeMissingField, at+".key", "key is required for %s", at)
		}
		value, err := fieldValue(m, at)
		if err != nil {
			return nil, err
		}
		if raw, ok := m["value"]; ok && string(raw) != "null" {
			value = raw // not for a document: nothing is to be escaped
		}
		out = append(out, pair{key, value})
	}
	return out, nil
}

// values are those of fields that t has, and the keys of those that it has not. Of a key
// that stands twice the last counts.
func (t *template) values(pairs []pair) (values map[string]json.RawMessage, ignored []string) {
	return split(pairs, func(key string) bool { return t.keys[key] })
}

// changes are values of fields that passes of t have: those from before it was changed
// elsewhere stay as it was then.
func (t *template) changes(pairs []pair) (values map[string]json.RawMessage, ignored []string) {
	return split(pairs, func(key string) bool { return t.keys[key] || t.sent[key] })
}

func split(pairs []pair, has func(key string) bool) (values map[string]json.RawMessage, ignored []string) {
	values = make(map[string]json.RawMessage, len(pairs))
	for _, p := range pairs {
		switch {
		case has(p.key):
			values[p.key] = p.value
		case !slices.Contains(ignored, p.key):
			ignored = append(ignored, p.key)
		}
	}
	return values, ignored
}
