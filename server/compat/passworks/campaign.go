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

// campaign is one that a client made, as it is now.
type campaign struct {
	store.Campaign
	*definition
	item    store.Item
	redeems int64 // where lists are ordered by it
}

// templateID is the template that its design is made from.
func (c campaign) templateID() string {
	if len(c.item.Needs) == 0 {
		return ""
	}
	return c.item.Needs[0].UUID()
}

// load reads the campaign that the path names.
func (s *Service) load(r store.Reader, c call) (found campaign, err error) {
	id, err := c.id("campaign", "campaign")
	if err != nil {
		return found, err
	}
	it, err := r.Item(c.actor.Org, id)
	if err == nil && it.Shelf != c.kind.shelf() {
		err = store.ErrNotFound
	}
	if err != nil {
		return found, missing(err, "campaign")
	}
	return s.loadItem(r, it)
}

// loadItem reads the campaign that an item stands for.
func (s *Service) loadItem(r store.Reader, it store.Item) (found campaign, err error) {
	found.item = it
	if found.Campaign, err = r.Campaign(it.Org, it.ID); err != nil {
		return found, err
	}
	found.definition, err = parseDefinition(it.Body)
	return found, err
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
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		it, err := r.Item(c.actor.Org, id)
		if err != nil {
			return err
		}
		out, err = s.campaignView(r, c, it)
		return err
	})
	if err != nil {
		return missing(err, "campaign")
	}
	return c.answer(status, out)
}

// getCampaign handles GET /{type}/{campaign}.
func (s *Service) getCampaign(c call) error {
	found, err := s.find(c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, found.ID)
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
	before, err := s.find(c)
	if err != nil {
		return err
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
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, before.ID)
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
