package pkpass

import (
	"encoding/json"
	"iter"
)

// Style holds the groups of fields under a style key such as storeCard. The
// order within a group is the order on the pass.
type Style struct {
	HeaderFields         []Field `json:"headerFields,omitzero"`
	PrimaryFields        []Field `json:"primaryFields,omitzero"`
	SecondaryFields      []Field `json:"secondaryFields,omitzero"`
	AuxiliaryFields      []Field `json:"auxiliaryFields,omitzero"`
	BackFields           []Field `json:"backFields,omitzero"`
	AdditionalInfoFields []Field `json:"additionalInfoFields,omitzero"` // poster event and posterGeneric
	FooterFields         []Field `json:"footerFields,omitzero"`         // posterGeneric
	TransitType          string  `json:"transitType,omitzero"`          // boardingPass: required; elsewhere not allowed

	Extra map[string]json.RawMessage `json:"-"`
}

// Field is one datum on a pass. Wallet tells by Key what an update changed, so
// a key never changes between versions.
type Field struct {
	Key               string     `json:"key,omitzero"`
	Label             string     `json:"label,omitzero" wallet:"text"`
	Value             Value      `json:"value,omitzero" wallet:"text"`
	AttributedValue   Value      `json:"attributedValue,omitzero" wallet:"text"` // overrides Value; may hold <a href="…">
	ChangeMessage     string     `json:"changeMessage,omitzero" wallet:"text"`   // %@ is the new value; empty means a silent update
	DataDetectorTypes []string   `json:"dataDetectorTypes,omitzero"`             // empty but not nil: none
	TextAlignment     string     `json:"textAlignment,omitzero"`
	DateStyle         string     `json:"dateStyle,omitzero"`
	TimeStyle         string     `json:"timeStyle,omitzero"`
	IsRelative        *bool      `json:"isRelative,omitzero"`
	IgnoresTimeZone   *bool      `json:"ignoresTimeZone,omitzero"` // show the time in the offset of the value
	NumberStyle       string     `json:"numberStyle,omitzero"`
	CurrencyCode      string     `json:"currencyCode,omitzero" wallet:"currency"` // Value in major units
	Row               *int       `json:"row,omitzero"`                            // 1: second auxiliary row of an event ticket
	Semantics         *Semantics `json:"semantics,omitzero"`

	Extra map[string]json.RawMessage `json:"-"`
}

// IsDate says whether Wallet reads the value as a date.
func (f *Field) IsDate() bool {
	return f.DateStyle != "" || f.TimeStyle != "" || f.IsRelative != nil || f.IgnoresTimeZone != nil
}

// Groups visits all groups under their keys, also the empty ones, in the order
// in which they are written.
func (s *Style) Groups() iter.Seq2[string, *[]Field] {
	return func(yield func(string, *[]Field) bool) {
		_ = yield("headerFields", &s.HeaderFields) &&
			yield("primaryFields", &s.PrimaryFields) &&
			yield("secondaryFields", &s.SecondaryFields) &&
			yield("auxiliaryFields", &s.AuxiliaryFields) &&
			yield("backFields", &s.BackFields) &&
			yield("additionalInfoFields", &s.AdditionalInfoFields) &&
			yield("footerFields", &s.FooterFields)
	}
}

// FieldByKey returns the first field with that key, whatever its group, to be
// read or changed in place; nil if there is none.
func (s *Style) FieldByKey(key string) *Field {
	for _, group := range s.Groups() {
		for i := range *group {
			if (*group)[i].Key == key {
				return &(*group)[i]
			}
		}
	}
	return nil
}
