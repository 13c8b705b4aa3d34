package passtools

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// model is a template, understood. It never changes.
type model struct {
	source
	id         store.ID
	number     clientID
	campaign   store.ID
	edited     int // of the template
	changed    int // of the campaign
	externalID string
	created    time.Time
	updated    time.Time
	project    *project // nil if it is in none
	foreign    bool     // no client of this service made it: source lacks what there are no words for
}

// settings are those of its project.
func (m *model) settings() settings {
	if m.project == nil {
		return settings{}
	}
	return m.project.settings
}

// models keeps templates that were read until they change.
type models struct {
	mu  sync.Mutex
	all map[store.ID]*model
}

// mostModels bounds how many are kept.
const mostModels = 1000

// get is the model of a template, of any service.
func (k *models) get(r store.Reader, t store.Template, c store.Campaign) (*model, error) {
	k.mu.Lock()
	m := k.all[t.ID]
	k.mu.Unlock()
	if m != nil && m.edited == t.Edited && m.changed == c.Edited {
		return m, nil
	}
	m, err := newModel(r, t, c)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil || len(k.all) >= mostModels {
		k.all = make(map[store.ID]*model)
	}
	k.all[t.ID] = m
	return m, nil
}

func newModel(r store.Reader, t store.Template, c store.Campaign) (m *model, err error) {
	m = &model{id: t.ID, number: numberOf(t.ID, t.Former), campaign: c.ID, edited: t.Edited, changed: c.Edited, externalID: t.ExternalID, created: t.Created, updated: t.Updated}
	if m.project, err = projectOf(r, c); err != nil {
		return nil, err
	}
	if m.foreign = t.Origin != origin; m.foreign {
		m.source, err = foreign(r, t)
		return m, err
	}
	raw, err := r.Blob(t.Source)
	if err == nil {
		err = json.Unmarshal(raw, &m.source)
	}
	if err != nil {
		return nil, fmt.Errorf("template %s: %w", t.ID, err)
	}
	return m, nil
}

// foreign is a template of another service in words of this one: its fields, and those
// headers that a text says.
func foreign(r store.Reader, t store.Template) (source, error) {
	s := source{Name: t.Name, Description: t.Name, Style: t.Style, Headers: make(map[string]entry), Fields: make(map[string]entry), Disabled: t.Disabled}
	if t.Published == 0 {
		return s, nil
	}
	rev, err := r.TemplateRevision(t.ID, t.Published)
	if err != nil {
		return s, err
	}
	doc, err := pkpass.ParseDocument(rev.Design.Document)
	if err != nil {
		return s, err
	}
	s.Description = doc.Description
	for key, value := range map[string]string{"logo_text": doc.LogoText, "logo_color": doc.LabelColor, "foreground_color": doc.ForegroundColor,
		"background_color": doc.BackgroundColor, "relevantDate": doc.RelevantDate, expirationDate: doc.ExpirationDate} {
		if value != "" {
			s.Headers[key] = entry{Value: quoted(value), Place: headers[key].place}
		}
	}
	for _, f := range rev.Design.Fields {
		s.Fields[f.Key] = entry{Place: placeNowhere, Required: f.Required, HideEmpty: f.HideEmpty}
	}
	for _, style := range doc.Styles() {
		foreignFields(s, style)
	}
	return s, nil
}

func foreignFields(s source, style *pkpass.Style) {
	byGroup := map[string]string{"headerFields": placeHeader, "primaryFields": placePrimary, "secondaryFields": placeSecondary, "auxiliaryFields": placeAuxiliary, "backFields": placeBack}
	for group, fields := range style.Groups() {
		for n, f := range *fields {
			e := s.Fields[f.Key]
			e.Place, e.Order = placeNowhere, int64(n)
			if place := byGroup[group]; place != "" {
				e.Place = place
			}
			if raw, err := f.Value.MarshalJSON(); err == nil && !f.Value.IsZero() {
				e.Value = raw
			}
			if label := f.Label; label != "" {
				e.Label = &label
			}
			if change := f.ChangeMessage; change != "" {
				e.Change = &change
			}
			s.Fields[f.Key] = e
		}
	}
}

// template is that of an id or of an external id, as the path gives it under these names.
func (s *Service) template(c *call, r store.Reader, id, external string) (m *model, err error) {
	var t store.Template
	if text, ok := c.args[id]; ok {
		t, err = numbered(c.actor.Org, text, r.TemplateByFormer, r.Template)
		err = orMissing(err, "template", text)
	} else {
		t, err = s.templateNamed(r, c.actor.Org, c.args[external])
	}
	if err != nil {
		return nil, err
	}
	return s.modelOf(r, t)
}

// templateNamed finds a template by its external id.
func (s *Service) templateNamed(r store.Reader, org store.ID, external string) (t store.Template, err error) {
	t, err = alike(external, func(name string) (store.Template, error) { return r.TemplateByExternalID(org, name) })
	return t, orMissing(err, "template", external)
}

// modelOf hides templates that are gone or were never published.
func (s *Service) modelOf(r store.Reader, t store.Template) (*model, error) {
	if !t.Deleted.IsZero() || t.Published == 0 {
		return nil, missing("template", string(numberOf(t.ID, t.Former)))
	}
	campaign, err := r.Campaign(t.Org, t.Campaign)
	if err != nil {
		return nil, err
	}
	if campaign.Over() {
		return nil, missing("template", string(numberOf(t.ID, t.Former)))
	}
	return s.models.get(r, t, campaign)
}
