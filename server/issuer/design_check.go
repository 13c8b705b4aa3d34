package issuer

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// own are the keys of pass.json that the server writes.
var own = []string{"formatVersion", "passTypeIdentifier", "teamIdentifier", "serialNumber", "webServiceURL", "authenticationToken", "voided"}

// Of images, each in three scales, and of languages no real design has half as many.
const (
	maxImages    = 128
	maxLanguages = 128
)

// checkDesign refuses a design that cannot work and returns its style with what
// the checks say of a sample pass made from it. Pictures that are not stored yet stand
// over its images.
func (i *Issuer) checkDesign(r store.Reader, c store.Campaign, s store.Design, pictures map[string]prepared) (style string, found []pkpass.Finding, err error) {
	own, redeemed := splitPictures(pictures)
	if style, found, err = i.checkLook(r, c, s, own); err != nil || s.Redeemed == nil {
		return style, found, within("/design", err)
	}
	maps.Copy(own, redeemed)
	_, more, err := i.checkLook(r, c, redeemedOf(s), own)
	return style, append(found, more...), within("/design/redeemed", err)
}

// checkLook is checkDesign of what passes look like that were not redeemed.
func (i *Issuer) checkLook(r store.Reader, c store.Campaign, s store.Design, pictures map[string]prepared) (style string, found []pkpass.Finding, err error) {
	if err := errors.Join(refuseOwn("/document", s.Document), checkSize(s)); err != nil {
		return "", nil, err
	}
	s.Redeemed = nil
	d, err := compile(r, c.Org, s)
	if err != nil {
		return "", nil, err
	}
	if style, _ = d.document.Style(); style == "" {
		return "", nil, invalid("/document", "style_missing",
			"the document has no style; add one of boardingPass, coupon, eventTicket, generic, storeCard with its field groups")
	}
	if err := errors.Join(checkFields(d.document, s.Fields), checkGroups(d.document, s.Groups)); err != nil {
		return "", nil, err
	}
	if len(pictures) > 0 {
		for name, p := range pictures {
			addSet(d.files, name, p.set)
		}
		d.options, d.found = judgeFiles(d.document, d.files)
	}
	found, err = i.judgeSample(r, c, d)
	return style, found, err
}

// checkSize refuses a design with too many parts, before any of them is read: other
// writers wait meanwhile.
func checkSize(s store.Design) error {
	switch {
	case len(s.Images) > maxImages:
		return invalid("/images", "too_many_images", "a design has up to %d images; leave some out", maxImages)
	case len(s.Strings) > maxLanguages:
		return invalid("/strings", "too_many_languages", "a design has up to %d languages; leave some out", maxLanguages)
	}
	return nil
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
	found = slices.Concat(o.ReadBundle(files), files.Check(), files.CheckImages(doc.Faces()...))
	return o, found
}

const documentFile = "pass.json"
