package api

import "pocketpass/store"

// fieldBody is a field that a design declares, as it comes in and goes out.
type fieldBody struct {
	Key      string `json:"key" example:"member"`
	Fixed    bool   `json:"fixed,omitempty" doc:"The template decides the value, for every pass that follows it; otherwise each pass may have its own"`
	Type     string `json:"type,omitempty" enum:"text,number,integer,money,date,datetime,boolean,email,phone,url" doc:"What its values are; text if there is none. Money is a whole number of minor units, a date 2026-05-01, a datetime 2026-05-01T18:30:00+02:00"`
	Label    string `json:"label,omitempty" example:"Your name" doc:"Asks for it on a form"`
	Required bool   `json:"required,omitempty" doc:"A pass is not issued without a value"`
	Ask      bool   `json:"ask,omitempty" doc:"Stands on the campaign's form"`
	Default  string `json:"default,omitempty" doc:"Value of passes that have none, written as a text whatever the type; may have placeholders if it is a text"`

	HideEmpty bool `json:"hideEmpty,omitempty" doc:"Passes on which it is an empty text do not show it"`
	Insist    bool `json:"insist,omitempty" doc:"Stands on the campaign's form, with the value of the template in it, and must not be empty there; orders need no value"`
}

func newFieldBodies(all []store.Field) []fieldBody {
	var out []fieldBody
	for _, f := range all {
		out = append(out, fieldBody{f.Key, f.Fixed, string(f.Type), f.Label, f.Required, f.Ask, f.Default, f.HideEmpty, f.Insist})
	}
	return out
}

func fieldsOf(all []fieldBody) []store.Field {
	var out []store.Field
	for _, f := range all {
		out = append(out, store.Field{Key: f.Key, Fixed: f.Fixed, Type: store.FieldType(f.Type), Label: f.Label,
			Required: f.Required, Ask: f.Ask, Default: f.Default, HideEmpty: f.HideEmpty, Insist: f.Insist})
	}
	return out
}
