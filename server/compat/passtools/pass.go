package passtools

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"pocketpass/server/compat/moved"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

// shown is a pass as clients see it.
type shown struct {
	merged
	pass      store.Pass
	own       own
	model     *model // nil of a pass that is a file
	template  clientID
	tags      []tagView
	installed bool
}

// pass finds the pass that a path names, by its id or by an external id, which a template
// in the path narrows.
func (s *Service) pass(c *call, r store.Reader) (p store.Pass, err error) {
	what := c.args["passId"]
	if what != "" {
		p, err = numbered(c.actor.Org, what, r.PassByFormer, r.Pass)
	} else {
		what = c.args["externalId"]
		p, err = alike(what, func(name string) (store.Pass, error) { return r.PassByExternalID(c.actor.Org, name) })
	}
	if err == nil && !p.Deleted.IsZero() {
		err = store.ErrNotFound
	}
	if err != nil {
		return p, orMissing(err, "pass", what)
	}
	return p, s.ofTemplate(c, r, p)
}

// ofTemplate refuses a pass that is not of the template that the path names besides it.
func (s *Service) ofTemplate(c *call, r store.Reader, p store.Pass) error {
	_, byID := c.args["templateId"]
	_, byName := c.args["templateExternalId"]
	if !byID && !byName {
		return nil
	}
	m, err := s.template(c, r, "templateId", "templateExternalId")
	if err == nil && m.id != p.Template {
		err = missing("pass", c.args["externalId"])
	}
	return err
}

// modelFor is what a pass was made from, also if that is gone; nil of one that is a file.
func (s *Service) modelFor(r store.Reader, p store.Pass) (*model, error) {
	if p.IsFile() {
		return nil, nil
	}
	t, err := r.Template(p.Org, p.Template)
	if err != nil {
		return nil, err
	}
	campaign, err := r.Campaign(p.Org, p.Campaign)
	if err != nil {
		return nil, err
	}
	return s.models.get(r, t, campaign)
}

// show reads all that is shown of a pass.
func (s *Service) show(c *call, r store.Reader, p store.Pass) (v shown, err error) {
	v.pass = p
	if v.model, err = s.modelFor(r, p); err != nil {
		return v, err
	}
	if v.template, err = templateNumber(r, p); err != nil {
		return v, err
	}
	if v.own, err = readOwn(p); err != nil {
		return v, err
	}
	if v.model != nil {
		v.merged = merge(v.model, v.own, p.Values)
	}
	if c.rev > 0 {
		if v.tags, err = c.tags(r, p); err != nil {
			return v, err
		}
	}
	v.installed, err = installed(r, p)
	return v, err
}

// installed says whether a device has a pass now.
func installed(r store.Reader, p store.Pass) (bool, error) {
	if p.Devices.FirstAdded.IsZero() || p.Devices.FirstRemoved.IsZero() {
		return !p.Devices.FirstAdded.IsZero(), nil
	}
	all, err := r.RegistrationsOfPass(p.ID)
	return len(all) > 0, err
}

// createPass handles POST /pass/{templateId} and its kin.
func (s *Service) createPass(c *call) error {
	o, err := c.object()
	if err != nil {
		return err
	}
	d, err := readPassDocument(o)
	if err != nil {
		return err
	}
	var m *model
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		if m, err = s.template(c, r, "templateId", "templateExternalId"); err != nil {
			return err
		}
		return s.freePassName(c, r, &d)
	})
	if err != nil {
		return err
	}
	v, err := s.issue(c, m, d)
	if err != nil {
		return err
	}
	return s.answerPass(c, v, c.rev == 0)
}

// freePassName refuses the external id of a document that another pass has. That of the
// path counts.
func (s *Service) freePassName(c *call, r store.Reader, d *passDocument) error {
	given, ok := c.args["externalId"]
	if ok {
		d.external = given
	}
	if !ok && d.external == "" {
		return nil
	}
	return checkExternalID(d.external, func(name string) error {
		_, err := alike(name, func(name string) (store.Pass, error) { return r.PassByExternalID(c.actor.Org, name) })
		return err
	})
}

// issue makes a pass of a document.
func (s *Service) issue(c *call, m *model, d passDocument) (store.Pass, error) {
	d.moved = moved.Of(c.Context()).ID != ""
	o, values, err := d.lay(m, own{Inherited: m.Places}, nil)
	if err != nil {
		return store.Pass{}, err
	}
	all := merge(m, o, values)
	if err := required(all); err != nil {
		return store.Pass{}, err
	}
	pics, err := s.pictures(c, m.Style, all.headers, func(key string) bool { return o.Entries[key].Value != nil })
	if err != nil {
		return store.Pass{}, err
	}
	order := issuer.Order{Campaign: m.campaign, Template: m.id, ExternalID: d.external, Sealable: true, Origin: origin, Pictures: pics.uploads,
		Stand:   issuer.Standing{Voided: o.voided()},
		Content: issuer.Content{Values: values, Images: pics.assets, Tags: d.tags}}
	if order.Document, err = m.patched(nil, nil, o.document(m, all)); err != nil {
		return store.Pass{}, err
	}
	if order.Places, err = placing(m, store.Pass{Origin: origin}, own{}, o); err != nil {
		return store.Pass{}, err
	}
	text, err := o.written()
	if err != nil {
		return store.Pass{}, err
	}
	order.Meta = map[string]string{metaKey: text}
	if _, err := c.former(); err != nil {
		return store.Pass{}, err
	}
	moved.Of(c.Context()).Complete(&order, origin)
	return s.Issuer.Issue(c.Context(), c.actor, order)
}

// getPass handles GET /pass/{passId}.
func (s *Service) getPass(c *call) error {
	var v shown
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		p, err := s.pass(c, r)
		if err != nil {
			return err
		}
		v, err = s.show(c, r, p)
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(s.view(c.rev, v))
}

// answerPass answers with a pass that was made. The first revision has its number besides.
func (s *Service) answerPass(c *call, p store.Pass, numbered bool) error {
	var v shown
	err := s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		v, err = s.show(c, r, p)
		return err
	})
	if err != nil {
		return err
	}
	out := s.view(c.rev, v)
	if numbered {
		out.PassID = passNumber(p)
	}
	return c.answer(out)
}

// findPass is the pass that a path names.
func (s *Service) findPass(c *call) (p store.Pass, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		p, err = s.pass(c, r)
		return err
	})
	return p, err
}

// deletePass handles DELETE /pass/{passId}.
func (s *Service) deletePass(c *call) error {
	p, err := s.findPass(c)
	if err != nil {
		return err
	}
	if err := s.Issuer.Delete(c.Context(), c.actor, p.ID, nil); err != nil {
		return err
	}
	return c.answer(struct {
		ID     clientID `json:"passId"`
		Status string   `json:"Status"` // Ruby clients compare it to the letter
		Again  string   `json:"status"`
	}{passNumber(p), "Deleted", "deleted"})
}

// updatePass handles PUT /pass/{passId}. In the first revision phones are not told of it,
// later ones answer with a ticket.
func (s *Service) updatePass(c *call) error {
	o, err := c.object()
	if err != nil {
		return err
	}
	d, err := readPassDocument(o)
	if err != nil {
		return err
	}
	var p store.Pass
	var ticket store.Job
	err = issuer.Again(c.Context(), func() (err error) {
		p, ticket, err = s.change(c, d)
		return err
	})
	if err != nil {
		return err
	}
	if c.rev > 0 {
		return c.answer(ticketID{ticket.ID})
	}
	return c.answer(struct {
		ID     string   `json:"id"`
		PassID clientID `json:"passId"`
		URL    string   `json:"url"`
	}{string(passNumber(p)), passNumber(p), s.passURL(p)})
}

// ticketID answers what is asked after later.
type ticketID struct {
	ID store.ID `json:"ticketId"`
}

// content is what a pass is made from: its template, and what it has of its own.
func (s *Service) content(r store.Reader, p store.Pass) (m *model, had own, err error) {
	if m, err = s.modelFor(r, p); err == nil && m == nil {
		err = errIsFile
	}
	if err == nil {
		had, err = readOwn(p)
	}
	return m, had, err
}

// change lays a document over the pass that the path names, as it is now.
func (s *Service) change(c *call, d passDocument) (p store.Pass, ticket store.Job, err error) {
	var m *model
	var had own
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		if p, err = s.pass(c, r); err != nil {
			return err
		}
		template, err := templateNumber(r, p)
		if err != nil {
			return err
		}
		if d.templates != nil && !slices.Contains(d.templates, string(template)) {
			return missing("pass", cmp.Or(c.args["externalId"], c.args["passId"]))
		}
		m, had, err = s.content(r, p)
		return err
	})
	if err != nil {
		return p, ticket, err
	}
	ch, err := s.changeOf(c, m, p, had, d)
	if err != nil {
		return p, ticket, err
	}
	return s.save(c, p, ch, c.rev == 0)
}

var errIsFile = refuse("pass", "its file was handed over as it is, and is not changed here")

// save changes a pass, quietly or with a ticket.
func (s *Service) save(c *call, p store.Pass, ch issuer.Change, quiet bool) (_ store.Pass, ticket store.Job, err error) {
	ch.IfMatch, ch.Quiet = &p.Edited, quiet
	if !quiet {
		return s.Issuer.UpdateNoted(c.Context(), c.actor, p.ID, ch)
	}
	p, err = s.Issuer.Update(c.Context(), c.actor, p.ID, ch)
	return p, ticket, err
}

// changeOf is what a document changes of a pass.
func (s *Service) changeOf(c *call, m *model, p store.Pass, had own, d passDocument) (ch issuer.Change, err error) {
	o, values, err := d.lay(m, had, p.Values)
	if err != nil {
		return ch, err
	}
	pics, err := s.pictures(c, m.Style, merge(m, o, nil).headers, func(key string) bool {
		v := o.Entries[key].Value
		return v != nil && string(v) != string(had.Entries[key].Value)
	})
	if err != nil {
		return ch, err
	}
	ch, err = changed(m, p, had, o, values)
	ch.Pictures = pics.uploads
	for kind, id := range pics.assets {
		ch.Images = withImage(ch.Images, p.Images, kind, id)
	}
	if len(d.tags) > 0 {
		tags := append(append([]string{}, p.Tags...), d.tags...)
		ch.Tags = &tags
	}
	return ch, err
}

// changed is what a pass becomes that has o instead of had, and other values.
func changed(m *model, p store.Pass, had, o own, values map[string]json.RawMessage) (ch issuer.Change, err error) {
	after := merge(m, o, over(p.Values, values))
	if err := required(after); err != nil {
		return ch, err
	}
	doc, err := m.patched(p.Patch, had.document(m, merge(m, had, p.Values)), o.document(m, after))
	if err != nil {
		return ch, err
	}
	if ch.Values = values; doc != nil {
		ch.Document = &doc
	}
	if ch.Places, err = placing(m, p, had, o); err != nil {
		return ch, err
	}
	text, err := o.written()
	ch.Meta = map[string]*string{metaKey: &text}
	if void := o.voided(); void != nil && (had.voided() == nil || *had.voided() != *void) {
		ch.Voided, ch.Refilled = void, true
	}
	return ch, err
}

// over lays some values over others.
func over(had, given map[string]json.RawMessage) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(had)+len(given))
	maps.Copy(out, had)
	maps.Copy(out, given)
	return out
}

// images keeps pictures that passes are given and returns where they are.
func (s *Service) images(c *call, pics pictures) (map[string]store.ID, error) {
	out := maps.Clone(pics.assets)
	for kind, u := range pics.uploads {
		a, err := s.Issuer.AddAsset(c.Context(), c.actor, u)
		if err != nil {
			return nil, err
		}
		out[kind] = a.ID
	}
	return out, nil
}
