package passtools

import (
	"encoding/json"
	"fmt"
	"time"

	"pocketpass/store"
)

// project is a campaign that holds templates for a client of this service.
type project struct {
	projectSource
	id         store.ID
	edited     int
	name       string
	externalID string
	created    time.Time
	updated    time.Time
	settings   settings
}

// projectSource is what clients say of a project, which is kept with it.
type projectSource struct {
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
	p := &project{id: c.ID, edited: c.Edited, name: c.Name, externalID: c.ExternalID, created: c.Created, updated: c.Updated}
	if err = json.Unmarshal(raw, &p.projectSource); err == nil && len(p.Settings) > 0 {
		err = json.Unmarshal(p.Settings, &p.settings)
	}
	if err != nil {
		return nil, fmt.Errorf("project %s: %w", c.ID, err)
	}
	return p, nil
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
	campaign, err := r.Campaign(org, decimal(id))
	if err != nil {
		return nil, orMissing(err, "project", id)
	}
	p, err := projectOf(r, campaign)
	if err == nil && (p == nil || campaign.Over()) {
		err = missing("project", id)
	}
	return p, err
}
