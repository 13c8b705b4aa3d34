package passworks

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"
)

// object is a JSON object whose members were not looked at.
type object map[string]json.RawMessage

// body reads a request, whatever the client says it sends. Nothing, null and an empty
// array, which is how PHP spells it, are the empty object.
func (c call) body() (object, error) {
	raw, err := io.ReadAll(c.Body)
	if err != nil {
		return nil, err
	}
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\ufeff")))
	if len(raw) == 0 {
		return object{}, nil
	}
	if !utf8.Valid(raw) || !json.Valid(raw) {
		return nil, malformed("base", "the body is not valid JSON")
	}
	o, ok := objectOf(raw)
	if !ok {
		return nil, malformed("base", "the body must be a JSON object")
	}
	return o, nil
}

// objectOf reads a value where an object is expected.
func objectOf(raw json.RawMessage) (object, bool) {
	o := object{}
	if isNone(raw) {
		return o, true
	}
	err := json.Unmarshal(raw, &o)
	return o, err == nil
}

// isNone says whether a value stands for an object without members.
func isNone(raw json.RawMessage) bool {
	text := string(bytes.TrimSpace(raw))
	return text == "" || text == "null" || len(text) >= 2 && text[0] == '[' && strings.TrimSpace(text[1:len(text)-1]) == ""
}

// under is the object beneath the first of some roots that there is, with the
// members beside it. Without any of them the body itself is meant.
func (o object) under(roots ...string) (object, error) {
	for _, root := range roots {
		raw, ok := o[root]
		if !ok {
			continue
		}
		in, ok := objectOf(raw)
		if !ok {
			return nil, malformed(root, "must be an object")
		}
		for name, raw := range o {
			if _, taken := in[name]; !taken && name != root {
				in[name] = raw
			}
		}
		return in, nil
	}
	return o, nil
}

// wants is under for bodies that must have a root, the first of the names if none is
// there.
func (o object) wants(roots ...string) (object, error) {
	for _, root := range roots {
		if _, ok := o[root]; ok {
			return o.under(root)
		}
	}
	return nil, malformed(roots[0], "is missing")
}

// get is a member that is there and not null.
func (o object) get(name string) (json.RawMessage, bool) {
	raw, ok := o[name]
	return raw, ok && string(raw) != "null"
}
