package issuer

import (
	"cmp"
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
	code                          string // empty means that there is none but the serial number
	voided                        bool
}

// fill makes doc the document of one pass. An empty barcode message stands for
// the code.
func (i *Issuer) fill(doc *pkpass.Document, id identity) *pkpass.Document {
	doc.FormatVersion = 1
	doc.PassTypeIdentifier, doc.TeamIdentifier, doc.SerialNumber = id.passType, id.team, id.serial
	doc.WebServiceURL, doc.AuthenticationToken = i.cfg.BaseURL+"/wallet", id.token
	code := cmp.Or(id.code, id.serial)
	for n := range doc.Barcodes {
		doc.Barcodes[n].Message = cmp.Or(doc.Barcodes[n].Message, code)
	}
	if doc.Barcode == nil {
		doc.Barcode = legacyBarcode(doc.Barcodes)
	} else {
		doc.Barcode.Message = cmp.Or(doc.Barcode.Message, code)
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
	template store.Template     // the zero Template of passes that have none
	around   store.Surroundings // of the campaign
	holder   store.Person       // the zero Person if nobody is known
	sample   bool               // stands for all passes of a design
}

// rendered is what a pass shows.
type rendered struct {
	doc     *pkpass.Document
	strings map[string]pkpass.Strings // languages whose texts are those of this pass
	found   []pkpass.Finding          // about placeholders
}

func subjectOf(r store.Reader, p store.Pass) (s subject, err error) {
	s.pass = p
	if s.campaign, err = r.Campaign(p.Org, p.Campaign); err != nil {
		return s, fmt.Errorf("campaign of pass %s: %w", p.ID, err)
	}
	if p.Template != 0 {
		if s.template, err = r.Template(p.Org, p.Template); err != nil {
			return s, fmt.Errorf("template of pass %s: %w", p.ID, err)
		}
	}
	if s.campaign.Placed {
		if s.around, err = r.Surroundings(p.Campaign); err != nil {
			return s, fmt.Errorf("places of campaign %s: %w", p.Campaign, err)
		}
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
	x, err := i.render(d, s, team)
	return x.doc, err
}

// render fills a design with what s has.
func (i *Issuer) render(d *design, s subject, team string) (rendered, error) {
	p := s.pass
	doc, own, err := d.withPatch(p)
	if err != nil {
		return rendered{}, err
	}
	s.surround(doc, d.document, own)
	s.rule(doc, own)
	filled := d.plan.Fill(doc, i.scope(d, s, mayHavePlaceholders(p.Patch) || s.campaign.Placed && placesTalk(doc)))
	d.hide(doc)
	d.settle(doc)
	s.say(doc)
	token, err := i.token(p)
	if err != nil {
		return rendered{}, err
	}
	i.fill(doc, identity{
		passType: p.PassTypeIdentifier, team: team, serial: p.SerialNumber, token: token,
		code: i.barcodeText(s), voided: s.void(),
	})
	if s.invalid() {
		doc.Barcodes, doc.Barcode, doc.NFC = nil, nil, nil
	}
	return rendered{doc, filled.Strings, filled.Findings}, nil
}

// withPatch is a copy of a design's document with the pass's own keys over it, of which
// null takes the design's away, and those by themselves.
func (d *design) withPatch(p store.Pass) (whole, own *pkpass.Document, err error) {
	if len(p.Patch) == 0 {
		return hiding(d.document.Clone(), p.Hidden), new(pkpass.Document), nil
	}
	if whole, own, err = d.document.MergeJSON(p.Patch); err != nil {
		return nil, nil, fmt.Errorf("the pass's own document: %w", err)
	}
	return hiding(d.regroup(whole, own), p.Hidden), own, nil
}

// hiding takes fields out of a document.
func hiding(doc *pkpass.Document, keys []string) *pkpass.Document {
	if len(keys) == 0 {
		return doc
	}
	for _, style := range doc.Styles() {
		for _, group := range style.Groups() {
			*group = slices.DeleteFunc(*group, func(f pkpass.Field) bool { return slices.Contains(keys, f.Key) })
		}
	}
	return doc
}

// rule sets what the campaign decides where the pass's own document does not.
func (s subject) rule(doc, own *pkpass.Document) {
	rules := s.campaign.Rules
	if e := s.pass.Expires; !e.IsZero() && own.ExpirationDate == "" {
		doc.ExpirationDate = written(e)
	}
	if rules.SharingProhibited && doc.SharingProhibited == nil {
		doc.SharingProhibited = &rules.SharingProhibited
	}
	if rules.Numbering.Kind != store.Fixed || own.Barcodes != nil || own.Barcode != nil {
		return
	}
	for n := range doc.Barcodes { // to be filled in
		doc.Barcodes[n].Message = ""
	}
	if doc.Barcode != nil {
		doc.Barcode.Message = ""
	}
}

// code is what barcodes without a message of their own say, "" for the serial number.
func (s subject) code() string {
	if n := s.campaign.Rules.Numbering; n.Kind == store.Fixed {
		return n.Fixed
	}
	return s.pass.Code
}

// void says whether phones show the pass as void.
func (s subject) void() bool {
	return !s.pass.Voided.IsZero() || !s.pass.Deleted.IsZero() || s.invalid()
}

// invalid says whether the pass is good for nothing, for ever. It shows void, and
// without what could be scanned.
func (s subject) invalid() bool {
	return !s.pass.Invalid.IsZero() || s.campaign.State == store.Invalid || !s.template.Invalid.IsZero()
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

// filesOf is the bundle of a pass without pass.json: the design's files with the
// pass's own texts and images over them.
func filesOf(r store.Reader, d *design, p store.Pass, strings map[string]pkpass.Strings) (pkpass.Bundle, error) {
	files := maps.Clone(d.files)
	for tag, texts := range strings {
		files[stringsFile(tag)] = pkpass.NewFile(pkpass.EncodeStrings(texts))
	}
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

// Token is the authentication token of a pass, for services whose clients were told it.
func (i *Issuer) Token(p store.Pass) (string, error) { return i.token(p) }
