package issuer

import (
	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/placeholder"
	"pocketpass/store"
)

// Question is something that the form of a link asks for.
type Question struct {
	Path     string // of the answer, as refusals name it: "/person/email", "/values/member"
	Type     store.FieldType
	Label    string // of the owner; empty for details of a person
	Required bool
	Default  string
}

// Paths of the answers about a person.
const (
	PathName  = "/person/name"
	PathEmail = "/person/email"
	PathPhone = "/person/phone"
)

// questionsOf lists what the form of a link to passes of a design asks for.
func questionsOf(c store.Campaign, l store.Link, d *design) (out []Question) {
	asks := asksOf(c.Rules, l)
	for _, q := range []struct {
		path   string
		kind   store.FieldType
		demand store.Demand
	}{{PathName, store.TextField, asks.Name}, {PathEmail, store.EmailField, asks.Email}, {PathPhone, store.PhoneField, asks.Phone}} {
		if q.demand != store.NotAsked {
			out = append(out, Question{Path: q.path, Type: q.kind, Required: q.demand == store.Required})
		}
	}
	for _, f := range d.declared {
		_, preset := l.Values[f.Key]
		if !askedFor(f) || preset {
			continue
		}
		out = append(out, Question{Path: pointer("values", f.Key), Type: store.FieldType(typeOf(f)), Label: labelOf(d.document, f),
			Required: f.Insist || f.Required && f.Default == "", Default: offered(d.document, f)})
	}
	return out
}

// askedFor says whether a field stands on forms.
func askedFor(f store.Field) bool {
	return (f.Ask || f.Insist || f.Required && f.Default == "") && !f.Fixed
}

// offered is what a form has for a field before anything is typed. A form that insists on
// an answer offers what passes show that have none.
func offered(doc *pkpass.Document, f store.Field) string {
	text := f.Default
	if f.Insist && text == "" {
		for _, style := range doc.Styles() {
			if shown := style.FieldByKey(f.Key); shown != nil {
				text = shown.Value.String()
			}
		}
	}
	if placeholder.Contains(text) {
		return ""
	}
	return text
}

// asksOf adds what the campaign's rules tell people apart by. Of somebody who is
// known nothing is asked.
func asksOf(r store.Rules, l store.Link) store.Asks {
	if l.Holder != 0 {
		return store.Asks{}
	}
	a := l.Asks
	switch r.Unique {
	case store.ByEmail:
		a.Email = store.Required
	case store.ByPhone:
		a.Phone = store.Required
	}
	if r.PerPerson > 0 && a.Email != store.Required && a.Phone != store.Required {
		a.Email = store.Required
	}
	return a
}

// labelOf is what a field is called: by its declaration, on the pass, or by its key.
func labelOf(doc *pkpass.Document, f store.Field) string {
	if f.Label != "" {
		return f.Label
	}
	for _, style := range doc.Styles() {
		if shown := style.FieldByKey(f.Key); shown != nil && shown.Label != "" && !placeholder.Contains(shown.Label) {
			return shown.Label
		}
	}
	return f.Key
}

// FormField is a field of the passes of a campaign as a form elsewhere needs it.
type FormField struct {
	store.Field
	Asked bool
}

// formFields lists all that is declared and all that is shown, by key.
func formFields(d *design) (out []FormField) {
	for _, key := range fieldKeys(d, d.document) {
		f, declared := d.fields[key]
		if !declared {
			f = store.Field{Key: key}
		}
		f.Type, f.Label = store.FieldType(typeOf(f)), labelOf(d.document, f)
		out = append(out, FormField{Field: f, Asked: askedFor(f)})
	}
	return out
}
