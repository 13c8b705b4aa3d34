package web

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// pointerEscape is that of RFC 6901, section 3.
var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// strayField is the JSON pointer of a member called name that has no place where it
// stands. Package encoding/json, which refused it, gives the name alone.
func strayField(body []byte, name string, t reflect.Type) string {
	var v any
	if json.Unmarshal(body, &v) == nil {
		if path, ok := findStray(v, name, t, ""); ok {
			return path
		}
	}
	return "/" + pointerEscape.Replace(name)
}

// wrongField is the JSON pointer of what encoding/json refused as of a wrong type. Its own
// path, field by field, lacks the places in lists and the keys of maps, and has the names
// of embedded structs, which JSON does not know.
func wrongField(body []byte, wrong *json.UnmarshalTypeError) string {
	if wrong.Field == "" {
		return ""
	}
	var v any
	names := strings.Split(wrong.Field, ".")
	kind, _, _ := strings.Cut(wrong.Value, " ") // of "number 1.5"
	if json.Unmarshal(body, &v) == nil {
		if path, ok := findWrong(v, names, kind, ""); ok {
			return path
		}
	}
	return "/" + strings.Join(names, "/")
}

func findWrong(v any, names []string, kind, path string) (string, bool) {
	if len(names) == 0 && kindOf(v) == kind {
		return path, true
	}
	switch v := v.(type) {
	case []any:
		for n, one := range v {
			if found, ok := findWrong(one, names, kind, path+"/"+strconv.Itoa(n)); ok {
				return found, true
			}
		}
	case map[string]any:
		if len(names) > 0 && v[names[0]] != nil {
			return findWrong(v[names[0]], names[1:], kind, path+"/"+pointerEscape.Replace(names[0]))
		}
		if len(names) > 1 { // an embedded struct
			if found, ok := findWrong(v, names[1:], kind, path); ok {
				return found, true
			}
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if found, ok := findWrong(v[key], names, kind, path+"/"+pointerEscape.Replace(key)); ok {
				return found, true
			}
		}
	}
	return "", false
}

// kindOf is the word that encoding/json has for a value.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

func findStray(v any, name string, t reflect.Type, path string) (string, bool) {
	switch v := v.(type) {
	case []any:
		for n, one := range v {
			if found, ok := findStray(one, name, elementOf(t), path+"/"+strconv.Itoa(n)); ok {
				return found, true
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			at := path + "/" + pointerEscape.Replace(key)
			member, known := memberOf(t, key)
			if !known && key == name {
				return at, true
			}
			if found, ok := findStray(v[key], name, member, at); ok {
				return found, true
			}
		}
	}
	return "", false
}

// memberOf is the type of a member of what decodes into t, nil if it may be anything. A
// field without a name of its own is embedded, or the inside of an optional value.
func memberOf(t reflect.Type, key string) (member reflect.Type, known bool) {
	if t == nil {
		return nil, true
	}
	switch t.Kind() {
	case reflect.Pointer:
		return memberOf(t.Elem(), key)
	case reflect.Map:
		return t.Elem(), true
	case reflect.Slice, reflect.Interface: // JSON that is handed on as it is
		return nil, true
	case reflect.Struct:
		for n := range t.NumField() {
			f := t.Field(n)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "" && strings.EqualFold(name, key) {
				return f.Type, true
			}
			if member, known = memberOf(f.Type, key); known && name == "" {
				return member, true
			}
		}
	}
	return nil, false
}

// elementOf is the type of the elements of a list that decodes into t, nil for anything.
func elementOf(t reflect.Type) reflect.Type {
	if t == nil {
		return nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return elementOf(t.Elem())
	case reflect.Slice, reflect.Array:
		return t.Elem()
	case reflect.Struct:
		for n := range t.NumField() {
			f := t.Field(n)
			if of := elementOf(f.Type); of != nil && f.Tag.Get("json") == "" {
				return of
			}
		}
	}
	return nil
}
