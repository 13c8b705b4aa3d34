package issuer

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/placeholder"
	"pocketpass/store"
)

// Limits of the fields that a design declares.
const (
	maxFields   = 100
	maxFieldKey = 128
	maxDefault  = 4 << 10 // bytes
)

// declared are the fields of a design as placeholders know them.
func declared(fields []store.Field) []placeholder.Field {
	out := make([]placeholder.Field, len(fields))
	for n, f := range fields {
		out[n] = placeholder.Field{Key: f.Key, Type: typeOf(f), Default: f.Default}
	}
	return out
}

func typeOf(f store.Field) placeholder.Type {
	if f.Type == "" {
		return placeholder.TypeText
	}
	return placeholder.Type(f.Type)
}

// checkFields refuses declared fields that contradict each other or themselves.
func checkFields(doc *pkpass.Document, fields []store.Field) error {
	if len(fields) > maxFields {
		return invalid("/fields", "too_many_fields", "a design declares up to %d fields; leave some out", maxFields)
	}
	seen := make(map[string]bool, len(fields))
	for n, f := range fields {
		at := fmt.Sprintf("/fields/%d", n)
		if err := checkField(at, f, hasField(doc, f.Key)); err != nil {
			return err
		}
		if seen[f.Key] {
			return invalid(at+"/key", "field_twice", "the field %q is declared twice; keep one of the two", f.Key)
		}
		seen[f.Key] = true
	}
	return nil
}

// checkField takes whether the document shows the field.
func checkField(at string, f store.Field, shown bool) error {
	switch {
	case f.Key == messageKey:
		return invalid(at+"/key", "key_reserved", "the field key %s is the server's own; choose another", messageKey)
	case f.Key == "" || len(f.Key) > maxFieldKey || !printable(f.Key):
		return invalid(at+"/key", "field_key", "the key of a field has 1 to %d bytes and no control characters", maxFieldKey)
	case !typeOf(f).Known():
		return invalid(at+"/type", "field_type", "the type must be text, number, integer, money, date, datetime, boolean, email, phone or url")
	case utf8.RuneCountInString(f.Label) > maxName || !printable(f.Label):
		return invalid(at+"/label", "field_label", "a label has up to %d characters and no control characters", maxName)
	case len(f.Default) > maxDefault:
		return invalid(at+"/default", "field_default_large", "a default has up to %d bytes; shorten it", maxDefault)
	case f.Fixed && (f.Required || f.Ask || f.Insist):
		return invalid(at+"/fixed", "field_fixed", "the template decides the value of a fixed field; take fixed away, or required, ask and insist")
	case f.Fixed && f.Default == "" && !shown:
		return invalid(at+"/default", "field_fixed_empty", "a fixed field needs its value; give it as default, or as the value of the field in the document")
	case f.Default == "":
		return nil
	}
	if _, err := typeOf(f).DefaultJSON(f.Default); err != nil {
		return invalid(at+"/default", "field_default", "the default of %s must be %v", f.Key, err)
	}
	return nil
}

// checkValues refuses values that a client gives for p and no field takes.
func checkValues(d *design, doc *pkpass.Document, p store.Pass, given map[string]json.RawMessage) error {
	if d.loose { // values may be for no field
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if err := checkValue(d, doc, p, key, given[key]); err != nil {
			return err
		}
	}
	return nil
}

func checkValue(d *design, doc *pkpass.Document, p store.Pass, key string, raw json.RawMessage) error {
	f, isDeclared := d.fields[key]
	switch {
	case !isDeclared && !hasField(doc, key) && !(slices.Contains(p.Hidden, key) && hasField(d.document, key)):
		if _, err := placeholder.TypeText.Read(raw); err == nil {
			return invalid(pointer("values", key), "field_unknown", "the template has no field with the key %q; it has %s", key, strings.Join(fieldKeys(d, doc), ", "))
		}
	case f.Fixed && p.Pinned == 0:
		return invalid(pointer("values", key), "field_fixed", "the template decides the value of %s for all its passes; change the template, or pin the pass", key)
	}
	if _, err := typeOf(f).Read(raw); err != nil {
		return invalid(pointer("values", key), "value_type", "the value of %s must be %v", key, err)
	}
	return nil
}

// checkRequired refuses a pass without the value of a field that asks for one. Only
// keys that concerns accepts are looked at.
func checkRequired(d *design, p store.Pass, concerns func(key string) bool) error {
	for _, f := range d.declared {
		if raw := p.Values[f.Key]; !f.Required || f.Default != "" || !concerns(f.Key) || len(raw) > 0 && string(raw) != `""` {
			continue
		}
		return invalid(pointer("values", f.Key), "value_required", "a pass of this template needs a value for %s; give one", f.Key)
	}
	return nil
}

func anyKey(string) bool { return true }

func noKey(string) bool { return false }

func hasField(doc *pkpass.Document, key string) bool {
	for _, style := range doc.Styles() {
		if style.FieldByKey(key) != nil {
			return true
		}
	}
	return false
}

func fieldKeys(d *design, doc *pkpass.Document) []string {
	keys := make(map[string]bool)
	for key := range d.fields {
		keys[key] = true
	}
	for _, style := range doc.Styles() {
		for _, group := range style.Groups() {
			for _, f := range *group {
				keys[f.Key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// ownValues are the values of p that count: the template decides those of fixed
// fields, unless the pass stays at a revision of its own.
func ownValues(d *design, p store.Pass) map[string]json.RawMessage {
	if p.Pinned > 0 || !d.hasFixed {
		return p.Values
	}
	return withoutFixed(d, p.Values)
}

func withoutFixed(d *design, values map[string]json.RawMessage) map[string]json.RawMessage {
	out := maps.Clone(values)
	maps.DeleteFunc(out, func(key string, _ json.RawMessage) bool { return d.fields[key].Fixed })
	return out
}
