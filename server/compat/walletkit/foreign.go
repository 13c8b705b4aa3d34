package walletkit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// served says whether clients may know a template: it issues, and what it was made from
// was not deleted.
func served(t store.Template, c store.Campaign) bool {
	return t.Published > 0 && t.Deleted.IsZero() && t.Invalid.IsZero() && !c.Over()
}

// foreign tells a template that no client of this service made in its words, so that it is
// listed, and passes are made of it and changed, here as well. The addresses that its
// pictures came from, if any, are not known. It changes with each publication.
func foreign(r store.Reader, t store.Template) (*template, error) {
	revision, err := r.TemplateRevision(t.ID, t.Published)
	if err != nil {
		return nil, err
	}
	campaign, err := r.Campaign(t.Org, t.Campaign)
	if err != nil {
		return nil, err
	}
	d := revision.Design
	var apple map[string]json.RawMessage
	if err := json.Unmarshal(d.Document, &apple); err != nil {
		return nil, fmt.Errorf("template %s: %w", t.ID, err)
	}
	out := &template{id: t.ID, campaign: t.Campaign, spelling: spelt(t), passType: t.Style, keys: make(map[string]bool), images: make(map[string]string),
		given: campaign.Rules.Numbering.Kind == store.Given}
	if err := out.tell(apple); err != nil {
		return nil, fmt.Errorf("template %s: %w", t.ID, err)
	}
	if out.description = unescaped(plain(apple["description"])); out.description == "" {
		out.description = t.Name
		out.source["description"] = quoted(t.Name)
	}
	out.keep(d)
	return out, nil
}

// edited tells a template of a client that was changed elsewhere: like a foreign one, with
// the addresses of those of its pictures that are the client's still.
func (t *template) edited(r store.Reader, record store.Template) (*template, error) {
	out, err := foreign(r, record)
	if err != nil {
		return nil, err
	}
	var designs [2]store.Design
	for n, revision := range []int{firstRevision, record.Published} {
		found, err := r.TemplateRevision(record.ID, revision)
		if err != nil {
			return nil, err
		}
		designs[n] = found.Design
	}
	for name, address := range t.images {
		kind := strings.TrimSuffix(name, retina)
		if designs[0].Images[kind] == designs[1].Images[kind] {
			out.source[name] = quoted(address)
		}
	}
	out.own, out.sent = true, t.keys
	return out, nil
}

// appleNames are the members of pass.json that the service called otherwise.
var appleNames = map[string]string{"description": "description", "logotext": "logoText", "username": "organizationName", "relevant_date": "relevantDate",
	"foreground_color": "foregroundColor", "background_color": "backgroundColor", "label_color": "labelColor"}

// tell writes what a template shows as if a client had sent it.
func (t *template) tell(apple map[string]json.RawMessage) (err error) {
	t.source = object{"pass_type": quoted(t.passType)}
	for name, from := range appleNames {
		if raw, ok := apple[from]; ok {
			t.source[name] = shownAs(raw)
		}
	}
	var style map[string]json.RawMessage
	if err := json.Unmarshal(apple[t.passType], &style); err != nil {
		return err
	}
	if raw, ok := style["transitType"]; ok {
		t.source["transittype"] = raw
	}
	for _, group := range groups {
		if t.source[group], err = respelt(style[group], fieldSchema); err != nil {
			return err
		}
	}
	if t.source["location"], err = respelt(apple["locations"], locationSchema); err != nil {
		return err
	}
	return t.tellBarcode(apple)
}

// tellBarcode tells the first code, whose texts may have placeholders.
func (t *template) tellBarcode(apple map[string]json.RawMessage) error {
	codes := []json.RawMessage{apple["barcode"]}
	_ = json.Unmarshal(apple["barcodes"], &codes) // absent
	if len(codes) == 0 || codes[0] == nil {
		return nil
	}
	o, _, err := barcodeSchema.read(codes[0], "barcode")
	if err != nil {
		return err
	}
	t.source["barcode"] = shownAs(barcodeSchema.write(o, ""))
	var b pkpass.Barcode
	if err := json.Unmarshal(codes[0], &b); err != nil {
		return err
	}
	t.barcode = &barcode{format: b.Format, message: b.Message, encoding: cmp.Or(b.MessageEncoding, "iso-8859-1"), alt: b.AltText, ready: true}
	return nil
}

// respelt is a list in the spelling of the service; null if it is empty, which nobody is shown.
func respelt(list json.RawMessage, s schema) (json.RawMessage, error) {
	var all []json.RawMessage
	_ = json.Unmarshal(list, &all) // absent
	if len(all) == 0 {
		return json.RawMessage("null"), nil
	}
	for n, raw := range all {
		o, _, err := s.read(raw, "a member")
		if err != nil {
			return nil, err
		}
		all[n] = shownAs(s.write(o, ""))
	}
	return array(all), nil
}

// keep notes what orders and changes ask of a template.
func (t *template) keep(d store.Design) {
	for _, group := range groups {
		var all []struct{ Key string }
		_ = json.Unmarshal(t.source[group], &all)
		for _, f := range all {
			t.keys[f.Key] = !d.Loose
		}
	}
	for _, f := range d.Fields {
		t.keys[f.Key] = !f.Fixed
	}
	for kind := range d.Images {
		t.images[kind] = kind
	}
}

// plain is a text of JSON, empty if it is none.
func plain(raw json.RawMessage) string {
	text, _ := textOf(raw)
	return text
}

// placeholder is how a text that only looks like one of the engine's placeholders is kept.
var placeholder = []byte("{{'{{'}}")

// shownAs is JSON with what was kept from being taken for placeholders as it was written.
func shownAs(raw json.RawMessage) json.RawMessage {
	return bytes.ReplaceAll(raw, placeholder, placeholder[:2])
}

func unescaped(text string) string { return string(shownAs(json.RawMessage(text))) }
