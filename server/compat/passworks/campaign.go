package passworks

import (
	"cmp"
	"errors"
	"net/http"

	"pocketpass/server/compat/moved"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

func (s *Service) campaignRoutes() []route {
	return []route{
		{"GET", "/{type}", readers, s.listCampaigns},
		{"POST", "/{type}", writers, s.createCampaign},
		{"GET", "/{type}/{campaign}", readers, s.getCampaign},
		{"PATCH", "/{type}/{campaign}", writers, s.updateCampaign},
		{"PUT", "/{type}/{campaign}", writers, s.updateCampaign},
		{"DELETE", "/{type}/{campaign}", writers, s.deleteCampaign},
		{"POST", "/{type}/{campaign}/push", writers, s.pushCampaign},
		{"POST", "/{type}/{campaign}/merge", writers, s.mergeCampaign},
		{"POST", "/{type}/{campaign}/pause", writers, s.pause},
		{"POST", "/{type}/{campaign}/resume", writers, s.resume},
		{"POST", "/{type}/{campaign}/archive", writers, s.archive},
	}
}

// origin marks what clients of this service made.
const origin = "passworks"

// shelf is where campaigns of a kind are listed.
func (k *kind) shelf() string { return "passworks/" + k.collection }

// campaign is one as it is now.
type campaign struct {
	store.Campaign
	*definition
	item    store.Item // of one that a client of the service made
	redeems int64      // where lists are ordered by it
}

// templateID is the template that its design is made from.
func (c campaign) templateID() string {
	if len(c.item.Needs) == 0 {
		return c.Template.UUID()
	}
	return c.item.Needs[0].UUID()
}

// load reads the campaign that the path names.
func (s *Service) load(r store.Reader, c call) (found campaign, err error) {
	if found.Campaign, found.definition, err = s.inForce(r, c); err != nil {
		return found, err
	}
	return s.listed(r, found)
}

// listed adds what the service keeps of a campaign that one of its clients made.
func (s *Service) listed(r store.Reader, found campaign) (_ campaign, err error) {
	if found.foreign {
		return found, nil
	}
	found.item, err = r.Item(found.Org, found.ID)
	return found, missing(err, "campaign")
}

// find is load in a transaction of its own.
func (s *Service) find(c call) (found campaign, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		found, err = s.load(r, c)
		return err
	})
	return found, err
}

// show reads the campaign anew and answers it.
func (s *Service) show(c call, status int, id store.ID) error {
	var out campaignView
	err := s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		var found campaign
		if found.Campaign, found.definition, err = s.withID(r, c, id); err != nil {
			return err
		}
		if found, err = s.listed(r, found); err != nil {
			return err
		}
		out, err = s.campaignView(r, c, found)
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(status, out)
}

// getCampaign handles GET /{type}/{campaign}.
func (s *Service) getCampaign(c call) error {
	id, err := c.id("campaign", "campaign")
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, id)
}

// createCampaign handles POST /{type}.
func (s *Service) createCampaign(c call) error {
	body, err := c.body()
	if err != nil {
		return err
	}
	members, err := body.wants(c.kind.root)
	if err != nil {
		return err
	}
	d := newDefinition(c.kind)
	p, err := s.plan(c, &d, &input{object: members}, nil)
	if err != nil {
		return err
	}
	former, err := c.former()
	if err != nil {
		return err
	}
	p.listing.Campaign.Former = former
	record := moved.Of(c.Context())
	made, _, err := s.Issuer.Launch(c.Context(), c.actor, issuer.Launch{
		Campaign: issuer.NewCampaign{Name: d.Name, PassTypeIdentifier: cmp.Or(p.passType, record.PassTypeIdentifier), State: record.State(), Former: former, CampaignSettings: d.settings()},
		Template: issuer.NewTemplate{Name: d.Name, Design: p.design, Origin: origin, Source: p.source},
		Pictures: p.pictures, Link: &issuer.NewLink{LinkSettings: p.link}, Listing: &p.listing,
	})
	if err != nil {
		return err
	}
	return s.show(c, http.StatusCreated, made.ID)
}

// updateCampaign handles PATCH /{type}/{campaign}. Clients of PHP have the root pass for
// most kinds.
func (s *Service) updateCampaign(c call) error {
	body, err := c.body()
	if err != nil {
		return err
	}
	root := c.kind.root
	if _, ok := body[root]; !ok && body["pass"] != nil {
		root = "pass"
	}
	members, err := body.wants(root)
	if err != nil {
		return err
	}
	err = issuer.Again(c.Context(), func() error { return s.revise(c, members) })
	if err != nil {
		return err
	}
	return s.getCampaign(c)
}

// revise lays members over the campaign that the path names, unless somebody else changes
// it meanwhile.
func (s *Service) revise(c call, members object) error {
	before, err := s.find(c)
	if err != nil {
		return err
	}
	if before.foreign {
		return blocked("campaign", "was not made by a client of this service; change it where it was made")
	}
	d := before.definition.clone()
	p, err := s.plan(c, d, &input{object: members}, &before)
	if err != nil {
		return err
	}
	_, err = s.Issuer.ChangeCampaign(c.Context(), c.actor, before.ID, issuer.CampaignChange{
		Name: &d.Name, CampaignSettings: d.settings(), Link: &p.link, Listing: &p.listing, IfMatch: &before.Edited,
		Design: &issuer.TemplateChange{Design: &p.design, Pictures: p.pictures, Source: p.source, Publish: true},
	})
	if issuer.Public(err).Code == "numbering_in_use" && d.CodeType == before.CodeType {
		return invalid("code_fixed_value", "can't be changed once there are passes")
	}
	return err
}

// deleteCampaign handles DELETE /{type}/{campaign}. Of one that does not exist the
// service said so with a status of its own.
func (s *Service) deleteCampaign(c call) error {
	if _, err := c.body(); err != nil {
		return err
	}
	found, err := s.find(c)
	if err == nil {
		err = s.Issuer.Discontinue(c.Context(), c.actor, found.ID)
	}
	if f, ok := errors.AsType[*failure](missing(err, "campaign")); ok && f.Status == http.StatusNotFound {
		return remark(http.StatusPreconditionFailed, "campaign", f.Text)
	}
	if err != nil {
		return err
	}
	return c.gone()
}
