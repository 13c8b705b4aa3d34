package issuer

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"pocketpass/server/sheet"
	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/placeholder"
	"pocketpass/store"
)

// rowOrder is what a row asks for.
type rowOrder struct {
	order    Order
	voided   *bool
	deleted  *bool
	message  string // for the holder of a pass that is there
	template string // id or name
	expires  string // as written, for it needs the campaign's time zone
	values   map[string]string
}

// column puts the cell of a row into its order.
type column struct {
	index  int
	target string
	path   string // JSON pointer of the member of an order that it fills
	set    func(o *rowOrder, cell string) error
}

func newColumn(f sheet.Field) column {
	c := column{index: f.Index, target: f.Target, path: "/" + strings.ReplaceAll(f.Target, ".", "/")}
	if key, ok := strings.CutPrefix(f.Target, targetValue); ok {
		c.path = pointer("values", key)
		c.set = func(o *rowOrder, cell string) error {
			if o.values == nil {
				o.values = make(map[string]string)
			}
			o.values[key] = cell
			return nil
		}
		return c
	}
	if name, ok := strings.CutPrefix(f.Target, targetAttribute); ok {
		c.path = "/person" + pointer("attributes", name)
		c.set = func(o *rowOrder, cell string) error {
			d := &o.order.Holder.Details
			if d.Attributes == nil {
				d.Attributes = make(map[string]string)
			}
			d.Attributes[name] = cell
			return nil
		}
		return c
	}
	c.set = setters[f.Target]
	return c
}

// setters fill what every table may have.
var setters = map[string]func(o *rowOrder, cell string) error{
	targetExternalID:            func(o *rowOrder, cell string) error { o.order.ExternalID = cell; return nil },
	targetSerialNumber:          func(o *rowOrder, cell string) error { o.order.SerialNumber = cell; return nil },
	targetCode:                  func(o *rowOrder, cell string) error { o.order.Code = cell; return nil },
	targetTemplate:              func(o *rowOrder, cell string) error { o.template = cell; return nil },
	targetExpires:               func(o *rowOrder, cell string) error { o.expires = cell; return nil },
	targetTags:                  func(o *rowOrder, cell string) error { o.order.Tags = SplitTags(cell); return nil },
	targetVoided:                func(o *rowOrder, cell string) (err error) { o.voided, err = truthOf("/voided", cell); return err },
	targetDeleted:               func(o *rowOrder, cell string) (err error) { o.deleted, err = truthOf("/deleted", cell); return err },
	targetMessage:               func(o *rowOrder, cell string) error { o.message = cell; return ofMessage(Message{Text: cell}.check()) },
	targetPerson + "externalId": func(o *rowOrder, cell string) error { o.order.Holder.ExternalID = &cell; return nil },
	targetPerson + "name":       func(o *rowOrder, cell string) error { o.order.Holder.Name = &cell; return nil },
	targetPerson + "email":      func(o *rowOrder, cell string) error { o.order.Holder.Email = &cell; return nil },
	targetPerson + "phone":      func(o *rowOrder, cell string) error { o.order.Holder.Phone = &cell; return nil },
	targetPerson + "language":   func(o *rowOrder, cell string) error { o.order.Holder.Language = &cell; return nil },
}

// truth is how people and spreadsheets write yes and no.
var truth = map[string]bool{
	"true": true, "1": true, "yes": true, "y": true, "x": true, "wahr": true, "ja": true, "vrai": true, "oui": true,
	"false": false, "0": false, "no": false, "n": false, "falsch": false, "nein": false, "faux": false, "non": false,
}

// truthOf reads the cell of a member that is true or false.
func truthOf(path, cell string) (*bool, error) {
	is, known := truth[strings.ToLower(cell)]
	if !known {
		return nil, invalid(path, "not_boolean", "%q is neither true nor false", cell)
	}
	return &is, nil
}

// ofMessage is what is wrong with a message as what is wrong with its column.
func ofMessage(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && len(e.Fields) > 0 {
		return invalid("/message", e.Code, "%s", e.Fields[0].Msg)
	}
	return err
}

// order reads a row. An empty cell says nothing: a new pass gets the default, one
// that is there stays as it is.
func (w *importing) order(cells []string) (o rowOrder, err error) {
	o.order.Campaign, o.order.Template = w.job.Campaign, w.job.Template
	for _, c := range w.columns {
		if c.index >= len(cells) {
			continue
		}
		if cell := strings.TrimSpace(sheet.Plain(cells[c.index])); cell != "" {
			if err := c.set(&o, cell); err != nil {
				return o, err
			}
		}
	}
	return o, nil
}

// settle turns what a row says in words into what it means in its campaign.
func (w *importing) settle(r store.Reader, o *rowOrder) (err error) {
	c, err := r.Campaign(w.job.Org, w.job.Campaign)
	if err != nil {
		return err
	}
	if o.expires != "" {
		at, err := readExpiry(o.expires, zoneOf(c))
		if err != nil {
			return err
		}
		o.order.Expires = &at
	}
	if o.template != "" {
		if o.order.Template, err = templateNamed(r, c, o.template); err != nil {
			return err
		}
	}
	if len(o.values) > 0 {
		if err := w.setValues(r, c, o); err != nil {
			return err
		}
	}
	o.order.Holder.Details, err = o.order.Holder.check("/person")
	return err
}

// setValues makes JSON of cells, as the fields of the template ask for it.
func (w *importing) setValues(r store.Reader, c store.Campaign, o *rowOrder) error {
	t, err := templateFor(r, c, o.order.Template)
	if err != nil {
		return err
	}
	d, err := w.issuer.design(r, c.Org, t.ID, t.Published)
	if err != nil {
		return err
	}
	o.order.Values = make(map[string]json.RawMessage, len(o.values))
	for key, cell := range o.values {
		raw, err := cellValue(d, key, cell)
		if err != nil {
			return invalid(pointer("values", key), "value_type", "%q does not fit: the value of %s must be %v", cell, key, err)
		}
		o.order.Values[key] = raw
	}
	return nil
}

// cellValue is a cell as a value. What the document shows as a number and no field
// declares stays a number, so that it is drawn as one.
func cellValue(d *design, key, cell string) (json.RawMessage, error) {
	f, declared := d.fields[key]
	switch t := typeOf(f); {
	case declared && t == placeholder.TypeBoolean:
		if is, known := truth[strings.ToLower(cell)]; known {
			cell = strconv.FormatBool(is)
		}
		return t.DefaultJSON(cell)
	case declared && t != placeholder.TypeText:
		return t.DefaultJSON(cell)
	}
	if raw := json.RawMessage(cell); d.numeric[key] && number(raw) {
		return raw, nil
	}
	return json.Marshal(cell)
}

func number(raw json.RawMessage) bool {
	var v pkpass.Value
	if !json.Valid(raw) || v.UnmarshalJSON(raw) != nil {
		return false
	}
	_, is := v.Number()
	return is
}

// readExpiry reads a moment, or a day, which counts until its end.
func readExpiry(cell string, zone *time.Location) (time.Time, error) {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(form, cell, zone); err == nil {
			return moment(t), nil
		}
	}
	for _, form := range []string{time.DateOnly, "2.1.2006"} {
		if t, err := time.ParseInLocation(form, cell, zone); err == nil {
			return moment(t.AddDate(0, 0, 1).Add(-time.Second)), nil
		}
	}
	return time.Time{}, invalid("/expires", "not_a_date", "%q is no date; write it like 2026-12-31 or 2026-12-31T18:00:00Z", cell)
}

// templateNamed finds a template of a campaign by its id or its name.
func templateNamed(r store.Reader, c store.Campaign, name string) (store.ID, error) {
	if id, ok := store.ParseShort(name); ok {
		if t, err := r.Template(c.Org, id); err == nil && t.Campaign == c.ID {
			return id, nil
		}
	}
	all, _, err := r.Templates(c.ID, store.Page{Limit: maxNamed})
	if err != nil {
		return 0, err
	}
	for _, t := range all {
		if t.Name == name {
			return t.ID, nil
		}
	}
	return 0, invalid("/template", "template_unknown", "the campaign has no template with the id or the name %q", name)
}

// maxNamed is how many templates of a campaign can be told by their names.
const maxNamed = 200

// Tags in a cell stand between bars, or, where people wrote them, between commas or
// semicolons. One that has such a sign or a quote in it stands in quotes, its own doubled.
const tagSeparators = "|,;"

// SplitTags reads the tags in a cell.
func SplitTags(cell string) (out []string) {
	var tag strings.Builder
	quoted, closed := false, -2 // where the last quote closed
	end := func() {
		if t := strings.TrimSpace(tag.String()); t != "" {
			out = append(out, t)
		}
		tag.Reset()
	}
	for n, c := range cell {
		switch {
		case c == '"' && quoted:
			quoted, closed = false, n
		case c == '"' && closed == n-1:
			quoted = true
			tag.WriteRune(c)
		case c == '"' && strings.TrimSpace(tag.String()) == "":
			quoted = true
		case !quoted && strings.ContainsRune(tagSeparators, c):
			end()
		default:
			tag.WriteRune(c)
		}
	}
	end()
	return out
}

// JoinTags writes tags so that SplitTags reads them.
func JoinTags(tags []string) string {
	out := make([]string, len(tags))
	for n, t := range tags {
		if out[n] = t; strings.ContainsAny(t, tagSeparators+`"`) {
			out[n] = `"` + strings.ReplaceAll(t, `"`, `""`) + `"`
		}
	}
	return strings.Join(out, "|")
}
