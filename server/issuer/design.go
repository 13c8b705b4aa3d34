package issuer

import (
	"encoding/json"
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
	moves    bool    // a redemption may change what is shown
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
		d.moves, d.redeemed.moves = true, true
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
	d.moves = d.plan.NamesAny(ofAccount)
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
