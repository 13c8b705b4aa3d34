package issuer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"pocketpass/server/sheet"
	"pocketpass/store"
)

// importSpec is what a job that imports needs to know.
type importSpec struct {
	Format   sheet.Format
	Mapping  sheet.Mapping `json:",omitempty"` // as it was given
	Fields   []sheet.Field `json:",omitempty"` // the same with columns by number
	UpsertBy string        `json:",omitempty"`
	OnError  string        `json:",omitempty"`
	DryRun   bool          `json:",omitempty"`
	Checked  bool          `json:",omitempty"` // all rows were found good, so they may be written
}

// writes says whether rows are written now, not only judged.
func (s importSpec) writes() bool { return !s.DryRun && (s.OnError != OnErrorStop || s.Checked) }

// settle refuses words that mean nothing and decides what was left open.
func (s *importSpec) settle() error {
	has := func(target string) bool {
		return slices.ContainsFunc(s.Fields, func(f sheet.Field) bool { return f.Target == target })
	}
	if s.UpsertBy == "" {
		s.UpsertBy = UpsertNone
		if has(UpsertExternalID) {
			s.UpsertBy = UpsertExternalID
		}
	}
	switch {
	case len(s.Fields) == 0:
		return invalid("/mapping", "mapping_empty", "no column was recognised; say in mapping what the columns mean")
	case s.UpsertBy != UpsertNone && s.UpsertBy != UpsertExternalID && s.UpsertBy != UpsertSerialNumber:
		return invalid("/upsertBy", "upsert_by", "upsertBy must be externalId, serialNumber or none")
	case s.UpsertBy != UpsertNone && !has(s.UpsertBy):
		return invalid("/upsertBy", "upsert_by", "no column is mapped to %s; map one, or say none", s.UpsertBy)
	case s.UpsertBy == UpsertNone && (has(targetMessage) || has(targetDeleted)):
		return invalid("/upsertBy", "upsert_by", "%s and %s are about passes that are there; map a column to externalId or serialNumber, by which they are found", targetMessage, targetDeleted)
	case s.OnError != OnErrorSkip && s.OnError != OnErrorStop:
		return invalid("/onError", "on_error", "onError must be skip or stop")
	}
	return nil
}

// Targets of columns, beside values.KEY for each field and person.attribute.NAME.
const (
	targetExternalID   = "externalId"
	targetSerialNumber = "serialNumber"
	targetCode         = "code"
	targetTags         = "tags"
	targetExpires      = "expires"
	targetVoided       = "voided"
	targetTemplate     = "template"
	targetValue        = "values."
	targetPerson       = "person."
	targetAttribute    = "person.attribute."
	targetMessage      = "message"
	targetDeleted      = "deleted"
)

// fixedTargets are those of every table, with the names that other systems give them.
var fixedTargets = []sheet.Target{
	{Name: targetExternalID, Aliases: []string{"external id", "customer number", "customer id", "member number", "member id", "Kundennummer", "Mitgliedsnummer", "numéro client"}},
	{Name: targetSerialNumber, Aliases: []string{"serial", "serial number", "Seriennummer"}},
	{Name: targetCode, Aliases: []string{"card number", "barcode", "Kartennummer"}},
	{Name: targetTags, Aliases: []string{"tag", "segment", "Schlagwörter"}},
	{Name: targetExpires, Aliases: []string{"expiry", "expiration date", "valid until", "gültig bis"}},
	{Name: targetVoided, Aliases: []string{"void", "invalid", "ungültig"}},
	{Name: targetTemplate, Aliases: []string{"design", "Vorlage"}},
	{Name: targetPerson + "externalId", Aliases: []string{"person id"}},
	{Name: targetPerson + "name", Aliases: []string{"name", "full name", "customer name", "Vollständiger Name"}},
	{Name: targetPerson + "email", Aliases: []string{"email", "e-mail", "mail", "e-mail address", "E-Mail-Adresse", "courriel"}},
	{Name: targetPerson + "phone", Aliases: []string{"phone", "phone number", "mobile", "Telefon", "Telefonnummer", "Handy"}},
	{Name: targetPerson + "language", Aliases: []string{"language", "locale", "Sprache"}},
}

// namedTargets do to passes what nobody should do by a guess: only a mapping makes a column
// theirs.
var namedTargets = []sheet.Target{{Name: targetMessage}, {Name: targetDeleted}}

// importTargets lists what the columns of a job's table can be: the fields of the
// template come first, for a name that both have is theirs.
func (i *Issuer) importTargets(r store.Reader, j store.Job, f sheet.Format) ([]sheet.Target, error) {
	c, err := r.Campaign(j.Org, j.Campaign)
	if err != nil {
		return nil, err
	}
	t, err := templateFor(r, c, j.Template)
	if err != nil {
		return nil, err
	}
	d, err := i.design(r, j.Org, t.ID, t.Published)
	if err != nil {
		return nil, err
	}
	var out []sheet.Target
	for _, key := range fieldKeys(d, d.document) {
		out = append(out, sheet.Target{Name: targetValue + key, Aliases: labels(d, key)})
	}
	out = append(out, fixedTargets...)
	for _, name := range f.Names {
		if attribute(name) {
			out = append(out, sheet.Target{Name: name})
		}
	}
	return out, nil
}

// labels are the other names of a field: its key and what people read beside it.
func labels(d *design, key string) []string {
	out := []string{key}
	if label := d.fields[key].Label; label != "" {
		out = append(out, label)
	}
	for _, style := range d.document.Styles() {
		if f := style.FieldByKey(key); f != nil && f.Label != "" {
			out = append(out, f.Label)
		}
	}
	return out
}

// attributeTargets are those that a mapping makes by naming them.
func attributeTargets(m sheet.Mapping, known []sheet.Target) (out []sheet.Target) {
	for _, c := range m {
		same := func(t sheet.Target) bool { return t.Name == c.Target }
		if attribute(c.Target) && !slices.ContainsFunc(known, same) && !slices.ContainsFunc(out, same) {
			out = append(out, sheet.Target{Name: c.Target})
		}
	}
	return out
}

func attribute(name string) bool {
	return strings.HasPrefix(name, targetAttribute) && len(name) > len(targetAttribute)
}

// refusedMapping names each column of a mapping that cannot be followed.
func refusedMapping(m sheet.Mapping, err error) error {
	out := &Error{Kind: Invalid, Code: "mapping", Msg: "the mapping does not fit the table"}
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	for _, one := range all {
		e, ok := errors.AsType[*sheet.ColumnError](one)
		if !ok {
			return err
		}
		path := "/mapping"
		if n := slices.Index(m, e.Column); n >= 0 {
			path = fmt.Sprintf("/mapping/%d", n)
		}
		out.Fields = append(out.Fields, FieldError{Path: path, Msg: e.Text})
	}
	if len(out.Fields) > 0 {
		out.Msg = out.Fields[0].Msg
	}
	return out
}
