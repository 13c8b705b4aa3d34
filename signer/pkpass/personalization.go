package pkpass

import (
	"encoding/json"
	"reflect"
)

// PersonalizationFile is the name of the file that makes Wallet show a sign-up
// form when a reward card is added. The personal version of the pass goes without it.
const PersonalizationFile = "personalization.json"

// Personalization is personalization.json: what the sign-up form asks for.
type Personalization struct {
	RequiredFields     []string `json:"requiredPersonalizationFields,omitzero"` // the PersonalizationField constants
	Description        string   `json:"description,omitzero" wallet:"text"`
	TermsAndConditions string   `json:"termsAndConditions,omitzero" wallet:"text"` // may contain HTML links

	Extra map[string]json.RawMessage `json:"-"`
}

// What a sign-up form can ask for.
const (
	PersonalizationName       = "PKPassPersonalizationFieldName"
	PersonalizationPostalCode = "PKPassPersonalizationFieldPostalCode"
	PersonalizationEmail      = "PKPassPersonalizationFieldEmailAddress"
	PersonalizationPhone      = "PKPassPersonalizationFieldPhoneNumber"
)

// ParsePersonalization reads personalization.json, under the limits and with
// the errors of ParseDocument.
func ParsePersonalization(data []byte) (*Personalization, error) {
	p := new(Personalization)
	if err := parseInto(reflect.ValueOf(p).Elem(), data); err != nil {
		return nil, err
	}
	return p, nil
}

// Encode writes personalization.json; see Document.Encode.
func (p *Personalization) Encode() ([]byte, error) {
	return encodeStruct(reflect.ValueOf(p).Elem())
}
