package passkit

import (
	"net/http"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// updateTemplate handles PUT /v2/templates/{name}: of data, of data with pictures, or
// without either, which asks for a push.
func (s *Service) updateTemplate(c call) error {
	f, err := c.form()
	if err != nil {
		return err
	}
	if !f.parts && isEmpty(f.json) {
		return s.pushTemplate(c)
	}
	o, err := topObject(f.json)
	if err != nil {
		return err
	}
	dropped, err := f.dropped()
	if err != nil {
		return err
	}
	t, err := s.templateOf(c)
	if err != nil {
		return err
	}
	organisation, err := s.Issuer.OrganisationName(c.Context(), c.actor)
	if err != nil {
		return err
	}
	text, x := nameOf(t.Former, t.ID), redesign{organisation, dropped, f.redeemedToo()}
	err = issuer.Again(c.Context(), func() error { return s.redesign(c, t.ID, o, x, f.pictures(t.Style)) })
	if err != nil {
		return templateRefused(err, text)
	}
	return c.answer(named{text})
}

// redesign changes a template as it is now. Phones are not told of it.
func (s *Service) redesign(c call, id store.ID, o object, x redesign, pictures map[string]issuer.Upload) error {
	ch := issuer.TemplateChange{Publish: true, Quiet: true, Pictures: pictures}
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		t, err := r.Template(c.actor.Org, id)
		if err != nil {
			return err
		}
		d, err := r.Draft(id)
		if err != nil {
			return err
		}
		ch.IfMatch = &t.Edited
		return x.read(r, t, d, o, &ch)
	})
	if err != nil {
		return err
	}
	_, err = s.Issuer.ChangeTemplate(c.Context(), c.actor, id, ch)
	return err
}

// redesign is what a request says beside its JSON.
type redesign struct {
	organisation string
	dropped      []target
	redeemed     bool // there are pictures for redeemed passes
}

// read is what a template becomes by a request.
func (x redesign) read(r store.Reader, t store.Template, d store.Design, o object, to *issuer.TemplateChange) error {
	doc, made, err := sourceOf(r, t)
	if err != nil {
		return err
	}
	if !made {
		return refuse(http.StatusBadRequest, "Template was not made with this API and is changed where it was made: %s", nameOf(t.Former, t.ID))
	}
	campaign, err := r.Campaign(t.Org, t.Campaign)
	if err != nil {
		return err
	}
	if err := o.same("name", nameOf(t.Former, t.ID)); err != nil {
		return err
	}
	if err := o.same("campaignName", nameOf(campaign.Former, campaign.ID)); err != nil {
		return err
	}
	if to.TemplateLimits, err = templateLimits(o); err != nil {
		return err
	}
	if to.Starts != nil && t.Starts.IsZero() && to.Starts.Equal(campaign.Rules.Starts) {
		to.Starts = nil // what a client was told of one that has no start
	}
	if to.State, err = o.status(); err != nil {
		return err
	}
	if err := doc.read(o); err != nil {
		return err
	}
	if x.redeemed && doc.Redeemed == nil {
		doc.Redeemed = new(designDoc)
	}
	to.Source = encode(doc)
	design, err := doc.design(x.organisation)
	if err != nil {
		return invalidField("passbook", "%v", err)
	}
	design.Images = without(d.Images, x.dropped, false)
	if design.Redeemed != nil && d.Redeemed != nil {
		design.Redeemed.Images = without(d.Redeemed.Images, x.dropped, true)
	}
	to.Design = &design
	return nil
}

// templateOf finds the template that the path names.
func (s *Service) templateOf(c call) (t store.Template, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		t, err = templateCalled(r, c.actor.Org, c.PathValue("name"))
		return err
	})
	return t, err
}

// pushTemplate handles PUT /v2/templates/{name}/push.
func (s *Service) pushTemplate(c call) error {
	t, err := s.templateOf(c)
	if err != nil {
		return err
	}
	text := nameOf(t.Former, t.ID)
	if _, err := s.Issuer.PushTemplate(c.Context(), c.actor, t.ID); err != nil {
		return templateRefused(err, text)
	}
	return c.answer(named{text})
}
