package pkpass

import (
	"iter"
	"reflect"
)

// leaf is a member of a document that holds text, with where it stands.
type leaf struct {
	at    place
	kind  string        // tag wallet; extraKind for the unknown keys of an object
	value reflect.Value // a string, a Value, raw JSON, or the map Extra
	owner reflect.Value // the struct that it is a member of
}

// extraKind marks the leaf of an object's unknown keys.
const extraKind = "extra"

// text is the string of a leaf, and false for one that holds something else.
func (l leaf) text() (string, bool) {
	switch {
	case l.value.Kind() == reflect.String:
		return l.value.String(), true
	case l.value.Type() == valueType:
		v := l.value.Addr().Interface().(*Value)
		return v.content, v.IsText()
	}
	return "", false
}

// visitor is called with every member that is set and whose tag wallet says
// what it is, and with the unknown keys of each object.
type visitor func(leaf)

// walk visits the leaves of v, a struct, and of everything below it, by way of some
// members of each: (*plan).spoken or (*plan).judged.
func walk(v reflect.Value, at *place, some func(*plan) []*member, visit visitor) {
	p := plans[v.Type()]
	for _, m := range some(p) {
		if f := v.FieldByIndex(m.index); !isUnset(f) {
			walkMember(f, v, m, at, some, visit)
		}
	}
	if extra := v.Field(p.extra); !extra.IsNil() {
		visit(leaf{*at, extraKind, extra, v})
	}
}

func walkMember(v, owner reflect.Value, m *member, at *place, some func(*plan) []*member, visit visitor) {
	switch t := v.Type(); {
	case m.kind != "" && (t.Kind() == reflect.String || t == valueType || t == rawType):
		visit(leaf{place{up: at, name: m.name, index: -1}, m.kind, v, owner})
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		walk(v.Elem(), at.member(m.name), some, visit)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		up := at.member(m.name)
		for i := range v.Len() {
			walk(v.Index(i), up.item(i), some, visit)
		}
	case t.Kind() == reflect.Slice && m.kind != "":
		up := at.member(m.name)
		for i := range v.Len() {
			visit(leaf{place{up: up, index: i}, m.kind, v.Index(i), owner})
		}
	}
}

// Texts visits every text that may be localised, under the path that a Finding
// would give it: what a translator has to be shown.
func (d *Document) Texts() iter.Seq2[string, string] {
	return func(yield func(path, text string) bool) {
		more := true
		walk(reflect.ValueOf(d).Elem(), documentRoot, (*plan).spoken, func(l leaf) {
			if s, ok := l.text(); more && ok && l.kind == "text" {
				more = yield(l.at.String(), s)
			}
		})
	}
}

// eachSemantics visits all objects of semantic tags, wherever they stand.
func (j *judge) eachSemantics(visit func(at *place, s *Semantics)) {
	d := j.d
	if d.Semantics != nil {
		visit(documentRoot.member("semantics"), d.Semantics)
	}
	for _, f := range j.fields {
		if f.Semantics != nil {
			visit(f.at.member("semantics"), f.Semantics)
		}
	}
	for i := range d.UpcomingPasses {
		if s := d.UpcomingPasses[i].Semantics; s != nil {
			visit(documentRoot.member("upcomingPassInformation").item(i).member("semantics"), s)
		}
	}
}

// placedField is a field with where it stands. The style of a field of an
// upcoming event is upcomingPassInformation.
type placedField struct {
	*Field
	at           *place
	style, group string
}

func (d *Document) eachField() iter.Seq[placedField] {
	return func(yield func(placedField) bool) {
		for name, s := range d.Styles() {
			at := documentRoot.member(name)
			for group, fields := range s.Groups() {
				if !yieldFields(*fields, at, name, group, yield) {
					return
				}
			}
		}
		up := documentRoot.member("upcomingPassInformation")
		for i := range d.UpcomingPasses {
			u := &d.UpcomingPasses[i]
			if !yieldFields(u.AdditionalInfoFields, up.item(i), up.name, "additionalInfoFields", yield) ||
				!yieldFields(u.BackFields, up.item(i), up.name, "backFields", yield) {
				return
			}
		}
	}
}

func yieldFields(fields []Field, at *place, style, group string, yield func(placedField) bool) bool {
	if len(fields) == 0 {
		return true
	}
	up := at.member(group)
	for i := range fields {
		if !yield(placedField{&fields[i], up.item(i), style, group}) {
			return false
		}
	}
	return true
}
