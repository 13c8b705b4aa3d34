package passworks

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

func (s *Service) templateRoutes() []route {
	return []route{
		{"GET", "/templates", readers, s.listTemplates},
		{"POST", "/templates", writers, s.createTemplate},
		{"GET", "/templates/{id}", readers, s.getTemplate},
		{"DELETE", "/templates/{id}", writers, s.deleteTemplate},
	}
}

// shelfTemplates is where templates are listed.
const shelfTemplates = "passworks/templates"

// templateBody is what an item keeps of a template.
type templateBody struct {
	Description string `json:"description"`
	Style       string `json:"style"`
	Look        look   `json:"look"`
}

// templateView is how a template is shown.
type templateView struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`
	Description  string  `json:"description"`
	PassType     string  `json:"pass_type"`
	TransitType  string  `json:"transit_type,omitempty"`
	LogoText     *string `json:"logo_text"`
	Background   *string `json:"background_color"`
	Text         *string `json:"text_color"`
	Label        *string `json:"label_color"`
	Barcode      barcode `json:"barcode"`
	Source       string  `json:"source"`
	IconID       *string `json:"icon_id"`
	LogoID       *string `json:"logo_id"`
	StripID      *string `json:"strip_id"`
	ThumbnailID  *string `json:"thumbnail_id"`
	BackgroundID *string `json:"background_id"`
	FooterID     *string `json:"footer_id"`
}

func templateOf(it store.Item) (templateView, error) {
	var b templateBody
	err := json.Unmarshal(it.Body, &b)
	l := b.Look
	return templateView{it.ID.UUID(), it.Name, b.Description, b.Style, l.Transit, l.LogoText, l.Background, l.Text, l.Label, l.Barcode.shown(), "api",
		l.image("icon"), l.image("logo"), l.image("strip"), l.image("thumbnail"), l.image("background"), l.image("footer")}, err
}

// newTemplate is the item of a template.
func newTemplate(name string, b templateBody) (issuer.NewItem, error) {
	body, err := json.Marshal(b)
	return issuer.NewItem{Shelf: shelfTemplates, Name: name, Body: body, Needs: b.Look.needs()}, err
}

// template reads a template of the account.
func (s *Service) template(r store.Reader, c call, id store.ID) (b templateBody, err error) {
	it, err := r.Item(c.actor.Org, id)
	if err == nil && it.Shelf != shelfTemplates {
		err = store.ErrNotFound
	}
	if err != nil {
		return b, err
	}
	return b, json.Unmarshal(it.Body, &b)
}

// listTemplates handles GET /templates: those of clients and of all others, by age. An
// account has few.
func (s *Service) listTemplates(c call) error {
	p, total, out := c.page(), 0, []templateView{}
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		ids, err := r.ItemIDs(c.actor.Org, shelfTemplates)
		if err != nil {
			return err
		}
		others, err := r.TemplatesListed(c.actor.Org)
		if err != nil {
			return err
		}
		ids = slices.Sorted(slices.Values(append(ids, others...)))
		total = len(ids)
		for _, id := range cut(p, ids) {
			v, err := s.templateView(r, c.actor.Org, id)
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
	return c.list(p, total, out)
}

// getTemplate handles GET /templates/{id}.
func (s *Service) getTemplate(c call) error {
	id, err := c.id("id", "template")
	if err != nil {
		return err
	}
	var out templateView
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		out, err = s.templateView(r, c.actor.Org, id)
		return err
	})
	if err != nil {
		return missing(err, "template")
	}
	return c.answer(http.StatusOK, out)
}

// templateView shows a template that is on the shelf, or that somebody else made.
func (s *Service) templateView(r store.Reader, org, id store.ID) (v templateView, err error) {
	it, err := r.Item(org, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return s.foreignView(r, org, id)
	case err != nil:
		return v, err
	case it.Shelf != shelfTemplates:
		return v, store.ErrNotFound
	}
	return templateOf(it)
}

// createTemplate handles POST /templates.
func (s *Service) createTemplate(c call) error {
	body, err := c.body()
	if err != nil {
		return err
	}
	members, err := body.wants("template")
	if err != nil {
		return err
	}
	n, err := s.readTemplate(c, &input{object: members})
	if err != nil {
		return err
	}
	if n.Former, err = c.former(); err != nil {
		return err
	}
	made, err := s.Issuer.AddItem(c.Context(), c.actor, n)
	if err != nil {
		return err
	}
	out, err := templateOf(made)
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, out)
}

// readTemplate reads what a template is to be.
func (s *Service) readTemplate(c call, in *input) (n issuer.NewItem, err error) {
	var name, style string
	var description *string
	b := templateBody{Look: look{Barcode: noBarcode}}
	if in.word("name", &name); name == "" {
		in.wrong("name", "can't be blank")
	}
	in.text("description", &description)
	in.word("pass_type", &style)
	k := kindOf(style)
	if k == nil {
		in.wrong("pass_type", "is not included in the list")
	} else {
		b.Style = k.style
	}
	b.Look.read(in)
	if b.Look.check(in, b.Style); in.err != nil {
		return n, in.err
	}
	err = s.Issuer.View(c.Context(), func(r store.Reader) error { return hasAssets(r, c.actor.Org, b.Look.Images) })
	if err != nil {
		return n, err
	}
	if b.Description = textOr(description, ""); b.Description == "" {
		b.Description = name
	}
	return newTemplate(name, b)
}

// deleteTemplate handles DELETE /templates/{id}. Passes keep showing what they were
// made with.
func (s *Service) deleteTemplate(c call) error {
	body, err := c.body()
	if err != nil {
		return err
	}
	members, err := body.under("template")
	if err != nil {
		return err
	}
	deep := false
	in := input{object: members}
	if in.flag("delete_assets", &deep); in.err != nil {
		return in.err
	}
	it, err := s.item(c, shelfTemplates, "template")
	if err != nil {
		return s.refuseForeign(c, err)
	}
	err = s.Issuer.DeleteItem(c.Context(), c.actor, it.ID, deep)
	if e, ok := errors.AsType[*issuer.Error](err); ok && e.Code == issuer.CodeItemNeeded {
		return s.usedBy(c, it.ID, "template", "campaigns", codeBase+http.StatusPreconditionFailed)
	}
	if err != nil {
		return missing(err, "template")
	}
	return c.gone()
}

// refuseForeign says of a template that somebody else made, whose campaign uses it, why it
// cannot be deleted. err is the answer if there is none.
func (s *Service) refuseForeign(c call, err error) error {
	id, failed := c.id("id", "template")
	if failed != nil {
		return failed
	}
	failed = s.Issuer.View(c.Context(), func(r store.Reader) error {
		_, _, err := s.foreignTemplate(r, c.actor.Org, id)
		return err
	})
	if failed == nil {
		return blocked("template", "in use by 1 campaigns")
	}
	return err
}
