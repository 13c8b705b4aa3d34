package passkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strconv"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// templateView is a template as clients read it.
type templateView struct {
	Index        string                            `json:"index"`
	Name         string                            `json:"name"`
	CampaignName string                            `json:"campaignName"`
	Status       string                            `json:"status"`
	Language     string                            `json:"language"`
	StartDate    string                            `json:"startDate,omitempty"`
	EndDate      string                            `json:"endDate,omitempty"`
	Timezone     float64                           `json:"timezone"`
	MaxIssue     int64                             `json:"maxIssue"`
	Issued       int64                             `json:"issued"`
	Pushed       int64                             `json:"pushed"`
	Devices      int64                             `json:"passbookDevices"`
	Android      int64                             `json:"androidPayDevices"`
	Alipay       int64                             `json:"alipayDevices"`
	Meta         json.RawMessage                   `json:"meta,omitempty"`
	Keys         []keyDoc                          `json:"dynamicKeys"`
	ImageKeys    map[string]map[string]imageKeyDoc `json:"dynamicImageKeys,omitempty"`
	Pass         designView                        `json:"passbook"`
	Redeemed     *designView                       `json:"passbookRedeem,omitempty"`
	Languages    map[string]languageDoc            `json:"passbookLang,omitempty"`
	Others       map[string]languageDoc            `json:"passbookRedeemLang,omitempty"`
	CreatedAt    string                            `json:"createdAt"`
	UpdatedAt    string                            `json:"updatedAt"`
}

// designView is a design with the addresses of its pictures.
type designView struct {
	designDoc
	slotPaths
}

// templateCalled finds a template of the organisation.
func templateCalled(r store.Reader, org store.ID, text string) (store.Template, error) {
	t, err := r.TemplateByFormer(org, store.Former{Service: name, ID: text})
	if id, ok := store.ParseShort(text); ok && errors.Is(err, store.ErrNotFound) {
		t, err = r.Template(org, id)
	}
	if err == nil && !t.Deleted.IsZero() {
		err = store.ErrNotFound
	}
	if errors.Is(err, store.ErrNotFound) {
		return t, notFound("Template", text)
	}
	return t, err
}

// sourceOf is what is kept of a template as clients write it. Of one that none of them
// made it is what can be said of any.
func sourceOf(r store.Reader, t store.Template) (doc templateDoc, made bool, err error) {
	if t.Origin != name || t.Source == "" {
		return templateDoc{Language: usualLanguage, Keys: []keyDoc{}, Pass: designDoc{Type: t.Style}}, false, nil
	}
	raw, err := r.Blob(t.Source)
	if err != nil {
		return doc, false, err
	}
	return doc, true, json.Unmarshal(raw, &doc)
}

// templateStatus is how the service calls what a template issues.
func templateStatus(t store.Template) string {
	switch {
	case !t.Invalid.IsZero():
		return stateInvalid
	case t.Disabled:
		return stateFrozen
	}
	return stateActive
}

func viewTemplate(r store.Reader, t store.Template) (v templateView, err error) {
	doc, _, err := sourceOf(r, t)
	if err != nil {
		return v, err
	}
	campaign, err := r.Campaign(t.Org, t.Campaign)
	if err != nil {
		return v, err
	}
	d, err := r.Draft(t.ID)
	if err != nil {
		return v, err
	}
	v = templateView{Index: strconv.FormatUint(uint64(t.ID), 10), Name: nameOf(t.Former, t.ID), CampaignName: nameOf(campaign.Former, campaign.ID),
		Status: templateStatus(t), Language: doc.Language, StartDate: writeTime(t.Starts), EndDate: writeTime(t.Ends), Timezone: doc.Timezone,
		MaxIssue: t.MaxIssued, Meta: doc.Meta, Keys: doc.Keys, Languages: doc.Languages, Others: doc.Others,
		Pass: designView{designDoc: doc.Pass.shown()}, CreatedAt: writeTime(t.Created), UpdatedAt: writeTime(t.Updated)}
	if t.Starts.IsZero() {
		v.StartDate = writeTime(campaign.Rules.Starts)
	}
	if v.Keys == nil {
		v.Keys = []keyDoc{}
	}
	if len(doc.ImageKeys) > 0 {
		v.ImageKeys = map[string]map[string]imageKeyDoc{"passbook": doc.ImageKeys}
	}
	if doc.Redeemed != nil {
		v.Redeemed = &designView{designDoc: doc.Redeemed.shown()}
	}
	if err := v.count(r, t); err != nil {
		return v, err
	}
	return v, v.draw(r, t.Org, d)
}

// count fills in what is counted by the day.
func (v *templateView) count(r store.Reader, t store.Template) error {
	days, err := r.Tallies(store.Scope{Org: t.Org, ID: t.ID}, 0, store.DayOf(r.Now))
	for _, d := range days {
		v.Issued += d.Counts[store.Creates]
		v.Pushed += d.Counts[store.Pushes]
		v.Devices += d.Counts[store.Installs] - d.Counts[store.Uninstalls]
	}
	return err
}

// draw fills in the addresses of pictures.
func (v *templateView) draw(r store.Reader, org store.ID, d store.Design) (err error) {
	if err := v.Pass.draw(r, org, "", d); err != nil {
		return err
	}
	if v.Languages, err = drawLanguages(r, org, d, v.Languages); err != nil {
		return err
	}
	if v.Redeemed == nil || d.Redeemed == nil {
		return nil
	}
	if err := v.Redeemed.draw(r, org, "", *d.Redeemed); err != nil {
		return err
	}
	v.Others, err = drawLanguages(r, org, *d.Redeemed, v.Others)
	return err
}

func (p *slotPaths) draw(r store.Reader, org store.ID, folder string, d store.Design) error {
	for _, s := range slots {
		id, ok := d.Images[folder+s.name]
		if !ok {
			continue
		}
		a, err := r.Asset(org, id)
		if err != nil {
			return err
		}
		if n := len(a.Variants); n > 0 {
			*s.path(p) = "images/template/" + a.Variants[n-1].Blob[:40] + ".png"
		}
	}
	return nil
}

// createTemplate handles POST /v2/templates.
func (s *Service) createTemplate(c call) error {
	f, err := c.form()
	if err != nil {
		return err
	}
	o, err := topObject(f.json)
	if err != nil {
		return err
	}
	n, doc, err := s.newTemplate(c, o)
	if err != nil {
		return err
	}
	if f.redeemedToo() && doc.Redeemed == nil {
		doc.Redeemed = new(designDoc)
	}
	pictures := f.pictures(doc.Pass.Type)
	if _, given := pictures["icon"]; !given {
		pictures["icon"] = issuer.Upload{Name: "icon", Kind: "icon", Data: neutralIcon}
	}
	organisation, err := s.Issuer.OrganisationName(c.Context(), c.actor)
	if err != nil {
		return err
	}
	if n.Design, err = doc.design(organisation); err != nil {
		return invalidField("passbook", "%v", err)
	}
	n.Source = encode(doc)
	if _, _, err := s.Issuer.Launch(c.Context(), c.actor, issuer.Launch{Into: n.Campaign, Template: n, Pictures: pictures}); err != nil {
		return templateRefused(err, n.Former.ID)
	}
	return c.answer(named{n.Former.ID})
}

func templateRefused(err error, text string) error {
	e := issuer.Public(err)
	switch e.Code {
	case "former_id_taken":
		return &failure{http.StatusBadRequest, "Name already in use: " + text, err}
	case "state_move":
		return &failure{http.StatusBadRequest, "Invalid value for field status: an INVALID template stays so", err}
	case "style_fixed":
		return &failure{http.StatusBadRequest, "Invalid value for field type: it cannot be changed once passes were issued", err}
	case "template_invalid":
		return &failure{http.StatusBadRequest, "Template is invalid and has nothing to push: " + text, err}
	case "ends_early":
		return &failure{http.StatusBadRequest, "Invalid value for field endDate: must be after startDate", err}
	}
	return err
}

// newTemplate reads what makes a template, without its pictures.
func (s *Service) newTemplate(c call, o object) (n issuer.NewTemplate, doc templateDoc, err error) {
	text, err := o.newName()
	if err != nil {
		return n, doc, err
	}
	n.Former, n.Name, n.Origin = store.Former{Service: name, ID: text}, text, name
	owner, _, err := o.text("campaignName")
	if err != nil {
		return n, doc, err
	}
	if owner == "" {
		return n, doc, missingField("campaignName")
	}
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		campaign, err := campaignNamed(r, c.actor.Org, owner)
		if err == nil && campaign.State == store.Invalid {
			err = refuse(http.StatusBadRequest, "Campaign is invalid: %s", owner)
		}
		n.Campaign = campaign.ID
		return err
	})
	if f, ok := errors.AsType[*failure](err); ok {
		return n, doc, &failure{http.StatusBadRequest, f.Text, err}
	}
	if err != nil {
		return n, doc, err
	}
	if n.TemplateLimits, err = templateLimits(o); err != nil {
		return n, doc, err
	}
	state, err := o.status()
	if err != nil {
		return n, doc, err
	}
	if state != nil {
		n.Disabled, n.Invalid = *state == store.Paused, *state == store.Invalid
	}
	if err := doc.read(o); err != nil {
		return n, doc, err
	}
	return n, doc, doc.complete(o)
}

// complete wants what every template has.
func (t *templateDoc) complete(o object) error {
	if _, given := o.get("passbook"); !given {
		return missingField("passbook")
	}
	if t.Pass.Type == "" {
		return missingField("passbook.type")
	}
	if t.Pass.Description == "" {
		return missingField("passbook.desc")
	}
	return nil
}

func templateLimits(o object) (l issuer.TemplateLimits, err error) {
	if l.Starts, err = o.time("startDate"); err != nil {
		return l, err
	}
	if l.Ends, err = o.time("endDate"); err != nil {
		return l, err
	}
	l.MaxIssued, err = o.maxIssue()
	return l, err
}

// neutralIcon is that of templates that bring none: Wallet takes no pass without.
var neutralIcon = func() []byte {
	const side = 87
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for n := range side * side {
		img.SetNRGBA(n%side, n/side, color.NRGBA{0x8e, 0x8e, 0x93, 0xff})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // a picture of our own in memory
	}
	return out.Bytes()
}()

// getTemplate handles GET /v2/templates/{name}.
func (s *Service) getTemplate(c call) error {
	return s.show(c, func(r store.Reader) (any, error) {
		t, err := templateCalled(r, c.actor.Org, c.PathValue("name"))
		if err != nil {
			return nil, err
		}
		return viewTemplate(r, t)
	})
}

// listTemplates handles GET /v2/campaigns/{name}/templates. The service had no pages.
func (s *Service) listTemplates(c call) error {
	return s.show(c, func(r store.Reader) (any, error) {
		campaign, err := campaignNamed(r, c.actor.Org, c.PathValue("name"))
		if err != nil {
			return nil, err
		}
		out := []templateView{}
		err = store.EachPage(func(p store.Page) (store.ID, error) {
			all, next, err := r.Templates(campaign.ID, p)
			for _, t := range all {
				if !t.Deleted.IsZero() {
					continue
				}
				v, err := viewTemplate(r, t)
				if err != nil {
					return 0, err
				}
				out = append(out, v)
			}
			return next, err
		})
		return out, err
	})
}
