package passworks

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// appleField is a field as pass.json has it.
type appleField struct {
	Key   string
	Label *string
	Value *string

	sent map[string]json.RawMessage // what else is there, and of what kind the texts were
}

// UnmarshalJSON reads one that the native API may have written: its value may be a number.
func (f *appleField) UnmarshalJSON(raw []byte) error {
	if err := json.Unmarshal(raw, &f.sent); err != nil {
		return err
	}
	f.Key, _ = textOf(f.sent["key"])
	for name, to := range map[string]**string{"label": &f.Label, "value": &f.Value} {
		if text, ok := textOf(f.sent[name]); ok {
			*to = &text
		}
	}
	return nil
}

// MarshalJSON writes what was read but for texts that differ.
func (f appleField) MarshalJSON() ([]byte, error) {
	out := map[string]json.RawMessage{"key": quoted(f.Key)}
	maps.Copy(out, f.sent)
	for name, text := range map[string]*string{"label": f.Label, "value": f.Value} {
		if was, ok := textOf(f.sent[name]); text != nil && (!ok || was != *text) {
			out[name] = alike(f.sent[name], *text)
		}
	}
	return json.Marshal(out)
}

// alike is a text as the number that it is, where a number was before.
func alike(was json.RawMessage, text string) json.RawMessage {
	var before, now json.Number
	if json.Unmarshal(was, &before) == nil && was[0] != '"' && json.Unmarshal([]byte(text), &now) == nil && text[0] != '"' {
		return json.RawMessage(text)
	}
	return quoted(text)
}

// design is what passes of the definition show, for an account of this name. Its images
// are added by whoever knows the assets.
func (d *definition) design(organisation string) (out store.Design, err error) {
	document := map[string]any{
		"description": escaped(d.description()), "organizationName": escaped(d.organisation(organisation)), d.Style: d.body(),
		"barcodes": apples(d.barcodes(), d.alternative(), d.encoding()),
	}
	d.Look.paint(document)
	if len(d.Locations) > 0 {
		document["locations"] = appleLocations(d.Locations)
	}
	if len(d.Beacons) > 0 {
		document["beacons"] = appleBeacons(d.Beacons)
	}
	if d.MaxDistance != nil {
		document["maxDistance"] = *d.MaxDistance
	}
	if len(d.Stores) > 0 {
		document["associatedStoreIdentifiers"] = d.Stores
	}
	if !isEmptyInfo(d.UserInfo) {
		document["userInfo"] = escaped(string(d.UserInfo))
	}
	if out.Document, err = json.Marshal(document); err != nil {
		return out, fmt.Errorf("encode pass.json: %w", err)
	}
	out.Fields = d.declared()
	return out, nil
}

func (d *definition) organisation(account string) string {
	if text := textOr(d.Organization, ""); text != "" {
		return text
	}
	return account
}

// body is the member of pass.json under the key of the style.
func (d *definition) body() map[string]any {
	body := make(map[string]any, len(groups)+1)
	for g := range groups {
		all := make([]appleField, 0, len(d.Fields[g]))
		for _, f := range d.Fields[g] {
			label, value := escaped(textOr(f.Label, "")), escaped(textOr(f.Value, ""))
			all = append(all, appleField{Key: f.Key, Label: &label, Value: &value})
		}
		if len(all) > 0 {
			body[groups[g].apple] = all
		}
	}
	if d.Style == "boardingPass" {
		body["transitType"] = transits[d.Look.Transit]
	}
	return body
}

// declared says whose value counts of each field in a merge, and what the form asks for.
func (d *definition) declared() []store.Field {
	var out []store.Field
	for _, group := range d.Fields {
		for _, f := range group {
			one := store.Field{Key: f.Key, Fixed: f.Behaviour == fixed, Ask: f.Behaviour == dynamic}
			if one.Ask {
				one.Label = clipped(textOr(f.Label, f.Key), maxFormLabel)
				one.Insist = f.Required && f.offerable()
			}
			out = append(out, one)
		}
	}
	return out
}

// Limits of the form, in characters.
const (
	maxFormLabel  = 120
	maxFormAnswer = 500
)

// offerable says whether the form can have the value in its line, so that visitors need not
// type what is there.
func (f field) offerable() bool {
	text := textOr(f.Value, "")
	return clipped(text, maxFormAnswer) == text && escaped(text) == text
}

// clipped is the beginning of a text in one line.
func clipped(text string, most int) string {
	out := make([]rune, 0, len(text))
	for _, r := range text {
		if len(out) == most {
			break
		}
		if r < ' ' || r == 0x7f {
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}

// paint adds texts and colours.
func (l look) paint(document map[string]any) {
	if text := textOr(l.LogoText, ""); text != "" {
		document["logoText"] = escaped(text)
	}
	for name, colour := range map[string]*string{"backgroundColor": l.Background, "foregroundColor": l.Text, "labelColor": l.Label} {
		if colour != nil {
			document[name] = inRGB(*colour)
		}
	}
}

// inRGB spells "#rrggbb" as Wallet reads it.
func inRGB(hex string) string {
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		panic(err) // colourOf wrote it
	}
	return fmt.Sprintf("rgb(%d,%d,%d)", n>>16, n>>8&255, n&255)
}

// barcodes are those that passes show without any of their own.
func (d *definition) barcodes() []barcode {
	all := d.Look.Barcodes
	if len(all) == 0 {
		all = []barcode{d.Look.Barcode}
	}
	if d.CodeType != codeFixed {
		return all
	}
	out := make([]barcode, len(all))
	for n, b := range all {
		b.Message = ""
		out[n] = b
	}
	return out
}

// alternative is what stands under a barcode that says the code.
func (d *definition) alternative() string {
	if d.CodeType == codeFixed {
		return escaped(*d.CodeFixed)
	}
	return placeCode
}

// encoding is that of codes which the definition does not know.
func (d *definition) encoding() string {
	if d.CodeType == codePerPass {
		return "utf-8"
	}
	return latin1
}

// shared is what barcodes of a pass with this code say that say nothing themselves.
func (d *definition) shared(code string) string {
	switch {
	case d.CodeType == codeFixed:
		return *d.CodeFixed
	case d.Look.Barcode.Message != "":
		return d.Look.Barcode.Message
	}
	return code
}

func isEmptyInfo(info json.RawMessage) bool { return len(info) == 0 || string(info) == "{}" }

// appleDate is a time as pass.json has it.
func appleDate(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// zoned is a time as members that end in _date have it; nil for none.
func zoned(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format("2006-01-02T15:04:05.000+00:00")
	return &text
}

// zonedDate is the same of a date of pass.json.
func zonedDate(text string) *string {
	t, err := pkpass.ParseDate(text)
	if err != nil {
		return nil
	}
	return zoned(t)
}

// milliseconds is a time with a fraction.
func milliseconds(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
