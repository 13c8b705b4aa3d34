package walletkit

import (
	"cmp"
	"encoding/json"
	"errors"
	"sync"

	"pocketpass/server/compat/moved"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

// origin marks the templates that clients of this service made.
const origin = "walletkit"

// summary is how lists name a template.
type summary struct {
	ID          string `json:"id"`
	Description string `json:"description"`
}

// createTemplate handles POST /walletkit/v1/passes.
func (s *Service) createTemplate(c call) error {
	raw, err := c.body()
	if err != nil {
		return err
	}
	if raw == nil {
		return refuse(codeEmptyBody, "", "the body is empty")
	}
	organisation, err := s.Issuer.OrganisationName(c.Context(), c.actor)
	if err != nil {
		return err
	}
	t, err := readTemplate(raw, organisation, s.AnyFields)
	if err != nil {
		return err
	}
	pictures, err := s.fetchImages(c.Context(), t.images, t.passType, hasStrip(t.images))
	if err != nil {
		return err
	}
	document, err := json.Marshal(t.document)
	if err != nil {
		return err
	}
	record := moved.Of(c.Context())
	_, made, err := s.Issuer.Launch(c.Context(), c.actor, issuer.Launch{
		Campaign: issuer.NewCampaign{Name: t.name(), PassTypeIdentifier: record.PassTypeIdentifier},
		Template: issuer.NewTemplate{Name: t.name(), Design: store.Design{Document: document}, Origin: origin, Source: templateSchema.write(t.source, ""), Former: record.Former(origin)},
		Pictures: pictures,
	})
	if err != nil {
		return err
	}
	return c.answer(summary{spelt(made), t.description})
}

// listTemplates handles GET /walletkit/v1/passes. The service had no pages.
func (s *Service) listTemplates(c call) error {
	out := []summary{}
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		return store.EachPage(func(p store.Page) (store.ID, error) {
			all, next, err := r.Campaigns(c.actor.Org, p)
			for _, campaign := range all {
				if out, err = s.appendTemplates(out, r, campaign); err != nil {
					return 0, err
				}
			}
			return next, err
		})
	})
	if err != nil {
		return err
	}
	return c.answer(out)
}

// appendTemplates appends those of a campaign, whoever made them.
func (s *Service) appendTemplates(out []summary, r store.Reader, c store.Campaign) ([]summary, error) {
	if c.Template == 0 || c.Over() {
		return out, nil
	}
	err := store.EachPage(func(p store.Page) (store.ID, error) {
		all, next, err := r.Templates(c.ID, p)
		for _, record := range all {
			if !served(record, c) {
				continue
			}
			t, err := s.understood.get(r, record)
			if err != nil {
				return 0, err
			}
			out = append(out, summary{t.spelling, t.description})
		}
		return next, err
	})
	return out, err
}

// getTemplate handles GET /walletkit/v1/passes/{template}.
func (s *Service) getTemplate(c call) error {
	t, err := s.template(c)
	if err != nil {
		return err
	}
	if s.OneObject {
		return c.answer(templateSchema.write(t.source, t.spelling))
	}
	return c.answer([]json.RawMessage{templateSchema.write(t.source, t.spelling)})
}

// deleteTemplate handles DELETE /walletkit/v1/passes/{template}. Its passes stay good, and
// so do other templates of a campaign that was made elsewhere.
func (s *Service) deleteTemplate(c call) error {
	t, err := s.template(c)
	if err != nil {
		return err
	}
	if t.own {
		archived := store.Archived
		_, err = s.Issuer.ChangeCampaign(c.Context(), c.actor, t.campaign, issuer.CampaignChange{State: &archived})
	} else {
		err = s.Issuer.DeleteTemplate(c.Context(), c.actor, t.id)
	}
	if err != nil {
		return err
	}
	return c.answer(struct {
		summary
		Deleted bool `json:"deleted"`
	}{summary{t.spelling, t.description}, true})
}

// template finds the one that the path names. Deleted ones and those of other brands
// are not found.
func (s *Service) template(c call) (t *template, err error) {
	return t, s.Issuer.View(c.Context(), func(r store.Reader) error {
		record, err := named(r, c.actor.Org, c.PathValue("template"))
		if err != nil {
			return err
		}
		campaign, err := r.Campaign(c.actor.Org, record.Campaign)
		if err != nil {
			return err
		}
		if !served(record, campaign) {
			return notFound
		}
		t, err = s.understood.get(r, record)
		return err
	})
}

// named is the template of an id: one that moved here keeps what it had.
func named(r store.Reader, org store.ID, text string) (store.Template, error) {
	t, err := r.TemplateByFormer(org, store.Former{Service: origin, ID: text})
	if !errors.Is(err, store.ErrNotFound) {
		return t, err
	}
	id, ok := store.ParseShort(text)
	if !ok {
		return t, notFound
	}
	return r.Template(org, id)
}

// spelt is the id of a template.
func spelt(t store.Template) string { return cmp.Or(t.Former.Of(origin), t.ID.Short()) }

// understood keeps templates as clients sent them, which never change.
type understood struct {
	mu  sync.Mutex
	all map[store.ID]*template
}

// mostUnderstood bounds how many are kept.
const mostUnderstood = 1000

// firstRevision is the one that a client made.
const firstRevision = 1

// get tells a template: as its client sent it, or as it was published since.
func (u *understood) get(r store.Reader, record store.Template) (*template, error) {
	if record.Origin != origin {
		return foreign(r, record)
	}
	t, err := u.sent(r, record)
	if err == nil && record.Published != firstRevision {
		return t.edited(r, record)
	}
	return t, err
}

func (u *understood) sent(r store.Reader, record store.Template) (*template, error) {
	u.mu.Lock()
	t := u.all[record.ID]
	u.mu.Unlock()
	if t != nil {
		return t, nil
	}
	raw, err := r.Blob(record.Source)
	if err != nil {
		return nil, err
	}
	if t, err = readTemplate(raw, "", true); err != nil {
		return nil, err
	}
	t.id, t.campaign, t.spelling, t.own = record.ID, record.Campaign, spelt(record), true
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all == nil || len(u.all) >= mostUnderstood {
		u.all = make(map[store.ID]*template)
	}
	u.all[record.ID] = t
	return t, nil
}
