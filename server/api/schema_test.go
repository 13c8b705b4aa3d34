package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// schema is the part of JSON Schema that the description uses of answers.
type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any    // a name, or several
	Format               string
	Description          string
	Properties           map[string]*schema
	Required             []string
	AdditionalProperties any
	Items                *schema
	Enum                 []any
}

func (s *spec) resolve(sch *schema) *schema {
	if sch.Ref == "" {
		return sch
	}
	name, _ := url.PathUnescape(strings.TrimPrefix(sch.Ref, "#/components/schemas/"))
	return s.Components.Schemas[name]
}

// faults lists where an answer is not as sch says.
func (s *spec) faults(body []byte, sch *schema) []string {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return []string{err.Error()}
	}
	return s.differences("", v, sch)
}

func (s *spec) differences(path string, v any, sch *schema) (out []string) {
	if sch = s.resolve(sch); sch.Type != nil && !sch.allows(kindOf(v)) {
		return []string{fmt.Sprintf("%s: a %s, not %v", path, kindOf(v), sch.Type)}
	}
	if len(sch.Enum) > 0 && !slices.Contains(sch.Enum, v) {
		out = append(out, fmt.Sprintf("%s: %v is none of %v", path, v, sch.Enum))
	}
	switch v := v.(type) {
	case string:
		if _, err := time.Parse(time.RFC3339, v); err != nil && sch.Format == "date-time" {
			out = append(out, fmt.Sprintf("%s: %q is no time", path, v))
		}
	case []any:
		for n, one := range v {
			if sch.Items != nil {
				out = append(out, s.differences(fmt.Sprintf("%s/%d", path, n), one, sch.Items)...)
			}
		}
	case map[string]any:
		out = append(out, s.members(path, v, sch)...)
	}
	return out
}

func (s *spec) members(path string, v map[string]any, sch *schema) (out []string) {
	for _, name := range sch.Required {
		if _, ok := v[name]; !ok {
			out = append(out, path+"/"+name+": missing")
		}
	}
	for name, one := range v {
		if member, ok := sch.Properties[name]; ok {
			out = append(out, s.differences(path+"/"+name, one, member)...)
		} else if sch.AdditionalProperties == false {
			out = append(out, path+"/"+name+": not described")
		}
	}
	return out
}

// allows reports whether the schema takes a kind of value.
func (sch *schema) allows(kind string) bool {
	several, ok := sch.Type.([]any)
	if !ok {
		several = []any{sch.Type}
	}
	return slices.Contains(several, any(kind)) || kind == "integer" && slices.Contains(several, any("number"))
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// TestAnswersAreAsDescribed proves that call, which every test goes through, would notice.
func TestAnswersAreAsDescribed(t *testing.T) {
	s := newApp(t).spec
	event := &schema{Ref: "#/components/schemas/Feed"}
	good := `{"id": "02vq8m5c0k1", "at": "2026-01-01T00:00:00Z", "type": "pass.issued", "subject": "02vq8m5c0k1"}`
	if faults := s.faults([]byte(good), event); len(faults) > 0 {
		t.Error(faults)
	}
	for bad, want := range map[string]string{
		`{"at": "2026-01-01T00:00:00Z", "type": "", "subject": ""}`:                    "/id: missing",
		`{"id": "", "at": "now", "type": "", "subject": ""}`:                           "/at:",
		`{"id": 1, "at": "2026-01-01T00:00:00Z", "type": "", "subject": ""}`:           "/id: a integer",
		`{"id": "", "at": "2026-01-01T00:00:00Z", "type": "", "subject": "", "x": {}}`: "/x: not described",
	} {
		if faults := s.faults([]byte(bad), event); len(faults) != 1 || !strings.HasPrefix(faults[0], want) {
			t.Errorf("%s: %q, want %q", bad, faults, want)
		}
	}
}
