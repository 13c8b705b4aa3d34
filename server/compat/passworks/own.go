package passworks

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// own is what a pass has for itself besides values: the keys of pass.json that lie over
// those of its campaign.
type own struct {
	members map[string]json.RawMessage // all of them
	fields  [len(groups)][]appleField  // labels of the campaign's fields, and fields of the pass alone, which have values
	body    map[string]json.RawMessage // what else is under the style
	style   string
}

// parseOwn reads what a pass of a style has.
func parseOwn(patch json.RawMessage, style string) (o own, err error) {
	o = own{members: make(map[string]json.RawMessage), style: style}
	if len(patch) == 0 {
		return o, nil
	}
	if err := json.Unmarshal(patch, &o.members); err != nil {
		return o, fmt.Errorf("content of a pass: %w", err)
	}
	raw, ok := o.members[style]
	if !ok {
		return o, nil
	}
	if err := json.Unmarshal(raw, &o.body); err != nil {
		return o, fmt.Errorf("fields of a pass: %w", err)
	}
	for g := range groups {
		if raw, ok := o.body[groups[g].apple]; ok {
			if err := json.Unmarshal(raw, &o.fields[g]); err != nil {
				return o, fmt.Errorf("fields of a pass: %w", err)
			}
			delete(o.body, groups[g].apple)
		}
	}
	return o, nil
}

// patch is what the engine keeps, nil for nothing.
func (o *own) patch() (json.RawMessage, error) {
	body := make(map[string]any)
	for name, raw := range o.body {
		body[name] = raw
	}
	for g, all := range o.fields {
		if len(all) > 0 {
			body[groups[g].apple] = all
		}
	}
	delete(o.members, o.style)
	if len(body) > 0 {
		if err := o.set(o.style, body); err != nil {
			return nil, err
		}
	}
	if len(o.members) == 0 {
		return nil, nil
	}
	return json.Marshal(o.members)
}

// set writes a key of pass.json.
func (o *own) set(key string, v any) error {
	raw, err := json.Marshal(v)
	o.members[key] = raw
	return err
}

// get reads a key of pass.json, if the pass has it.
func (o *own) get(key string, to any) (bool, error) {
	raw, ok := o.members[key]
	if !ok {
		return false, nil
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return false, fmt.Errorf("%s of a pass: %w", key, err)
	}
	return true, nil
}

// info is what a pass has for apps, if it is an object: in a text, which is how the service
// keeps it, or as it is.
func (o *own) info() (json.RawMessage, bool) {
	raw := o.members["userInfo"]
	if text, ok := textOf(raw); ok {
		raw = json.RawMessage(strings.TrimSpace(unescaped(text)))
	}
	_, ok := objectOf(raw)
	return raw, ok && bytes.HasPrefix(raw, []byte("{"))
}

// distance is how far a pass is relevant by itself, in metres; nil if it says nothing.
func (o *own) distance() (*int, error) {
	var most *float64 // the native API takes fractions
	if _, err := o.get("maxDistance", &most); err != nil || most == nil {
		return nil, err
	}
	n := int(*most)
	return &n, nil
}

// at finds a field by its key, nil if there is none.
func (o *own) at(key string) *appleField {
	for g := range o.fields {
		for n := range o.fields[g] {
			if o.fields[g][n].Key == key {
				return &o.fields[g][n]
			}
		}
	}
	return nil
}

// over are the fields of a pass: the campaign's with its own over them, without those
// that it hides.
func (o *own) over(d *definition, values map[string]json.RawMessage, hidden []string) fields {
	out := d.Fields.clone()
	for g := range out {
		out[g] = slices.DeleteFunc(out[g], func(f field) bool { return slices.Contains(hidden, f.Key) })
		for n := range out[g] {
			f := &out[g][n]
			if mine := o.at(f.Key); mine != nil {
				f.Label, f.Value = cmp.Or(plain(mine.Label), f.Label), cmp.Or(plain(mine.Value), f.Value)
			}
			if raw, ok := values[f.Key]; ok {
				text, _ := textOf(raw)
				f.Value = &text
			}
		}
		for _, mine := range o.fields[g] {
			if d.Fields.at(mine.Key) == nil {
				out[g] = append(out[g], field{Key: mine.Key, Value: plain(mine.Value), Label: plain(mine.Label), Behaviour: fixed})
			}
		}
	}
	return out
}

// plain is a text of pass.json as it was sent.
func plain(text *string) *string {
	if text == nil {
		return nil
	}
	out := unescaped(*text)
	return &out
}

// barcodes are those of a pass with a code.
func (o *own) barcodes(d *definition, code string) (first barcode, all []barcode, err error) {
	var mine []pkpass.Barcode
	given, err := o.get("barcodes", &mine)
	if err != nil {
		return first, nil, err
	}
	shared := d.shared(code)
	switch {
	case given:
		for _, a := range mine {
			all = append(all, barcodeOf(a).resolved(shared))
		}
	default:
		for _, b := range d.barcodes() {
			all = append(all, b.resolved(shared))
		}
	}
	if len(all) == 0 {
		all = []barcode{noBarcode}
	}
	return all[0], all, nil
}

// change is what a request makes of a pass.
type change struct {
	own    own
	values map[string]json.RawMessage // null takes one back to the campaign's
	images map[string]store.ID        // assets by slot, nil if none is given
	hidden []string                   // keys of the campaign's fields that it does not show
	code   string                     // where codes come with passes
	voided *bool
	fresh  bool // a pass that is to be made
	quiet  bool
}

// readFields reads the fields of a request: values of the campaign's fields, wherever
// they are sent, and fields of the pass alone, where they are sent.
func (ch *change) readFields(in *input, d *definition) {
	seen := make(map[string]bool)
	merge := true
	if in.flag("merge", &merge); !merge {
		ch.clear(in, d)
	}
	for g := range groups {
		in.objects(groups[g].name, maxFields, func(item *input) {
			key := readKey(item, seen)
			var value, label *string
			item.text("value", &value)
			item.text("label", &label)
			behaviour := fixed
			if item.choice("behaviour", &behaviour, fixed, dynamic); item.err == nil {
				ch.put(d, g, key, item, value, label)
			}
		})
	}
}

// clear leaves out the fields of the groups that a request has, which replace what was
// there.
func (ch *change) clear(in *input, d *definition) {
	for g := range groups {
		if _, given := in.list(groups[g].name); !given && !ch.fresh {
			continue
		}
		for _, f := range d.Fields[g] {
			if !slices.Contains(ch.hidden, f.Key) {
				ch.hidden = append(ch.hidden, f.Key)
			}
		}
		ch.own.fields[g] = nil
	}
}

func (ch *change) put(d *definition, group int, key string, item *input, value, label *string) {
	ch.hidden = slices.DeleteFunc(ch.hidden, func(k string) bool { return k == key })
	_, hasValue := item.given("value")
	_, hasLabel := item.given("label")
	known, mine := d.Fields.at(key), ch.own.at(key)
	if mine == nil && (hasLabel || known == nil || d.loose) {
		if known != nil {
			group = d.groupOf(key)
		}
		ch.own.fields[group] = append(ch.own.fields[group], appleField{Key: key})
		mine = ch.own.at(key)
	}
	if hasLabel {
		text := escaped(textOr(label, ""))
		mine.Label = &text
	}
	if known == nil || d.loose {
		if hasValue || mine.Value == nil {
			text := escaped(textOr(value, ""))
			mine.Value = &text
		}
		return
	}
	if !hasValue {
		return
	}
	if mine != nil { // where the native API may have written one
		mine.Value = nil
		delete(mine.sent, "value")
	}
	if ch.values[key] = json.RawMessage("null"); value != nil {
		ch.values[key] = quoted(*value)
	}
}

// groupOf is the group of a field that there is.
func (d *definition) groupOf(key string) int {
	for g := range d.Fields {
		for _, f := range d.Fields[g] {
			if f.Key == key {
				return g
			}
		}
	}
	return 0
}
