package issuer

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/placeholder"
	"pocketpass/store"
)

// design is a published design, ready to be filled with a pass's values. It is
// shared and never changed.
type design struct {
	document *pkpass.Document
	plan     *placeholder.Plan
	declared []store.Field
	fields   map[string]store.Field // the same by key
	hasFixed bool
	hidden   bool             // there are fields that hide when they are empty
	numeric  map[string]bool  // keys that the document shows numbers for
	plain    map[string]bool  // keys whose values are shown as they are
	files    pkpass.Bundle    // images and languages, hashed once
	options  pkpass.Options   // what the files mean for the checks
	found    []pkpass.Finding // what the checks say of the files
	size     int64

	loose    bool
	zone     *time.Location // of dates that say none, of a loose design
	groups   []store.Group
	redeemed *design // of passes that were redeemed; nil if it is this one
}

type designKey struct {
	template store.ID
	number   int
}

// design returns a published design from the cache, or makes it.
func (i *Issuer) design(r store.Reader, org, template store.ID, number int) (*design, error) {
	k := designKey{template, number}
	if d, ok := i.designs.get(k); ok {
		return d, nil
	}
	rev, err := r.TemplateRevision(template, number)
	if err != nil {
		return nil, fmt.Errorf("template revision %d: %w", number, err)
	}
	d, err := compile(r, org, rev.Design)
	if err != nil {
		return nil, fmt.Errorf("template revision %d: %w", number, err)
	}
	i.designs.put(k, d, d.size)
	return d, nil
}

// compile reads everything that a design refers to.
func compile(r store.Reader, org store.ID, s store.Design) (*design, error) {
	doc, err := parseDocument("/document", s.Document)
	if err != nil {
		return nil, err
	}
	d := newDesign(doc, s)
	for name, asset := range s.Images {
		if err := addImage(r, org, d.files, name, asset); err != nil {
			return nil, err
		}
	}
	for lang, entries := range s.Strings {
		if err := addStrings(d.files, lang, entries); err != nil {
			return nil, err
		}
	}
	if len(s.Personalization) > 0 {
		d.files[pkpass.PersonalizationFile] = pkpass.NewFile(s.Personalization)
	}
	for _, f := range d.files {
		d.size += int64(len(f.Data))
	}
	d.options, d.found = judgeFiles(doc, d.files)
	if s.Redeemed != nil {
		if d.redeemed, err = compile(r, org, redeemedOf(s)); err != nil {
			return nil, within("/redeemed", err)
		}
		d.size += d.redeemed.size
	}
	return d, nil
}

// redeemedOf is the design for redeemed passes of s, with the images that it leaves to s.
func redeemedOf(s store.Design) store.Design {
	out := *s.Redeemed
	out.Images = maps.Clone(s.Images)
	if out.Images == nil {
		out.Images = make(map[string]store.ID)
	}
	maps.Copy(out.Images, s.Redeemed.Images)
	out.Redeemed = nil
	return out
}

// newDesign has no files yet.
func newDesign(doc *pkpass.Document, s store.Design) *design {
	known := declared(s.Fields)
	if !s.Loose {
		placeholder.ApplyDefaults(doc, known)
	}
	d := &design{document: doc, files: make(pkpass.Bundle), size: int64(4 * len(s.Document)),
		plan:     placeholder.Compile(placeholder.Design{Document: doc, Strings: s.Strings, Fields: known, Loose: s.Loose}),
		declared: s.Fields, fields: make(map[string]store.Field, len(s.Fields)),
		loose: s.Loose, zone: time.FixedZone("", s.Offset*60), groups: s.Groups}
	for _, f := range s.Fields {
		d.fields[f.Key] = f
		d.hasFixed = d.hasFixed || f.Fixed
		d.hidden = d.hidden || f.HideEmpty
	}
	d.learnKeys()
	return d
}

// hide takes fields out of a filled document that do not show when they are empty.
func (d *design) hide(doc *pkpass.Document) {
	if !d.hidden {
		return
	}
	for _, style := range doc.Styles() {
		for _, group := range style.Groups() {
			*group = slices.DeleteFunc(*group, func(f pkpass.Field) bool {
				return d.fields[f.Key].HideEmpty && f.Value.IsText() && f.Value.String() == ""
			})
		}
	}
}

// learnKeys notes what is to be known of the values of fields.
func (d *design) learnKeys() {
	d.numeric, d.plain = make(map[string]bool), make(map[string]bool)
	for key, f := range d.fields {
		switch typeOf(f) {
		case placeholder.TypeText, placeholder.TypeNumber, placeholder.TypeInteger, placeholder.TypeBoolean:
			d.plain[key] = !f.Fixed
		}
	}
	for _, style := range d.document.Styles() {
		for _, group := range style.Groups() {
			for _, f := range *group {
				_, d.numeric[f.Key] = f.Value.Number()
				_, isDeclared := d.fields[f.Key]
				d.plain[f.Key] = (d.plain[f.Key] || !isDeclared) &&
					f.DateStyle == "" && f.TimeStyle == "" && f.NumberStyle == "" && f.CurrencyCode == ""
			}
		}
	}
}

func parseDocument(path string, raw json.RawMessage) (*pkpass.Document, error) {
	doc, err := pkpass.ParseDocument(raw)
	if err != nil {
		return nil, invalid(path, "document_malformed", "%v", err)
	}
	return doc, nil
}

// addImage adds every scale of an asset; name is a kind, or a language folder and a kind.
func addImage(r store.Reader, org store.ID, files pkpass.Bundle, name string, id store.ID) error {
	a, err := r.Asset(org, id)
	if err != nil {
		return missing(err, pointer("images", name), "asset")
	}
	folder, kind, err := splitImage(name)
	if err != nil {
		return err
	}
	if a.Kind != kind {
		return invalid(pointer("images", name), "image_kind", "the asset was prepared as %s; upload the picture again with the kind %s", a.Kind, kind)
	}
	for scale := 1; scale <= pkpass.MaxScale; scale++ { // none of another picture may stay
		delete(files, folder+pkpass.ImageName(pkpass.ImageKind(kind), scale))
	}
	for _, v := range a.Variants {
		data, err := r.Blob(v.Blob)
		if err != nil {
			return fmt.Errorf("image %s: %w", name, err)
		}
		files[folder+pkpass.ImageName(pkpass.ImageKind(kind), v.Scale)] = pkpass.NewFile(data)
	}
	return nil
}

// splitImage takes a name like "fr.lproj/strip" apart; the folder keeps its slash.
func splitImage(name string) (folder, kind string, err error) {
	at := strings.LastIndexByte(name, '/')
	if at < 0 {
		return "", name, nil
	}
	folder, kind = name[:at+1], name[at+1:]
	lang, ok := strings.CutSuffix(folder, ".lproj/")
	if !ok || pkpass.CheckLanguage(lang) != nil {
		return "", "", invalid(pointer("images", name), "image_folder", "%q is no language folder; write the kind alone or as fr.lproj/%s", folder, kind)
	}
	return folder, kind, nil
}

func addStrings(files pkpass.Bundle, lang string, entries map[string]string) error {
	if err := pkpass.CheckLanguage(lang); err != nil {
		return invalid(pointer("strings", lang), "language_unknown", "%v", err)
	}
	files[stringsFile(lang)] = pkpass.NewFile(pkpass.EncodeStrings(entries))
	return nil
}

func stringsFile(lang string) string { return pkpass.LanguageFolder(lang) + "/" + pkpass.StringsFile }

// own are the keys of pass.json that the server writes.
var own = []string{"formatVersion", "passTypeIdentifier", "teamIdentifier", "serialNumber", "webServiceURL", "authenticationToken", "voided"}

// Of images, each in three scales, and of languages no real design has half as many.
const (
	maxImages    = 128
	maxLanguages = 128
)

// checkDesign refuses a design that cannot work and returns its style with what
// the checks say of a sample pass made from it.
func (i *Issuer) checkDesign(r store.Reader, c store.Campaign, s store.Design) (string, []pkpass.Finding, error) {
	if err := refuseOwn("/design/document", s.Document); err != nil {
		return "", nil, err
	}
	switch { // before any of them is read: other writers wait meanwhile
	case len(s.Images) > maxImages:
		return "", nil, invalid("/design/images", "too_many_images", "a design has up to %d images; leave some out", maxImages)
	case len(s.Strings) > maxLanguages:
		return "", nil, invalid("/design/strings", "too_many_languages", "a design has up to %d languages; leave some out", maxLanguages)
	}
	d, err := compile(r, c.Org, s)
	if err != nil {
		return "", nil, within("/design", err)
	}
	style, _ := d.document.Style()
	if style == "" {
		return "", nil, invalid("/design/document", "style_missing",
			"the document has no style; add one of boardingPass, coupon, eventTicket, generic, storeCard with its field groups")
	}
	if err := checkFields(d.document, s.Fields); err != nil {
		return "", nil, within("/design", err)
	}
	if err := checkGroups(d.document, s.Groups); err != nil {
		return "", nil, within("/design", err)
	}
	found, err := i.judgeSample(r, c, d)
	if err != nil || s.Redeemed == nil {
		return style, found, err
	}
	_, more, err := i.checkDesign(r, c, redeemedOf(s))
	return style, append(found, more...), within("/redeemed", err)
}

// judgeSample is what the checks say of a pass of the design that has everything.
func (i *Issuer) judgeSample(r store.Reader, c store.Campaign, d *design) ([]pkpass.Finding, error) {
	p := store.Pass{Org: c.Org, Campaign: c.ID, PassTypeIdentifier: c.PassTypeIdentifier, SerialNumber: sampleSerial, Values: sampleValues(d.declared)}
	doc := d.document.Clone()
	filled := d.plan.Fill(doc, i.scope(d, subject{pass: p, campaign: c, sample: true}, false))
	d.hide(doc)
	d.settle(doc)
	i.fill(doc, identity{passType: c.PassTypeIdentifier, team: sampleTeam, serial: sampleSerial, token: sampleToken})
	return i.verdict(r, d, p, rendered{doc, filled.Strings, filled.Findings})
}

// verdict is what the checks say of a pass and of what it shows.
func (i *Issuer) verdict(r store.Reader, d *design, p store.Pass, x rendered) ([]pkpass.Finding, error) {
	var files pkpass.Bundle
	if len(p.Images) > 0 || len(x.strings) > 0 {
		var err error
		if files, err = filesOf(r, d, p, x.strings); err != nil {
			return nil, err
		}
	}
	found := append(x.found, i.findings(r, d, x.doc, files)...)
	pkpass.SortFindings(found)
	return found, nil
}

// within puts the member that a refused value stands in before its path.
func within(member string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	out := *e
	out.Fields = slices.Clone(e.Fields)
	for n := range out.Fields {
		out.Fields[n].Path = member + out.Fields[n].Path
	}
	return &out
}

// What a sample pass has in places that only a real one can fill.
const (
	sampleTeam  = "SAMPLETEAM"
	sampleToken = "sample-token-of-a-sample-pass"

	sampleSerial = "00000000-0000-4000-8000-000000000000" // like those that are made here
)

// refuseOwn refuses a document that sets what the server writes.
func refuseOwn(path string, raw json.RawMessage) error {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil {
		return invalid(path, "document_malformed", "the document must be a JSON object like pass.json: %v", err)
	}
	for _, k := range own {
		if _, ok := keys[k]; ok {
			return invalid(path+"/"+k, "key_reserved", "%s is written by the server; leave it out", k)
		}
	}
	if doc, err := pkpass.ParseDocument(raw); err == nil {
		return refuseMessageKey(path, doc)
	}
	return nil
}

// findings judges a filled document of a design. files are those of a pass that
// has pictures of its own; without any, what the design's files said is said again.
func (i *Issuer) findings(r store.Reader, d *design, doc *pkpass.Document, files pkpass.Bundle) []pkpass.Finding {
	o, found := d.options, d.found
	if len(files) > 0 {
		o, found = judgeFiles(doc, files)
	}
	o.Now, o.LocalService = i.cfg.Now(), i.cfg.Local
	if id, err := i.identity(r, doc.PassTypeIdentifier); err == nil {
		o.NFCCertificate = &id.NFC
	}
	found = slices.Concat(found, pkpass.Validate(doc, nil, o))
	pkpass.SortFindings(found)
	return found
}

// judgeFiles checks what does not depend on the values of one pass.
func judgeFiles(doc *pkpass.Document, files pkpass.Bundle) (o pkpass.Options, found []pkpass.Finding) {
	files = maps.Clone(files)
	files[documentFile] = pkpass.File{} // will be there
	found = slices.Concat(o.ReadBundle(files), files.Check(), files.CheckImages(faces(doc)...))
	return o, found
}

const documentFile = "pass.json"

// faces are the ways in which Wallet may draw a document.
func faces(doc *pkpass.Document) []pkpass.Face {
	var out []pkpass.Face
	for name := range doc.Styles() {
		out = append(out, pkpass.Face(name))
	}
	for _, scheme := range doc.PreferredStyleSchemes {
		out = append(out, pkpass.Face(scheme))
	}
	return out
}
