package placeholder

import (
	"encoding/json"
	"fmt"
	"strconv"

	"pocketpass/signer/pkpass"
)

// Limits of one document. Real ones have a dozen placeholders.
const (
	maxPlaceholders = 300
	maxText         = 16 << 10  // bytes of one text
	maxTotal        = 256 << 10 // bytes of all texts together
)

// Field is what a design declares of a value.
type Field struct {
	Key     string
	Type    Type   // empty means text
	Default string // of passes that have none; a text may have placeholders
}

// Design is what a plan is made of.
type Design struct {
	Document *pkpass.Document
	Strings  map[string]map[string]string // by language tag
	Fields   []Field

	// Loose says that a field shows its own text, whatever its key is, that values of
	// fields and facts never take each other's names, and that what a pass lacks is an
	// empty text. A fact is named without quotes, a value within them.
	Loose bool
}

// Plan fills the documents of one design. It is shared and never changed.
type Plan struct {
	active       bool // there are placeholders
	loose        bool
	texts        map[string]Text              // by what is written
	translations map[string]map[string]string // of the languages that have to be filled
	fields       []Field                      // as declared
	types        map[string]Type              // of declared fields
	keys         map[string]bool              // of declared fields and those of the document
}

// Compile parses the texts of a design. What is wrong with them is found when a
// document is filled, for the documents of passes may have texts of their own, too.
func Compile(d Design) *Plan {
	p := &Plan{loose: d.Loose, texts: make(map[string]Text), translations: make(map[string]map[string]string),
		types: make(map[string]Type), keys: make(map[string]bool)}
	d.Document.Rewrite(func(s pkpass.Slot) pkpass.Value {
		p.keep(s.Text)
		return pkpass.Text(s.Text)
	})
	for tag, entries := range d.Strings {
		for key, text := range entries {
			if found := p.keep(key); p.keep(text) || found {
				p.translations[tag] = entries
			}
		}
	}
	for _, f := range d.Fields {
		p.keep(f.Default)
		p.types[f.Key], p.keys[f.Key] = f.Type.orText(), true
	}
	p.fields = d.Fields
	addKeys(p.keys, d.Document)
	return p
}

func addKeys(keys map[string]bool, doc *pkpass.Document) {
	for _, style := range doc.Styles() {
		for _, group := range style.Groups() {
			for _, f := range *group {
				keys[f.Key] = true
			}
		}
	}
}

func (t Type) orText() Type {
	if t == "" {
		return TypeText
	}
	return t
}

// keep says whether a text may have placeholders.
func (p *Plan) keep(s string) bool {
	if !Contains(s) {
		return false
	}
	p.active = true
	if t, err := Parse(s); err == nil {
		p.texts[s] = t
	}
	return true
}

// parse takes a text that a pass has of its own, too.
func (p *Plan) parse(s string) (Text, error) {
	if t, ok := p.texts[s]; ok {
		return t, nil
	}
	return Parse(s)
}

// Names says whether texts of the design name a fact.
func (p *Plan) Names(fact string) bool {
	return p.NamesAny(func(name string) bool { return name == fact })
}

// NamesAny says whether texts of the design name one of some facts.
func (p *Plan) NamesAny(is func(fact string) bool) bool {
	for _, t := range p.texts {
		for _, ref := range t.references() {
			if !ref.quoted && is(ref.name) {
				return true
			}
		}
	}
	return false
}

// Translates says whether texts of languages differ from pass to pass.
func (p *Plan) Translates() bool { return len(p.translations) > 0 }

// Idle says whether the design has no placeholders.
func (p *Plan) Idle() bool { return !p.active }

// DefaultJSON is a declared default as a value. The error says what the type asks for.
// A text with placeholders is checked when it is filled.
func (t Type) DefaultJSON(s string) (json.RawMessage, error) {
	t = t.orText()
	raw := json.RawMessage(s)
	switch t {
	case TypeNumber, TypeInteger, TypeMoney, TypeBoolean:
		if !json.Valid(raw) {
			raw = json.RawMessage(strconv.Quote(s))
		}
	default:
		raw, _ = json.Marshal(s) // a string always can be
		if Contains(s) && (t == TypeText || t == TypeEmail || t == TypePhone || t == TypeURL) {
			return raw, nil
		}
	}
	_, err := t.Read(raw)
	return raw, err
}

// value reads what a pass has of its own; what is not of the declared type, which
// may have become another since, is a text.
func (p *Plan) value(key string, raw json.RawMessage, currency string) (Value, bool) {
	v, err := p.types[key].orText().Read(raw)
	if err != nil && p.loose && (string(raw) == "true" || string(raw) == "false") {
		return Word(string(raw)), true
	}
	if err != nil {
		if v, err = readText(raw); err != nil {
			return Value{}, false
		}
	}
	if v.kind == moneyKind {
		v.currency = currency
	}
	return v, true
}

// defaults are what passes have for fields of which they have no value: what the
// document says, unless that is made of the very value, then what is declared.
func (p *Plan) defaults(doc *pkpass.Document) map[string]pkpass.Value {
	out := make(map[string]pkpass.Value)
	for _, f := range p.fields {
		if v, ok := f.initial(); ok {
			out[f.Key] = v
		}
	}
	if p.loose {
		return out
	}
	for _, style := range doc.Styles() {
		for _, group := range style.Groups() {
			for _, f := range *group {
				if !f.Value.IsZero() && !p.mentions(f.Value, f.Key) {
					out[f.Key] = f.Value
				}
			}
		}
	}
	return out
}

func (f Field) initial() (v pkpass.Value, ok bool) {
	if f.Default == "" {
		return v, false
	}
	raw, err := f.Type.DefaultJSON(f.Default)
	if err != nil || v.UnmarshalJSON(raw) != nil {
		return pkpass.Text(f.Default), true
	}
	return v, true
}

// mentions says whether a field's text shows the value of that field.
func (p *Plan) mentions(v pkpass.Value, key string) bool {
	if !v.IsText() || !Contains(v.String()) {
		return false
	}
	t, err := p.parse(v.String())
	return err == nil && t.names(key)
}

// ApplyDefaults puts declared defaults into the fields of a document that show them.
func ApplyDefaults(doc *pkpass.Document, fields []Field) {
	p := &Plan{}
	for _, f := range fields {
		v, ok := f.initial()
		for _, style := range doc.Styles() {
			if field := style.FieldByKey(f.Key); ok && field != nil && !p.mentions(field.Value, f.Key) {
				field.Value = v
			}
		}
	}
}

// path is where the default of the n-th declared field stands.
func path(n int) string { return fmt.Sprintf("design#/fields/%d/default", n) }
