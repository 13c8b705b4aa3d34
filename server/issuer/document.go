package issuer

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

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
	doc.WebServiceURL, doc.AuthenticationToken = i.cfg.BaseURL+"/wallet", id.token
	for n := range doc.Barcodes {
		if doc.Barcodes[n].Message == "" {
			doc.Barcodes[n].Message = id.serial
		}
	}
	if doc.Barcode == nil {
		doc.Barcode = legacyBarcode(doc.Barcodes)
	} else if doc.Barcode.Message == "" {
		doc.Barcode.Message = id.serial
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

// subject is what the document of a pass is made of besides its design.
type subject struct {
	pass     store.Pass
	campaign store.Campaign
	holder   store.Person // the zero Person if nobody is known
}

func subjectOf(r store.Reader, p store.Pass) (s subject, err error) {
	s.pass = p
	if s.campaign, err = r.Campaign(p.Org, p.Campaign); err != nil {
		return s, fmt.Errorf("campaign of pass %s: %w", p.ID, err)
	}
	if p.Holder == 0 {
		return s, nil
	}
	if s.holder, err = r.Person(p.Org, p.Holder); err != nil {
		return s, fmt.Errorf("holder of pass %s: %w", p.ID, err)
	}
	return s, nil
}

// document is pass.json of a pass as it would be signed, for the given team.
func (i *Issuer) document(d *design, s subject, team string) (*pkpass.Document, error) {
	p := s.pass
	doc, err := withPatch(d.document, p.Patch)
	if err != nil {
		return nil, err
	}
	setValues(doc, p.Values)
	token, err := i.token(p)
	if err != nil {
		return nil, err
	}
	return i.fill(doc, identity{
		passType: p.PassTypeIdentifier, team: team, serial: p.SerialNumber, token: token,
		voided: s.void(),
	}), nil
}

// void says whether phones show the pass as void.
func (s subject) void() bool {
	p := s.pass
	return !p.Voided.IsZero() || !p.Deleted.IsZero() || !p.Invalid.IsZero() || s.campaign.State == store.Invalid
}

// withPatch is a copy of a design's document with the pass's own keys over it.
func withPatch(doc *pkpass.Document, own json.RawMessage) (*pkpass.Document, error) {
	if len(own) == 0 {
		return doc.Clone(), nil
	}
	patch, err := pkpass.ParseDocument(own)
	if err != nil {
		return nil, fmt.Errorf("the pass's own document: %w", err)
	}
	return doc.Merge(patch), nil
}

// token is the authentication token of a pass: derived, unless the pass brought its own.
func (i *Issuer) token(p store.Pass) (string, error) {
	if p.SealedToken == "" {
		return i.cfg.Master.Derive("pass", p.ID.Short()), nil
	}
	plain, err := i.cfg.Master.Open(tokenName(p.ID), []byte(p.SealedToken))
	if err != nil {
		return "", fmt.Errorf("authentication token of pass %s: %w", p.ID, err)
	}
	return string(plain), nil
}

// tokenName binds a sealed token to its pass.
func tokenName(pass store.ID) string { return "pass token " + pass.Short() }

// setValues puts a pass's values into the fields of its document. A value whose
// field the template no longer has is kept with the pass and not shown.
func setValues(doc *pkpass.Document, values map[string]json.RawMessage) {
	for key, raw := range values {
		v, ok := fieldValue(raw)
		for _, style := range doc.Styles() {
			if f := style.FieldByKey(key); f != nil && ok {
				f.Value = v
			}
		}
	}
}

func fieldValue(raw json.RawMessage) (v pkpass.Value, ok bool) {
	err := v.UnmarshalJSON(raw)
	return v, err == nil && !v.IsZero()
}

// checkValues refuses values that a client gives and no field takes.
func checkValues(doc *pkpass.Document, given map[string]json.RawMessage) error {
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if _, ok := fieldValue(given[key]); !ok {
			return invalid(pointer("values", key), "value_type", "the value of %s must be a text or a number", key)
		}
		if !hasField(doc, key) {
			return invalid(pointer("values", key), "field_unknown", "the template has no field with the key %q; it has %s", key, strings.Join(fieldKeys(doc), ", "))
		}
	}
	return nil
}

func hasField(doc *pkpass.Document, key string) bool {
	for _, style := range doc.Styles() {
		if style.FieldByKey(key) != nil {
			return true
		}
	}
	return false
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
		maps.DeleteFunc(files, func(name string, _ pkpass.File) bool { return forPersonalization(name) })
	}
	return files, nil
}

// forPersonalization tells the files of Wallet's sign-up sheet, in any language.
func forPersonalization(name string) bool {
	base := path.Base(name)
	return base == pkpass.PersonalizationFile || strings.HasPrefix(base, "personalizationLogo")
}
