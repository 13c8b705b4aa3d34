package passtools

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"pocketpass/store"
)

// project is a campaign that holds templates for a client of this service.
type project struct {
	projectSource
	id         store.ID
	number     clientID
	edited     int
	externalID string
	created    time.Time
	updated    time.Time
	settings   settings
}

// projectSource is what clients say of a project, which is kept with it.
type projectSource struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	ProjectType string          `json:"projectType"`
	Settings    json.RawMessage `json:"settings,omitempty"`
	ContextID   string          `json:"contextId"`
}

// projectOf is the project that a campaign is, nil if it is none.
func projectOf(r store.Reader, c store.Campaign) (*project, error) {
	if c.Origin != origin {
		return nil, nil
	}
	raw, err := r.Blob(c.Source)
	if err != nil {
		return nil, fmt.Errorf("project %s: %w", c.ID, err)
	}
	p := &project{id: c.ID, number: numberOf(c.ID, c.Former), edited: c.Edited, externalID: c.ExternalID, created: c.Created, updated: c.Updated}
	if err = json.Unmarshal(raw, &p.projectSource); err == nil && len(p.Settings) > 0 {
		err = json.Unmarshal(p.Settings, &p.settings)
	}
	if err != nil {
		return nil, fmt.Errorf("project %s: %w", c.ID, err)
	}
	return p, nil
}

// projectView is a project as clients see it. Its id is a number, and nothing is null.
type projectView struct {
	ID          clientID         `json:"id"`
	Name        string           `json:"name"`
	Description string           `json:"description"`
	ProjectType string           `json:"projectType"`
	Settings    json.RawMessage  `json:"settings"`
	ExternalID  string           `json:"externalId,omitempty"`
	Templates   []templateHeader `json:"templates"`
	ContextID   string           `json:"contextId"`
	CreatedAt   string           `json:"createdAt"`
	UpdatedAt   string           `json:"updatedAt"`
}

// view shows a project with its templates.
func (s *Service) viewProject(r store.Reader, org store.ID, p *project) (v projectView, err error) {
	v = projectView{p.number, p.Name, p.Description, p.ProjectType, p.Settings, p.externalID, []templateHeader{}, p.ContextID, isoDate(p.created), isoDate(p.updated)}
	if len(v.Settings) == 0 {
		v.Settings = json.RawMessage("{}")
	}
	campaign, err := r.Campaign(org, p.id)
	if err != nil {
		return v, err
	}
	all, err := s.templatesOf(r, campaign)
	for _, m := range all {
		v.Templates = append(v.Templates, m.header(2))
	}
	return v, err
}

// answerProject answers with a project as it is now.
func (s *Service) answerProject(c *call, id store.ID) error {
	var v projectView
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		p, err := s.projectIs(r, c.actor.Org, id)
		if err == nil {
			v, err = s.viewProject(r, c.actor.Org, p)
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(v)
}

// findProject is the project that a path names.
func (s *Service) findProject(c *call) (p *project, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		if id, ok := c.args["projectId"]; ok {
			p, err = s.project(r, c.actor.Org, id)
			return err
		}
		name := c.args["externalId"]
		found, err := alike(name, func(name string) (store.Campaign, error) { return r.CampaignByExternalID(c.actor.Org, name) })
		if err == nil {
			p, err = projectOf(r, found)
		}
		if err == nil && p == nil {
			err = store.ErrNotFound
		}
		return orMissing(err, "project", name)
	})
	return p, err
}

// getProject handles GET /project/{projectId}.
func (s *Service) getProject(c *call) error {
	p, err := s.findProject(c)
	if err != nil {
		return err
	}
	return s.answerProject(c, p.id)
}

// listProjects handles GET /project. There are few.
func (s *Service) listProjects(c *call) error {
	p, err := c.page()
	if err != nil {
		return err
	}
	out := []projectView{}
	count := 0
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		all, err := projects(r, c.actor.Org)
		if err != nil {
			return err
		}
		slices.SortFunc(all, p.compareProjects)
		count = len(all)
		for _, campaign := range cut(p, all) {
			one, err := projectOf(r, *campaign)
			if err != nil {
				return err
			}
			v, err := s.viewProject(r, c.actor.Org, one)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.answer(struct {
		Count      int           `json:"count"`
		Pagination pagination    `json:"pagination"`
		Projects   []projectView `json:"projects"`
	}{count, p.pagination(newOrders[p.order]), out})
}

// projects are the campaigns of an account that are one. Their documents are not read.
func projects(r store.Reader, org store.ID) (out []*store.Campaign, err error) {
	err = store.EachPage(func(p store.Page) (store.ID, error) {
		all, next, err := r.Campaigns(org, p)
		for n := range all {
			if all[n].Origin == origin && !all[n].Over() {
				out = append(out, &all[n])
			}
		}
		return next, err
	})
	return out, err
}

func (p page) compareProjects(a, b *store.Campaign) int {
	return p.compare(listed{a.ID, a.Name, a.Updated}, listed{b.ID, b.Name, b.Updated})
}

// projectFor is the project that a new template belongs to: of the path, or else of its
// document. Nil if neither names one.
func (s *Service) projectFor(c *call, o map[string]json.RawMessage) (p *project, err error) {
	id, ok := c.args["projectId"]
	if !ok && !isNull(o["projectId"]) {
		if id, ok = textOf(o["projectId"]); !ok || !isDigits(id) {
			return nil, badRequest("projectId must be a number")
		}
	}
	if !ok {
		return nil, nil
	}
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		p, err = s.project(r, c.actor.Org, id)
		return err
	})
	return p, err
}

// project finds one by its id.
func (s *Service) project(r store.Reader, org store.ID, id string) (*project, error) {
	campaign, err := numbered(org, id, r.CampaignByFormer, r.Campaign)
	if err != nil {
		return nil, orMissing(err, "project", id)
	}
	return usableProject(r, campaign)
}

// projectIs is a project that is at hand.
func (s *Service) projectIs(r store.Reader, org, id store.ID) (*project, error) {
	campaign, err := r.Campaign(org, id)
	if err != nil {
		return nil, orMissing(err, "project", id.Decimal())
	}
	return usableProject(r, campaign)
}

func usableProject(r store.Reader, campaign store.Campaign) (*project, error) {
	p, err := projectOf(r, campaign)
	if err == nil && (p == nil || campaign.Over()) {
		err = missing("project", string(numberOf(campaign.ID, campaign.Former)))
	}
	return p, err
}
