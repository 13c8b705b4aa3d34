package passtools

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"pocketpass/server/compat/moved"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

// projectTypes are what projects are for.
var projectTypes = []string{"memberCard", "coupon", "boardingPass", "eventTicket", "generic", "loyalty", "giftCard", "storeCard"}

// readProject reads the document that makes a project.
func readProject(o map[string]json.RawMessage) (p projectSource, err error) {
	var lacking []fieldError
	for _, name := range []string{"name", "description", "projectType"} {
		if isNull(o[name]) {
			lacking = append(lacking, fieldError{name, missingField})
		}
	}
	if len(lacking) > 0 {
		return p, unacceptable(lacking...)
	}
	if p.ProjectType, _ = textOf(o["projectType"]); !slices.Contains(projectTypes, p.ProjectType) {
		return p, refuse("projectType", "must be %s", strings.Join(projectTypes, ", "))
	}
	p.ContextID = rand.Text()
	return p, p.read(o)
}

// read lays over p what may be changed of it.
func (p *projectSource) read(o map[string]json.RawMessage) error {
	if err := readTitle(o, &p.Name, &p.Description); err != nil || isNull(o["settings"]) {
		return err
	}
	if len(o["settings"]) > maxSettings {
		return refuse("settings", "must have at most %d bytes", maxSettings)
	}
	var set settings
	if json.Unmarshal(o["settings"], &set) != nil {
		return badRequest("settings must be an object of texts")
	}
	if set.Type != "" && set.format() == "" {
		return refuse("barcode_type", "must be pdf417, qr, aztec or code128")
	}
	p.Settings = o["settings"]
	return nil
}

// createProject handles POST /project, also with an external id.
func (s *Service) createProject(c *call) error {
	n, _, err := s.newProject(c)
	if err != nil {
		return err
	}
	if n.PassTypeIdentifier, err = s.passType(c); err != nil {
		return err
	}
	if n.Former, err = c.former(); err != nil {
		return err
	}
	made, err := s.Issuer.CreateCampaign(c.Context(), c.actor, n)
	if err != nil {
		return err
	}
	return s.answerProject(c, made.ID)
}

// passType is that of the passes of something new, or of something that moves here.
func (s *Service) passType(c *call) (string, error) {
	if had := moved.Of(c.Context()).PassTypeIdentifier; had != "" {
		return had, nil
	}
	return s.Issuer.Signable(c.Context(), c.actor)
}

// newProject is the campaign that a request asks for.
func (s *Service) newProject(c *call) (n issuer.NewCampaign, p projectSource, err error) {
	o, err := c.object()
	if err != nil {
		return n, p, err
	}
	if p, err = readProject(o); err != nil {
		return n, p, err
	}
	external, named := c.args["externalId"]
	if named {
		err = s.Issuer.View(c.Context(), func(r store.Reader) error {
			return checkExternalID(external, func(name string) error {
				_, err := alike(name, func(name string) (store.Campaign, error) { return r.CampaignByExternalID(c.actor.Org, name) })
				return err
			})
		})
		if err != nil {
			return n, p, err
		}
	}
	n, err = p.campaign(external)
	return n, p, err
}

func (p projectSource) campaign(external string) (n issuer.NewCampaign, err error) {
	n = issuer.NewCampaign{Name: title(p.Name), Origin: origin, ExternalID: external}
	n.Source, err = json.Marshal(p)
	return n, err
}

// createFromLayout handles POST /project/{layoutId}: a project with a copy of a template.
func (s *Service) createFromLayout(c *call) error {
	c.args["templateId"] = c.args["layoutId"]
	m, err := s.findTemplate(c)
	if err != nil {
		return err
	}
	n, p, err := s.newProject(c)
	if err != nil {
		return err
	}
	made, err := s.launchProject(c, n, p, m)
	if err != nil {
		return err
	}
	return s.answerProject(c, made)
}

// launchProject makes a project with a copy of a template, in one go.
func (s *Service) launchProject(c *call, n issuer.NewCampaign, p projectSource, m *model) (store.ID, error) {
	var set settings
	if len(p.Settings) > 0 {
		if err := json.Unmarshal(p.Settings, &set); err != nil {
			return 0, err
		}
	}
	had, err := s.kept(c, m)
	if err != nil {
		return 0, err
	}
	l := issuer.Launch{Campaign: n, Template: issuer.NewTemplate{Name: title(m.Name), Origin: origin, Disabled: m.Disabled}}
	if l.Template.Design, l.Pictures, err = s.drawn(c, m.source, set, had, false); err != nil {
		return 0, err
	}
	if l.Template.Source, err = json.Marshal(m.source); err != nil {
		return 0, err
	}
	made, _, err := s.Issuer.Launch(c.Context(), c.actor, l)
	return made.ID, err
}

// updateProject handles PUT /project/{projectId}. Its templates follow its settings.
func (s *Service) updateProject(c *call) error {
	o, err := c.object()
	if err != nil {
		return err
	}
	var p *project
	err = issuer.Again(c.Context(), func() error {
		if p, err = s.findProject(c); err != nil {
			return err
		}
		src := p.projectSource
		if err := src.read(o); err != nil {
			return err
		}
		raw, err := json.Marshal(src)
		if err != nil {
			return err
		}
		name := title(src.Name)
		_, err = s.Issuer.ChangeCampaign(c.Context(), c.actor, p.id, issuer.CampaignChange{Name: &name, Source: raw, IfMatch: &p.edited})
		return err
	})
	if err == nil && !isNull(o["settings"]) {
		err = s.redrawAll(c, p.id)
	}
	if err != nil {
		return err
	}
	return s.answerProject(c, p.id)
}

// redrawAll has the templates of a project follow its settings, but for those that were
// made elsewhere.
func (s *Service) redrawAll(c *call, id store.ID) error {
	all, err := s.modelsOf(c, id)
	for _, m := range all {
		if err != nil {
			return err
		}
		if m.foreign {
			continue
		}
		c.args["templateId"] = string(m.number)
		_, err = s.rewrite(c, false, func(m *model) (source, error) { return m.source, nil })
	}
	return err
}

// modelsOf are the templates of a project.
func (s *Service) modelsOf(c *call, id store.ID) (all []*model, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		campaign, err := r.Campaign(c.actor.Org, id)
		if err == nil {
			all, err = s.templatesOf(r, campaign)
		}
		return err
	})
	return all, err
}

// deleteProject handles DELETE /project/{projectId}. Its templates go with it, and their
// passes stay good.
func (s *Service) deleteProject(c *call) error {
	p, err := s.findProject(c)
	if err != nil {
		return err
	}
	if err := s.Issuer.EndCampaign(c.Context(), c.actor, p.id); err != nil {
		return err
	}
	return c.answer(struct {
		ID     clientID `json:"projectId"`
		Status string   `json:"Status"`
		Again  string   `json:"status"`
	}{p.number, "Deleted", "success"})
}

// duplicateProject handles POST /project/duplicate/{projectId}.
func (s *Service) duplicateProject(c *call) error {
	p, err := s.findProject(c)
	if err != nil {
		return err
	}
	all, err := s.modelsOf(c, p.id)
	if err != nil {
		return err
	}
	id, err := s.copyProject(c, p, all)
	if err != nil {
		return err
	}
	return s.answerProject(c, id)
}

// What the names of copies begin with.
const (
	copyOf   = "Copy of "
	copyOfID = "Copy_of_"
)

// copyProject makes a project like another. One that cannot be finished is taken back.
func (s *Service) copyProject(c *call, p *project, all []*model) (store.ID, error) {
	src := p.projectSource
	src.Name, src.ContextID = copyOf+src.Name, rand.Text()
	external := ""
	if p.externalID != "" {
		external = copyOfID + p.externalID
	}
	n, err := src.campaign(external)
	if err != nil {
		return 0, err
	}
	if n.PassTypeIdentifier, err = s.Issuer.Signable(c.Context(), c.actor); err != nil {
		return 0, err
	}
	made, err := s.Issuer.CreateCampaign(c.Context(), c.actor, n)
	if err != nil {
		return 0, err
	}
	into := *p
	into.id = made.ID
	for _, m := range all {
		copied := m.source
		copied.Name = copyOf + copied.Name
		if _, err := s.copied(c, m, copied, &into); err != nil {
			return 0, errors.Join(err, s.Issuer.EndCampaign(c.Context(), c.actor, made.ID))
		}
	}
	return made.ID, nil
}
