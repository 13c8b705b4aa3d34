package issuer

import (
	"encoding/json"
	"maps"
	"slices"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// identity is what tells one pass from all others.
type identity struct {
	passType, team, serial, token string
	voided                        bool
}

// fill makes doc the document of one pass. An empty barcode message stands for
// the serial number.
func (i *Issuer) fill(doc *pkpass.Document, id identity) *pkpass.Document {
	doc.FormatVersion = 1
	doc.PassTypeIdentifier, doc.TeamIdentifier, doc.SerialNumber = id.passType, id.team, id.serial
	doc.WebServiceURL, doc.AuthenticationToken = i.BaseURL+"/wallet", id.token
	for n := range doc.Barcodes {
		if doc.Barcodes[n].Message == "" {
			doc.Barcodes[n].Message = id.serial
		}
	}
	if doc.Barcode == nil {
		doc.Barcode = legacyBarcode(doc.Barcodes)
	}
	if id.voided {
		doc.Voided = &id.voided
	}
	return doc
}

// legacyBarcode is the first barcode that the key of iOS 8 can hold.
func legacyBarcode(all []pkpass.Barcode) *pkpass.Barcode {
	for _, b := range all {
		switch b.Format {
		case "PKBarcodeFormatQR", "PKBarcodeFormatPDF417", "PKBarcodeFormatAztec":
			return &b
		}
	}
	return nil
}

// document is pass.json of p as it would be signed, for the given team.
func (i *Issuer) document(d *design, p store.Pass, team string) (*pkpass.Document, error) {
	doc := d.document.Clone()
	if len(p.Patch) > 0 {
		patch, err := pkpass.ParseDocument(p.Patch)
		if err != nil {
			return nil, err
		}
		doc.Merge(patch)
	}
	if err := setValues(doc, p.Values); err != nil {
		return nil, err
	}
	return i.fill(doc, identity{
		passType: p.PassTypeIdentifier, team: team, serial: p.SerialNumber, token: i.token(p),
		voided: !p.Voided.IsZero() || !p.Deleted.IsZero(),
	}), nil
}

// token is the authentication token of a pass: derived, unless the pass brought its own.
func (i *Issuer) token(p store.Pass) string {
	if p.Token != "" {
		return p.Token
	}
	return i.Master.Derive("pass", p.ID.Short())
}

// setValues puts a pass's values into the fields of its document.
func setValues(doc *pkpass.Document, values map[string]json.RawMessage) error {
	for key, raw := range values {
		var v pkpass.Value
		if err := v.UnmarshalJSON(raw); err != nil || v.IsZero() {
			return invalid("/values/"+key, "value_type", "the value of %s must be a text or a number", key)
		}
		found := false
		for _, style := range doc.Styles() {
			if f := style.FieldByKey(key); f != nil {
				f.Value, found = v, true
			}
		}
		if !found {
			return invalid("/values/"+key, "field_unknown", "the template has no field with the key %q; it has %s", key, fieldKeys(doc))
		}
	}
	return nil
}

func fieldKeys(doc *pkpass.Document) []string {
	keys := make(map[string]bool)
	for _, style := range doc.Styles() {
		for _, group := range style.Groups() {
			for _, f := range *group {
				keys[f.Key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// filesOf is the bundle of a pass without pass.json: the design's files with the
// pass's own images over them.
func filesOf(r store.Reader, d *design, p store.Pass) (pkpass.Bundle, error) {
	files := maps.Clone(d.files)
	for kind, asset := range p.Images {
		if err := addImage(r, p.Org, files, kind, asset); err != nil {
			return nil, err
		}
	}
	if !p.Personalized.IsZero() {
		for _, name := range personalizationFiles {
			delete(files, name)
		}
	}
	return files, nil
}

var personalizationFiles = []string{
	pkpass.PersonalizationFile, "personalizationLogo.png", "personalizationLogo@2x.png", "personalizationLogo@3x.png",
}
