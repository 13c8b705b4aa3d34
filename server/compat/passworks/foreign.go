package passworks

import (
	"fmt"
	"slices"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// foreign tells a template that no client of this service made in its words, so that
// passes of other services and of the native API can be read, changed and redeemed.
// NotFound if its style has no collection here.
func foreign(t store.Template, design store.Design) (*definition, error) {
	doc, err := pkpass.ParseDocument(design.Document)
	if err != nil {
		return nil, fmt.Errorf("template %s: %w", t.ID, err)
	}
	style, body := doc.Style()
	k := kindOf(style)
	if body == nil || k == nil {
		return nil, store.ErrNotFound
	}
	d := newDefinition(k)
	d.Name, d.CodeType = t.Name, codePerPass
	d.Locations, d.Beacons = ofApple(doc.Locations), beaconsOfApple(doc.Beacons)
	for _, b := range doc.Barcodes {
		d.Look.Barcodes = append(d.Look.Barcodes, barcodeOf(b))
	}
	if len(d.Look.Barcodes) > 0 {
		d.Look.Barcode = d.Look.Barcodes[0]
	}
	for name, all := range body.Groups() {
		g := slices.IndexFunc(groups[:], func(known struct{ name, apple string }) bool { return known.apple == name })
		if g < 0 {
			continue // Wallet has groups that the service did not know
		}
		for _, f := range *all {
			d.Fields[g] = append(d.Fields[g], foreignField(f, design.Fields))
		}
	}
	return &d, nil
}

func foreignField(f pkpass.Field, rules []store.Field) field {
	value, label := unescaped(f.Value.String()), unescaped(f.Label)
	out := field{Key: f.Key, Value: &value, Label: &label, Behaviour: dynamic, DataType: "text"}
	if slices.ContainsFunc(rules, func(r store.Field) bool { return r.Fixed && r.Key == f.Key }) {
		out.Behaviour = fixed
	}
	return out
}
