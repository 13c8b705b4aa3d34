package passworks

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// foreign tells a template that no client of this service made in its words, so that
// campaigns and passes of other services and of the native API can be shown. Its pictures
// need not be assets here, see readable. NotFound if its style has no collection.
func foreign(t store.Template, design store.Design) (*definition, error) {
	doc, err := pkpass.ParseDocument(design.Document)
	if err != nil {
		return nil, fmt.Errorf("template %s: %w", t.ID, err)
	}
	d, err := definitionOf(doc, func(key string) string {
		if slices.ContainsFunc(design.Fields, func(f store.Field) bool { return f.Fixed && f.Key == key }) {
			return fixed
		}
		return dynamic
	})
	if err != nil {
		return nil, err
	}
	d.Name, d.loose, d.Look.Images = t.Name, design.Loose, design.Images
	return d, nil
}

// definitionOf tells pass.json in the words of the service.
func definitionOf(doc *pkpass.Document, behaviour func(key string) string) (*definition, error) {
	style, body := doc.Style()
	k := kindOf(style)
	if body == nil || k == nil {
		return nil, store.ErrNotFound
	}
	d := newDefinition(k)
	d.foreign, d.CodeType = true, codeListed
	d.Description, d.Organization = someText(doc.Description), someText(doc.OrganizationName)
	d.Locations, d.Beacons, d.Stores = ofApple(doc.Locations), beaconsOfApple(doc.Beacons), doc.AssociatedStoreIDs
	if doc.MaxDistance != nil {
		most := int(*doc.MaxDistance)
		d.MaxDistance = &most
	}
	if info, ok := objectOf(doc.UserInfo); ok && len(info) > 0 {
		d.UserInfo = doc.UserInfo
	}
	d.Look.tell(doc, body)
	for name, all := range body.Groups() {
		g := slices.IndexFunc(groups[:], func(known struct{ name, apple string }) bool { return known.apple == name })
		if g < 0 {
			continue // Wallet has groups that the service did not know
		}
		for _, f := range *all {
			value, label := unescaped(f.Value.String()), unescaped(f.Label)
			d.Fields[g] = append(d.Fields[g], field{Key: f.Key, Value: &value, Label: &label, Behaviour: behaviour(f.Key), DataType: "text", Required: true})
		}
	}
	return &d, nil
}

// tell reads what pass.json looks like.
func (l *look) tell(doc *pkpass.Document, body *pkpass.Style) {
	l.LogoText = someText(doc.LogoText)
	for to, colour := range map[**string]string{&l.Background: doc.BackgroundColor, &l.Text: doc.ForegroundColor, &l.Label: doc.LabelColor} {
		if hex, ok := colourOf(strings.ToLower(colour)); ok {
			*to = &hex
		}
	}
	for _, b := range doc.Barcodes {
		l.Barcodes = append(l.Barcodes, barcodeOf(b))
	}
	if len(l.Barcodes) > 0 {
		l.Barcode = l.Barcodes[0]
	}
	for word, apple := range transits {
		if apple == body.TransitType {
			l.Transit = word
		}
	}
}

// codeListed is what the service called codes that come from elsewhere: its clients cannot
// make campaigns of the kind.
const codeListed = "list"

// codeTypes are the engine's numberings in the service's words; all others are codeListed.
var codeTypes = map[store.NumberingKind]string{store.Sequential: codeSequential, store.Fixed: codeFixed, store.Given: codePerPass}

// under is a foreign definition with what its campaign decides.
func (d *definition) under(c store.Campaign) *definition {
	out := *d
	out.Name, out.Expires = c.Name, c.Rules.Expiry.At.Truncate(time.Millisecond)
	if word, ok := codeTypes[c.Rules.Numbering.Kind]; ok {
		out.CodeType = word
	}
	if out.CodeType == codeFixed {
		out.CodeFixed = &c.Rules.Numbering.Fixed
	}
	r := c.Redemption
	out.Multiple = r.Kind != store.Single && (r.Kind != store.Uses || r.Uses != 1)
	return &out
}

// shown is the definition of a pass that no client of the service designed, with the
// content that the pass itself has: what it says may depend on anything.
func (s *Service) shown(r store.Reader, p store.Pass, d *definition) (*definition, error) {
	doc, err := s.Issuer.Shown(r, p)
	if err != nil {
		return nil, err
	}
	return definitionOf(doc, func(key string) string {
		if f := d.Fields.at(key); f != nil {
			return f.Behaviour
		}
		return dynamic
	})
}

// foreignTemplate reads a template that no client of the service made.
func (s *Service) foreignTemplate(r store.Reader, org, id store.ID) (store.Template, *definition, error) {
	t, err := r.Template(org, id)
	if err == nil && (t.Origin == origin || t.Published == 0 || !t.Deleted.IsZero()) {
		err = store.ErrNotFound
	}
	if err != nil {
		return t, nil, err
	}
	d, err := s.understood.at(r, org, revision{id, t.Published})
	if err == nil {
		d, err = d.readable(r, org)
	}
	return t, d, err
}

// readable is a definition with those pictures alone that clients can read: uploaded as
// assets of the service. The address of one needs no credentials, and its id can be guessed,
// so that pictures which somebody uploaded elsewhere stay out of it.
func (d *definition) readable(r store.Reader, org store.ID) (*definition, error) {
	out := *d
	out.Look.Images = make(map[string]store.ID)
	for slot, id := range d.Look.Images {
		it, err := r.Item(org, id)
		switch {
		case err == nil && it.Shelf == shelfAssets:
			out.Look.Images[slot] = id
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
	}
	return &out, nil
}

// pattern is what a campaign takes over from one: everything but pictures that cannot be read.
func (s *Service) pattern(r store.Reader, c call, id store.ID) (b templateBody, err error) {
	_, d, err := s.foreignTemplate(r, c.actor.Org, id)
	if err != nil {
		return b, err
	}
	return templateBody{Style: d.Style, Look: d.Look}, nil
}

// foreignView shows one.
func (s *Service) foreignView(r store.Reader, org, id store.ID) (v templateView, err error) {
	t, d, err := s.foreignTemplate(r, org, id)
	if err != nil {
		return v, err
	}
	body, err := json.Marshal(templateBody{Description: d.description(), Style: d.Style, Look: d.Look})
	if err != nil {
		return v, err
	}
	if v, err = templateOf(store.Item{ID: id, Name: t.Name, Body: body}); t.Origin == "" {
		v.Source = "web"
	}
	return v, err
}
