package pkpass

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// Clone returns a copy that shares no memory with d which either could change.
func (d *Document) Clone() *Document {
	out := new(Document)
	copyInto(reflect.ValueOf(out).Elem(), reflect.ValueOf(d).Elem())
	return out
}

// Merge returns d with patch laid over it; both stay as they were and share
// nothing with the result. Members that patch sets replace those of d, lists
// as a whole, objects member by member. The groups of a style are one list
// together: a field of patch changes the members of the field of the same key
// wherever that stands, and is appended to its own group if d has no such key.
func (d *Document) Merge(patch *Document) *Document {
	out := d.Clone()
	mergeInto(reflect.ValueOf(out).Elem(), reflect.ValueOf(patch).Elem())
	return out
}

// copyInto makes dst, which is zero, a deep copy of src.
func copyInto(dst, src reflect.Value) {
	switch src.Kind() {
	case reflect.Pointer:
		if !src.IsNil() {
			dst.Set(reflect.New(src.Type().Elem()))
			copyInto(dst.Elem(), src.Elem())
		}
	case reflect.Slice:
		copySlice(dst, src)
	case reflect.Map:
		dst.Set(reflect.ValueOf(cloneExtra(src)))
	case reflect.Struct:
		dst.Set(src) // most members are strings; what is left are references
		if src.Type() == valueType {
			return
		}
		for i := range src.NumField() {
			if f := src.Field(i); isReference(f) {
				copyInto(dst.Field(i), f)
			}
		}
	default:
		dst.Set(src)
	}
}

func isReference(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return !v.IsNil()
	default:
		return false
	}
}

func copySlice(dst, src reflect.Value) {
	if src.IsNil() {
		return
	}
	n := src.Len()
	dst.Set(reflect.MakeSlice(src.Type(), n, n))
	reflect.Copy(dst, src)
	if src.Type().Elem().Kind() != reflect.Struct {
		return
	}
	for i := range n {
		copyInto(dst.Index(i), src.Index(i))
	}
}

func cloneExtra(v reflect.Value) map[string]json.RawMessage {
	out := maps.Clone(*v.Addr().Interface().(*map[string]json.RawMessage))
	for name, raw := range out {
		out[name] = slices.Clone(raw)
	}
	return out
}

// mergeInto lays src over dst.
func mergeInto(dst, src reflect.Value) {
	switch {
	case src.Kind() == reflect.Pointer && src.Type().Elem().Kind() == reflect.Struct && !dst.IsNil():
		mergeInto(dst.Elem(), src.Elem())
	case src.Kind() == reflect.Map && !dst.IsNil():
		maps.Copy(*dst.Addr().Interface().(*map[string]json.RawMessage), cloneExtra(src))
	case src.Type() == reflect.TypeFor[Style]():
		mergeStyle(dst.Addr().Interface().(*Style), src.Addr().Interface().(*Style))
	case src.Kind() == reflect.Struct && src.Type() != valueType:
		mergeMembers(dst, src)
	default:
		dst.SetZero()
		copyInto(dst, src)
	}
}

func mergeMembers(dst, src reflect.Value) {
	for i := range src.NumField() {
		if f := src.Field(i); !isUnset(f) {
			mergeInto(dst.Field(i), f)
		}
	}
}

// mergeStyle merges the groups by field key, and everything else as members.
func mergeStyle(dst, src *Style) {
	rest := *src
	for _, group := range rest.Groups() {
		*group = nil
	}
	mergeMembers(reflect.ValueOf(dst).Elem(), reflect.ValueOf(&rest).Elem())

	known := fieldIndex(dst)
	targets := groupsByName(dst)
	for name, group := range src.Groups() {
		for i := range *group {
			f := &(*group)[i]
			if at, ok := known[f.Key]; ok {
				mergeMembers(reflect.ValueOf(&(*at.group)[at.index]).Elem(), reflect.ValueOf(f).Elem())
				continue
			}
			var fresh Field
			copyInto(reflect.ValueOf(&fresh).Elem(), reflect.ValueOf(f).Elem())
			*targets[name] = append(*targets[name], fresh)
		}
	}
}

type fieldSlot struct {
	group *[]Field
	index int
}

// fieldIndex finds fields by key; slots instead of pointers, because appending moves fields.
func fieldIndex(s *Style) map[string]fieldSlot {
	index := make(map[string]fieldSlot)
	for _, group := range s.Groups() {
		for i, f := range *group {
			if _, taken := index[f.Key]; !taken && f.Key != "" {
				index[f.Key] = fieldSlot{group, i}
			}
		}
	}
	return index
}

func groupsByName(s *Style) map[string]*[]Field {
	return maps.Collect(s.Groups())
}
