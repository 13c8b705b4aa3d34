package walletkit

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// object is a JSON object by the canonical spellings of its names. A member that is
// null is kept: it is absent everywhere but in the value of a field.
type object map[string]json.RawMessage

// schema is what an object may have: how a name is read, to how it is spelt.
type schema struct {
	names []string          // canonical, in the order of the documents
	known map[string]string // by what squeeze makes of them
}

// newSchema takes canonical names, each with synonyms after bars.
func newSchema(names ...string) schema {
	s := schema{known: make(map[string]string)}
	for _, all := range names {
		spellings := strings.Split(all, "|")
		s.names = append(s.names, spellings[0])
		for _, name := range spellings {
			s.known[squeeze(name)] = spellings[0]
		}
	}
	return s
}

// squeeze is what of a name counts: textAlignment, text_alignment and textalignment are one.
func squeeze(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("_-@ ", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// read takes an object apart. Of several spellings of a name the canonical one wins, else
// the first in the alphabet. others are the members that the schema has not.
func (s schema) read(raw json.RawMessage, field string) (o object, others []string, err error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members == nil {
		return nil, nil, refuse(codeInvalidField, field, "%s must be an object", field)
	}
	o = make(object, len(members))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		canonical, known := s.known[squeeze(name)]
		if !known {
			others = append(others, name)
			continue
		}
		if _, taken := o[canonical]; !taken || name == canonical {
			o[canonical] = members[name]
		}
	}
	return o, others, nil
}

// write is the object as JSON, in the schema's order, after the member id if it is not empty.
func (s schema) write(o object, id string) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	if id != "" {
		b.WriteString(`"id":` + string(quoted(id)))
	}
	for _, name := range s.names {
		if raw, ok := o.get(name); ok {
			if b.Len() > 1 {
				b.WriteByte(',')
			}
			b.Write(quoted(name))
			b.WriteByte(':')
			b.Write(raw)
		}
	}
	b.WriteByte('}')
	return b.Bytes()
}

// get is a member that is there and not null.
func (o object) get(name string) (json.RawMessage, bool) {
	raw, ok := o[name]
	return raw, ok && string(raw) != "null"
}

// text is a member that is a string, or a number, which is turned into its digits. It is
// empty if the member is absent.
func (o object) text(name, field string) (string, error) {
	raw, ok := o.get(name)
	if !ok {
		return "", nil
	}
	s, ok := textOf(raw)
	if !ok {
		return "", refuse(codeInvalidField, field, "%s must be a string", field)
	}
	return s, nil
}

// list is a member that is a list; an absent one is empty.
func (o object) list(name, field string) (out []json.RawMessage, err error) {
	raw, ok := o.get(name)
	if !ok {
		return nil, nil
	}
	if json.Unmarshal(raw, &out) != nil {
		return nil, refuse(codeInvalidField, field, "%s must be an array", field)
	}
	return out, nil
}

// textOf is what a JSON string says, or the literal of a number.
func textOf(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 {
		return "", false
	}
	if raw[0] == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err == nil
	}
	return string(raw), isNumber(raw)
}

// isNumber says whether raw, which is valid JSON, is a number.
func isNumber(raw json.RawMessage) bool {
	return len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9')
}

// quoted is a JSON string.
func quoted(s string) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // a string always marshals
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// escaped keeps what a client wrote from being taken for one of the engine's placeholders.
func escaped(s string) string { return strings.ReplaceAll(s, "{{", "{{'{{'}}") }
