package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pocketpass/store"
)

// object is a JSON object that is handed on as it is.
type object json.RawMessage

// MarshalJSON writes the object.
func (o object) MarshalJSON() ([]byte, error) { return json.RawMessage(o).MarshalJSON() }

// UnmarshalJSON keeps text; what may be in it is for package issuer to say.
func (o *object) UnmarshalJSON(text []byte) error {
	*o = append((*o)[:0], text...)
	return nil
}

// Schema describes any object.
func (object) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "object", AdditionalProperties: true}
}

// raw is the object, or nil for null.
func (o object) raw() json.RawMessage {
	if string(o) == "null" {
		return nil
	}
	return json.RawMessage(o)
}

// values are field values by field key.
type values map[string]json.RawMessage

// Schema describes texts, numbers and truths, and null for the template's own.
func (values) Schema(huma.Registry) *huma.Schema {
	one := &huma.Schema{OneOf: []*huma.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}, {Type: "null"}}}
	return &huma.Schema{Type: "object", AdditionalProperties: one,
		Description: "Field values by field key of the template, each a text or a number, or what the type of the field asks for",
		Examples:    []any{map[string]any{"stamps": 3, "member": "Ada"}}}
}

// maybe tells a member that is missing, and means leave it as it is, from one that is
// null, and means take it away.
type maybe[T any] struct {
	given bool
	value T
}

// UnmarshalJSON is not called for a member that is missing.
func (m *maybe[T]) UnmarshalJSON(text []byte) error {
	m.given = true
	return decodeMember(text, &m.value)
}

// decodeMember refuses unknown members, as the decoder of the whole body does.
func decodeMember(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		wrong.Offset = 0 // it counts from here, and not from where the body begins
	}
	return err
}

// pointer is the value, or nil for a member that is missing. That of null is zero.
func (m *maybe[T]) pointer() *T {
	if !m.given {
		return nil
	}
	return &m.value
}

// Schema is that of the value.
func (maybe[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), false, "")
	s.Nullable = true
	return &s
}

// narrow is a member that narrows down what a job is about.
type narrow[T any] struct{ maybe[T] }

// Schema is that of the value: null is none.
func (narrow[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), false, "")
}

// moment is a time as it stands in a body.
type moment string

// Schema describes a time.
func (moment) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "date-time", Examples: []any{"2026-12-31T23:59:59Z"}}
}

// time reads the moment that stands in a body at path. An empty one is the zero time.
func (m moment) time(path string) (time.Time, error) {
	if m == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, string(m))
	if err != nil {
		return t, invalid(path, "time_malformed", "%q is no time; write it like 2026-12-31T23:59:59Z", string(m))
	}
	return t, nil
}

// timeOf is nil for a member that is missing, and the zero time for null.
func timeOf(path string, m maybe[moment]) (*time.Time, error) {
	if !m.given {
		return nil, nil
	}
	t, err := m.value.time(path)
	return &t, err
}

// contact is the name of what tells people from one another.
type contact string

// Schema lists the names.
func (contact) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Enum: []any{string(store.ByEmail), string(store.ByPhone)}}
}
