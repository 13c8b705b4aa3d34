package passkit

import (
	"encoding/json"
	"fmt"
	"strings"

	"pocketpass/signer/pkpass"
)

// fieldDoc is a field as clients write and read it.
type fieldDoc struct {
	Item       string          `json:"itemName,omitempty"`
	Label      *string         `json:"defaultLabel,omitempty"`
	Value      json.RawMessage `json:"defaultValue,omitempty"` // a scalar
	Attributed string          `json:"attributedValue,omitempty"`
	Change     string          `json:"changeMsg,omitempty"`
	Align      string          `json:"textAlign,omitempty"`
	Format     *formatDoc      `json:"format,omitempty"`
}

// formatDoc says how a value is drawn.
type formatDoc struct {
	Type     string `json:"type,omitempty"`
	Number   string `json:"numberFormat,omitempty"`
	Currency string `json:"currencyCode,omitempty"`
	Date     string `json:"dateFormat,omitempty"`
	Time     string `json:"timeFormat,omitempty"`
	Ignore   *bool  `json:"ignoreTimeZone,omitempty"`
	Relative *bool  `json:"isRelative,omitempty"`
}

// groupDoc is a run of fields on the back.
type groupDoc struct {
	Key     string     `json:"dynamicBackfieldKey,omitempty"`
	Default []fieldDoc `json:"defaultValue"`
}

// maxFields bounds the fields of one array.
const maxFields = 200

func (o object) fields(member string) (out []fieldDoc, given bool, err error) {
	all, given, err := o.objects(member)
	if len(all) > maxFields {
		err = invalidField(member, "has more than %d fields", maxFields)
	}
	if err != nil || !given {
		return nil, false, err
	}
	for _, f := range all {
		field, err := readField(f)
		if err != nil {
			return nil, false, err
		}
		out = append(out, field)
	}
	return out, true, nil
}

func readField(o object) (f fieldDoc, err error) {
	for member, to := range map[string]*string{"itemName": &f.Item, "attributedValue": &f.Attributed, "changeMsg": &f.Change, "textAlign": &f.Align} {
		if err := o.setText(member, to); err != nil {
			return f, err
		}
	}
	if label, given, err := o.text("defaultLabel"); err != nil || given {
		if f.Label = &label; err != nil {
			return f, err
		}
	}
	if raw, given := o.get("defaultValue"); given {
		if _, scalar := textOf(raw); !scalar {
			return f, invalidField("defaultValue", "must be a string, a number or a boolean")
		}
		f.Value = raw
	}
	format, err := o.object("format")
	if err != nil || format == nil {
		return f, err
	}
	f.Format, err = readFormat(format)
	return f, err
}

func readFormat(o object) (*formatDoc, error) {
	f := new(formatDoc)
	for member, to := range map[string]*string{"type": &f.Type, "numberFormat": &f.Number, "currencyCode": &f.Currency, "dateFormat": &f.Date, "timeFormat": &f.Time} {
		if err := o.setText(member, to); err != nil {
			return nil, err
		}
	}
	var err error
	if f.Ignore, err = o.boolean("ignoreTimeZone"); err != nil {
		return nil, err
	}
	f.Relative, err = o.boolean("isRelative")
	return f, err
}

// readBack reads the groups of fields on the back.
func (d *designDoc) readBack(o object) error {
	all, given, err := o.objects("back")
	if err != nil || !given {
		return err
	}
	d.Back = nil
	for _, g := range all {
		var group groupDoc
		if err := g.setText("dynamicBackfieldKey", &group.Key); err != nil {
			return err
		}
		if group.Default, _, err = g.fields("defaultValue"); err != nil {
			return err
		}
		for n := range group.Default {
			group.Default[n].Align = ""
		}
		d.Back = append(d.Back, group)
	}
	return nil
}

// Words of formats, and what Wallet calls them.
var (
	numberStyles = map[string]string{"decimal": "PKNumberStyleDecimal", "percent": "PKNumberStylePercent", "scientific": "PKNumberStyleScientific", "spellout": "PKNumberStyleSpellOut"}
	dateStyles   = map[string]string{"none": "PKDateStyleNone", "short": "PKDateStyleShort", "medium": "PKDateStyleMedium", "long": "PKDateStyleLong", "full": "PKDateStyleFull"}
	alignments   = map[string]string{"left": "PKTextAlignmentLeft", "center": "PKTextAlignmentCenter", "right": "PKTextAlignmentRight", "natural": "PKTextAlignmentNatural"}
)

// keys makes keys of fields that no other has.
type keys map[string]bool

func (k keys) fresh(wanted string) string {
	key := wanted
	for n := 2; k[key]; n++ {
		key = fmt.Sprintf("%s_%d", wanted, n)
	}
	k[key] = true
	return key
}

// wallet is the field as pass.json has it, with placeholders.
func (f fieldDoc) wallet(key string, aligned bool) pkpass.Field {
	text, _ := textOf(f.Value)
	out := pkpass.Field{Key: key, Value: pkpass.Text(placeholders(text))}
	if f.Label != nil {
		out.Label = placeholders(*f.Label)
	}
	if f.Attributed != "" {
		out.AttributedValue = pkpass.Text(placeholders(f.Attributed))
	}
	if strings.Contains(f.Change, "%@") {
		out.ChangeMessage = placeholders(f.Change)
	}
	if aligned {
		out.TextAlignment, _ = constant(alignments, "PKTextAlignment", f.Align)
	}
	if f.Format != nil {
		f.Format.apply(&out)
	}
	return out
}

// apply gives a field the styles that Wallet draws its value in.
func (f *formatDoc) apply(out *pkpass.Field) {
	date, hasDate := constant(dateStyles, "PKDateStyle", f.Date)
	clock, hasTime := constant(dateStyles, "PKDateStyle", f.Time)
	switch strings.ToLower(f.Type) {
	case "currency":
		out.CurrencyCode = strings.ToUpper(f.Currency)
	case "number":
		if f.Currency != "" {
			out.CurrencyCode = strings.ToUpper(f.Currency)
			break
		}
		out.NumberStyle, _ = constant(numberStyles, "PKNumberStyle", f.Number)
	case "date":
		hasDate = styled(&date, hasDate, "PKDateStyleMedium")
		hasTime = styled(&clock, hasTime, "PKDateStyleNone")
	case "time":
		hasDate = styled(&date, hasDate, "PKDateStyleNone")
		hasTime = styled(&clock, hasTime, "PKDateStyleShort")
	case "datetime":
		hasDate = styled(&date, hasDate, "PKDateStyleMedium")
		hasTime = styled(&clock, hasTime, "PKDateStyleShort")
	default:
		return
	}
	if hasDate && hasTime {
		out.DateStyle, out.TimeStyle, out.IgnoresTimeZone, out.IsRelative = date, clock, f.Ignore, f.Relative
	}
}

// styled gives a style that nobody chose its usual value.
func styled(style *string, chosen bool, usual string) bool {
	if !chosen {
		*style = usual
	}
	return true
}
