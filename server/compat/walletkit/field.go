package walletkit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// passedOn are Apple's own members of a field that are read as they are.
var passedOn = []string{"attributedValue", "currencyCode", "dataDetectorTypes", "dateStyle", "ignoresTimeZone", "isRelative", "numberStyle", "timeStyle"}

var fieldSchema = newSchema(append([]string{"key", "label", "value", "textalignment", "changemessage"}, passedOn...)...)

// alignments are how the service spells them, to how Wallet does: it knows no
// justified texts.
var alignments = map[string]string{
	"PKTextAlignmentLeft":      "PKTextAlignmentLeft",
	"PKTextAlignmentCenter":    "PKTextAlignmentCenter",
	"PKTextAlignmentRight":     "PKTextAlignmentRight",
	"PKTextAlignmentJustified": "PKTextAlignmentNatural",
	"PKTextAlignmentNatural":   "PKTextAlignmentNatural",
}

// readFields reads one of the five arrays: as it is kept, and as pass.json has it.
func (t *template) readFields(o object, group string) (kept, shown []json.RawMessage, err error) {
	all, err := o.list(group, group)
	if err != nil {
		return nil, nil, err
	}
	for n, raw := range all {
		at := fmt.Sprintf("%s[%d]", group, n)
		f, _, err := fieldSchema.read(raw, at)
		if err != nil {
			return nil, nil, err
		}
		field, err := t.readField(f, group, at)
		if err != nil {
			return nil, nil, err
		}
		kept, shown = append(kept, fieldSchema.write(f, "")), append(shown, field)
	}
	return kept, shown, nil
}

func (t *template) readField(f object, group, at string) (json.RawMessage, error) {
	key, err := f.text("key", at+".key")
	if err != nil {
		return nil, err
	}
	if key == "" {
		return nil, refuse(codeMissingField, at+".key", "key is required for %s", at)
	}
	if t.keys[key] {
		return nil, refuse(codeDuplicateKey, at+".key", "the key %s stands for two fields", key)
	}
	t.keys[key] = true
	out := map[string]json.RawMessage{"key": quoted(key)}
	if out["value"], err = fieldValue(f, at); err != nil {
		return nil, err
	}
	for _, name := range passedOn {
		if raw, ok := f.get(name); ok {
			out[name] = escapedValue(raw)
		}
	}
	for name, to := range map[string]string{"label": "label", "changemessage": "changeMessage"} {
		text, err := f.text(name, at+"."+name)
		if err != nil {
			return nil, err
		}
		if text != "" {
			out[to] = quoted(escaped(text))
		}
	}
	if err := align(out, f, group, at); err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// fieldValue is a text or a number, whose digits stay; null is an empty text.
func fieldValue(f object, at string) (json.RawMessage, error) {
	raw, ok := f["value"]
	if !ok {
		return nil, refuse(codeMissingField, at+".value", "value is required for %s", at)
	}
	if string(raw) == "null" {
		f["value"] = json.RawMessage(`""`)
		return f["value"], nil
	}
	if _, ok := textOf(raw); !ok {
		return nil, refuse(codeInvalidField, at+".value", "%s.value must be a string or a number", at)
	}
	return escapedValue(raw), nil
}

func escapedValue(raw json.RawMessage) json.RawMessage {
	if text, ok := textOf(raw); ok && !isNumber(raw) {
		return quoted(escaped(text))
	}
	return raw
}

var alignmentBlanks = strings.NewReplacer(" ", "", "-", "")

// align leaves alignment out where Wallet ignores it.
func align(out map[string]json.RawMessage, f object, group, at string) error {
	text, err := f.text("textalignment", at+".textalignment")
	if err != nil || text == "" {
		return err
	}
	apples, ok := alignments[alignmentBlanks.Replace(text)]
	if !ok {
		return refuse(codeInvalidField, at+".textalignment", "%s.textalignment is unknown: %s", at, text)
	}
	if !slices.Contains([]string{"primaryFields", "backFields"}, group) {
		out["textAlignment"] = quoted(apples)
	}
	return nil
}
