package pkpass

import (
	"iter"
	"reflect"
)

// visitor is called with every string that is set and whose tag wallet says
// what it is.
type visitor func(at *place, kind, s string)

// walk visits the strings of v, a struct, and of everything below it.
func walk(v reflect.Value, at *place, visit visitor) {
	p := plans[v.Type()]
	for i := range p.members {
		m := &p.members[i]
		if f := v.FieldByIndex(m.index); !isUnset(f) {
			walkMember(f, m, at, visit)
		}
	}
}

func walkMember(v reflect.Value, m *member, at *place, visit visitor) {
	switch t := v.Type(); {
	case t.Kind() == reflect.String && m.kind != "":
		visit(at.member(m.name), m.kind, v.String())
	case t == valueType:
		if value := v.Addr().Interface().(*Value); value.IsText() {
			visit(at.member(m.name), m.kind, value.content)
		}
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		walk(v.Elem(), at.member(m.name), visit)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		up := at.member(m.name)
		for i := range v.Len() {
			walk(v.Index(i), up.item(i), visit)
		}
	case t.Kind() == reflect.Slice && m.kind != "":
		up := at.member(m.name)
		for i := range v.Len() {
			visit(up.item(i), m.kind, v.Index(i).String())
		}
	}
}

// Texts visits every text that may be localised, under the path that a Finding
// would give it: what a translator has to be shown.
func (d *Document) Texts() iter.Seq2[string, string] {
	return func(yield func(path, text string) bool) {
		more := true
		walk(reflect.ValueOf(d).Elem(), documentRoot, func(at *place, kind, s string) {
			if more && kind == "text" {
				more = yield(at.String(), s)
			}
		})
	}
}

// eachSemantics visits all objects of semantic tags, wherever they stand.
func (d *Document) eachSemantics(visit func(at *place, s *Semantics)) {
	if d.Semantics != nil {
		visit(documentRoot.member("semantics"), d.Semantics)
	}
	for f := range d.eachField() {
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
