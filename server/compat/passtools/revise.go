package passtools

import (
	"encoding/json"
	"maps"
	"slices"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// revising is a change of many passes: the document as it came, and the pictures that it names.
type revising struct {
	Document json.RawMessage     `json:"document"`
	Images   map[string]store.ID `json:"images,omitempty"`
}

// reviseTagged handles PUT /tag/{tag}/passes.
func (s *Service) reviseTagged(c *call) error {
	t, err := s.findTag(c)
	if err != nil {
		return err
	}
	return s.revise(c, store.PassFilter{Org: c.actor.Org, Tag: t.Name})
}

// reviseTemplate handles PUT /template/{templateId}/passes.
func (s *Service) reviseTemplate(c *call) error {
	m, err := s.findTemplate(c)
	if err != nil {
		return err
	}
	return s.revise(c, store.PassFilter{Org: c.actor.Org, Template: m.id})
}

// revise has a job change all passes that match now.
func (s *Service) revise(c *call, f store.PassFilter) error {
	raw, err := c.document()
	if err != nil {
		return err
	}
	o, err := objectOf(raw, "the JSON")
	if err != nil {
		return err
	}
	d, err := readPassDocument(o)
	if err != nil {
		return err
	}
	style, err := s.checkRevision(c, f, d)
	if err != nil {
		return err
	}
	spec := revising{Document: raw}
	if err := s.keepPictures(c, style, d, &spec); err != nil {
		return err
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	j, err := s.Issuer.Revise(c.Context(), c.actor, origin, text, f)
	if err != nil {
		return err
	}
	return c.answer(ticketID{j.ID})
}

// mostChecked is how many passes are looked at before a change of many is accepted.
const mostChecked = 1000

// checkRevision refuses a document with keys that none of the passes has a field for, as
// far as they are looked at. style is that of one of them.
func (s *Service) checkRevision(c *call, f store.PassFilter, d passDocument) (style string, err error) {
	open := slices.Sorted(maps.Keys(d.entries))
	any := false
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		ids, err := r.PassIDsAt(f, 0, mostChecked, true)
		any = len(ids) > 0
		for _, id := range ids {
			if err != nil || len(open) == 0 && style != "" {
				return err
			}
			var v shown
			if v, err = s.showID(c, r, id); err == nil && v.model != nil {
				style = v.model.Style
				open = slices.DeleteFunc(open, func(key string) bool { return v.takes(key) })
			}
		}
		return err
	})
	if err != nil || !any || len(open) == 0 {
		return style, err
	}
	var unknown []fieldError
	for _, key := range open {
		unknown = append(unknown, fieldError{key, unknownField})
	}
	return style, unacceptable(unknown...)
}

func (s *Service) showID(c *call, r store.Reader, id store.ID) (shown, error) {
	p, err := r.AnyPass(id)
	if err != nil {
		return shown{}, err
	}
	return s.show(c, r, p)
}

// takes says whether a pass has something under a key, or may.
func (v shown) takes(key string) bool {
	_, known := headers[key]
	_, head := v.headers[key]
	_, field := v.fields[key]
	return known || head || field
}

// keepPictures keeps the pictures of a document before there is a job that needs them.
func (s *Service) keepPictures(c *call, style string, d passDocument, spec *revising) error {
	all := make(map[string]entry)
	for key, e := range d.entries {
		all[key] = entry{Value: e.Value}
	}
	pics, err := s.pictures(c, style, all, func(string) bool { return true })
	if err != nil || len(pics.uploads)+len(pics.assets) == 0 {
		return err
	}
	spec.Images, err = s.images(c, pics)
	return err
}

// revised is what a job changes of one of its passes. Keys that it has no field for are
// passed over.
func (s *Service) revised(r store.Reader, p store.Pass, raw json.RawMessage) (issuer.Change, error) {
	var spec revising
	var none issuer.Change
	if err := json.Unmarshal(raw, &spec); err != nil {
		return none, err
	}
	o, err := objectOf(spec.Document, "the JSON")
	if err != nil {
		return none, err
	}
	d, err := readPassDocument(o)
	if err != nil {
		return none, err
	}
	m, err := s.modelFor(r, p)
	if err != nil || m == nil {
		return none, err
	}
	had, err := readOwn(p)
	if err != nil {
		return none, err
	}
	ch, err := d.onto(m, p, had)
	if err != nil {
		return none, engineError(err)
	}
	for kind, id := range spec.Images {
		if shows(m.Style, pkpass.ImageKind(kind)) {
			ch.Images = withImage(ch.Images, p.Images, kind, id)
		}
	}
	return ch, nil
}

// onto is what a document changes of a pass, as far as the pass has fields for it.
func (d passDocument) onto(m *model, p store.Pass, had own) (issuer.Change, error) {
	v := shown{merged: merge(m, had, p.Values)}
	d.entries = maps.Clone(d.entries)
	maps.DeleteFunc(d.entries, func(key string, _ ownEntry) bool { return !v.takes(key) })
	o, values, err := d.lay(m, had, p.Values)
	if err != nil {
		return issuer.Change{}, err
	}
	ch, err := changed(m, p, had, o, values)
	if len(d.tags) > 0 {
		tags := append(slices.Clone(p.Tags), d.tags...)
		ch.Tags = &tags
	}
	return ch, err
}

func withImage(all, had map[string]store.ID, kind string, id store.ID) map[string]store.ID {
	if all == nil {
		all = make(map[string]store.ID)
		maps.Copy(all, had)
	}
	all[kind] = id
	return all
}

// engineError is a refusal as the engine keeps it with a job.
func engineError(err error) error {
	f := failureOf(err)
	msg := f.Details
	if len(f.Fields) > 0 {
		msg = f.Fields[0].Name + ": " + f.Fields[0].Message
	}
	return &issuer.Error{Kind: issuer.Invalid, Code: "passtools", Msg: msg}
}
