package api

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
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
	return json.Unmarshal(text, &m.value)
}

// Schema is that of the value.
func (maybe[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), true, "")
	s.Nullable = true
	return &s
}
