package passtools

import (
	"encoding/json"

	"pocketpass/server/compat/moved"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

// templateID answers what became of a template.
type templateID struct {
	ID clientID `json:"templateId"`
}

// createTemplate handles POST /template, in a project or not, with an external id or not.
func (s *Service) createTemplate(c *call) error {
	o, err := c.object()
	if err != nil {
		return err
	}
	p, err := s.projectFor(c, o)
	if err != nil {
		return err
	}
	external, named := c.args["externalId"]
	if named {
		if err := s.freeTemplateName(c, external); err != nil {
			return err
		}
	}
	var kind string
	if p != nil {
		kind = p.ProjectType
	}
	src, err := readSource(o, kind)
	if err != nil {
		return err
	}
	t, err := s.launch(c, src, p, external, nil)
	if err != nil {
		return err
	}
	return c.answer(templateID{numberOf(t.ID, t.Former)})
}

// freeTemplateName refuses an external id that another template has.
func (s *Service) freeTemplateName(c *call, external string) error {
	return s.Issuer.View(c.Context(), func(r store.Reader) error {
		return checkExternalID(external, func(name string) error {
			_, err := alike(name, func(name string) (store.Template, error) { return r.TemplateByExternalID(c.actor.Org, name) })
			return err
		})
	})
}

// launch makes a template of a document, in a project if there is one. had are pictures
// that stay when those that the document names cannot be had.
func (s *Service) launch(c *call, src source, p *project, external string, had map[string]store.ID) (t store.Template, err error) {
	l := issuer.Launch{Campaign: issuer.NewCampaign{Name: title(src.Name), PassTypeIdentifier: moved.Of(c.Context()).PassTypeIdentifier}}
	var set settings
	if p != nil {
		l.Into, set = p.id, p.settings
	}
	l.Template = issuer.NewTemplate{Name: title(src.Name), Origin: origin, ExternalID: external, Disabled: src.Disabled}
	if l.Template.Design, l.Pictures, err = s.drawn(c, src, set, had, false); err != nil {
		return t, err
	}
	if l.Template.Source, err = json.Marshal(src); err != nil {
		return t, err
	}
	if l.Template.Former, err = c.former(); err != nil {
		return t, err
	}
	_, t, err = s.Issuer.Launch(c.Context(), c.actor, l)
	return t, err
}

// drawn is the design of a document, with the pictures that it has. Those that are kept
// are fetched again if they should be fresh.
func (s *Service) drawn(c *call, src source, set settings, had map[string]store.ID, fresh bool) (d store.Design, uploads map[string]issuer.Upload, err error) {
	organisation, err := s.Issuer.OrganisationName(c.Context(), c.actor)
	if err != nil {
		return d, nil, err
	}
	if d, err = src.design(organisation, set); err != nil {
		return d, nil, err
	}
	p, err := s.pictures(c, src.Style, src.Headers, func(key string) bool { return fresh || had[string(headers[key].kind)] == 0 })
	if err != nil {
		return d, nil, err
	}
	uploads, d.Images = p.ready(src.Style, src.Headers, had)
	return d, uploads, nil
}

// replaceTemplate handles PUT /template/{templateId}.
func (s *Service) replaceTemplate(c *call) error {
	o, err := c.object()
	if err != nil {
		return err
	}
	m, err := s.rewrite(c, true, func(m *model) (source, error) { return m.source.replaced(o) })
	if err != nil {
		return err
	}
	return c.answer(templateID{m.number})
}

// rewrite puts another document in the place of that of the template that the path names,
// unless somebody else does so at the same time: then it is made once more.
func (s *Service) rewrite(c *call, fresh bool, change func(*model) (source, error)) (m *model, err error) {
	err = issuer.Again(c.Context(), func() error {
		var had map[string]store.ID
		err := s.Issuer.View(c.Context(), func(r store.Reader) error {
			if m, err = s.template(c, r, "templateId", "externalId"); err != nil {
				return err
			}
			if m.foreign {
				return errForeign
			}
			d, err := r.Draft(m.id)
			had = d.Images
			return err
		})
		if err != nil {
			return err
		}
		src, err := change(m)
		if err != nil {
			return err
		}
		return s.redesign(c, m, src, had, fresh)
	})
	return m, err
}

// errForeign refuses what would write a template anew of which only a part can be told here.
var errForeign = refuse("template", "no client of this service made it: change it where it was made")

// redesign changes a template as it was read. Phones are not told of it.
func (s *Service) redesign(c *call, m *model, src source, had map[string]store.ID, fresh bool) error {
	name, state := title(src.Name), store.Active
	if src.Disabled {
		state = store.Paused
	}
	design, pictures, err := s.drawn(c, src, m.settings(), had, fresh)
	if err != nil {
		return err
	}
	ch := issuer.TemplateChange{Name: &name, State: &state, Design: &design, Pictures: pictures, Publish: true, Quiet: true, IfMatch: &m.edited}
	if ch.Source, err = json.Marshal(src); err != nil {
		return err
	}
	_, err = s.Issuer.ChangeTemplate(c.Context(), c.actor, m.id, ch)
	return err
}

// deleteTemplate handles DELETE /template/{templateId}. Its passes stay good.
func (s *Service) deleteTemplate(c *call) error {
	m, err := s.findTemplate(c)
	if err != nil {
		return err
	}
	if err := s.Issuer.DeleteTemplate(c.Context(), c.actor, m.id); err != nil {
		return err
	}
	return c.answer(struct {
		ID     clientID `json:"templateId"`
		Text   string   `json:"TemplateID"`
		Status string   `json:"Status"`
		Again  string   `json:"status"`
	}{m.number, string(m.number), "Deleted", "Deleted"})
}

// findTemplate is the template that a path names.
func (s *Service) findTemplate(c *call) (m *model, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		m, err = s.template(c, r, "templateId", "externalId")
		return err
	})
	return m, err
}

// duplicateTemplate handles POST /template/duplicate/{templateId}. The copy has everything
// but the external id.
func (s *Service) duplicateTemplate(c *call) error {
	m, err := s.findTemplate(c)
	if err != nil {
		return err
	}
	t, err := s.copied(c, m, m.source, m.project)
	if err != nil {
		return err
	}
	return c.answer(templateID{numberOf(t.ID, t.Former)})
}

// copied makes a template like another, with its pictures.
func (s *Service) copied(c *call, m *model, src source, p *project) (store.Template, error) {
	had, err := s.kept(c, m)
	if err != nil {
		return store.Template{}, err
	}
	return s.launch(c, src, p, "", had)
}

// kept are the pictures of a template.
func (s *Service) kept(c *call, m *model) (had map[string]store.ID, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		d, err := r.Draft(m.id)
		had = d.Images
		return err
	})
	return had, err
}

// getTemplate handles GET /template/{templateId}. The last Python client sends the beacons
// that it reads here back when it replaces a template: without them they would be gone.
func (s *Service) getTemplate(c *call) error {
	m, err := s.findTemplate(c)
	if err != nil {
		return err
	}
	return c.answer(struct {
		Header  any      `json:"templateHeader"`
		Model   any      `json:"fieldsModel"`
		Beacons []beacon `json:"beacons,omitempty"`
	}{m.header(c.rev), m.fieldsModel(c.rev), m.Beacons})
}

// templateHeader is how a template is listed. Members that have no value are left out,
// for Java clients fail over null.
type templateHeader struct {
	ID          string `json:"id"` // a text, which Java clients ask for
	Name        string `json:"name"`
	Description string `json:"description"`
	Type        string `json:"type"`
	Deleted     string `json:"deleted"`
	Disabled    string `json:"disabled"`
	CreatedAt   string `json:"createdAt"`
	UpdatedAt   string `json:"updatedAt"`

	Vendor      string          `json:"vendor,omitempty"` // from here on of the last revision
	VendorID    int             `json:"vendorId,omitempty"`
	ProjectID   clientID        `json:"projectId,omitempty"`
	ProjectType string          `json:"projectType,omitempty"`
	ExternalID  string          `json:"externalId,omitempty"`
	Duration    json.RawMessage `json:"expiryDuration,omitempty"`
}

func (m *model) header(r revision) templateHeader {
	h := templateHeader{ID: string(m.number), Name: m.Name, Description: m.Description, Type: styleNames[m.Style],
		Deleted: flagText(false), Disabled: flagText(m.Disabled), CreatedAt: r.date(m.created), UpdatedAt: r.date(m.updated)}
	if r < 2 {
		return h
	}
	h.Vendor, h.VendorID, h.ProjectType, h.ExternalID = "Apple", 1, m.ProjectType, m.externalID
	if m.project != nil {
		h.ProjectID = m.project.number
	}
	var expiry struct {
		Duration json.RawMessage `json:"expiryDuration"`
	}
	if json.Unmarshal(m.Expiry, &expiry) == nil && jsonNumber.Match(expiry.Duration) {
		h.Duration = expiry.Duration
	}
	return h
}

// entries are fields and headers by key, as a revision shows them.
type entries map[string]any

// fieldsModel is one map before the last revision, and two since.
func (m *model) fieldsModel(r revision) any {
	if r < 2 {
		all := make(entries)
		for _, part := range []map[string]entry{m.Headers, m.Fields} {
			for key, e := range part {
				all[key] = r.attributes(key, e)
			}
		}
		return all
	}
	return struct {
		Headers entries `json:"headers"`
		Fields  entries `json:"fields"`
	}{m.headerEntries(), m.fieldEntries()}
}

func (m *model) headerEntries() entries { return shownEntries(m.Headers) }
func (m *model) fieldEntries() entries  { return shownEntries(m.Fields) }

func shownEntries(all map[string]entry) entries {
	out := make(entries, len(all))
	for key, e := range all {
		out[key] = inTemplate(key, e)
	}
	return out
}

// getDocument handles GET /templates/{templateId}: the document that would make the template.
func (s *Service) getDocument(c *call) error {
	m, err := s.findTemplate(c)
	if err != nil {
		return err
	}
	return c.answer(struct {
		templateHeader
		ID        clientID        `json:"id"`
		Disabled  bool            `json:"disabled"`
		Deleted   bool            `json:"deleted"`
		Headers   any             `json:"headers"`
		Fields    any             `json:"fields"`
		Locations []place         `json:"locations"`
		Beacons   []beacon        `json:"beacons"`
		Expiry    json.RawMessage `json:"expiryInfo,omitempty"`
	}{m.header(2), m.number, m.Disabled, false, m.headerEntries(), m.fieldEntries(), append([]place{}, m.Places...), append([]beacon{}, m.Beacons...), m.Expiry})
}
