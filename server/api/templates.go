package api

import (
	"context"
	"encoding/json"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

type templateView struct {
	ID        ref              `json:"id"`
	Campaign  ref              `json:"campaign"`
	Name      string           `json:"name" example:"Gold"`
	Style     string           `json:"style" example:"storeCard"`
	State     string           `json:"state" enum:"active,paused,invalid" doc:"One that is paused issues nothing; of one that is invalid every pass is good for nothing, for ever"`
	InvalidAt time.Time        `json:"invalidAt,omitzero"`
	Published int              `json:"published" doc:"Number of the revision in force, 0 before the first"`
	Starts    time.Time        `json:"starts,omitzero"`
	Ends      time.Time        `json:"ends,omitzero"`
	MaxIssued int64            `json:"maxIssued,omitempty"`
	Design    *designView      `json:"design,omitempty" doc:"The draft; left out in lists"`
	Findings  []pkpass.Finding `json:"findings,omitempty" doc:"What Wallet would make of the draft"`
	FormerID  *formerID        `json:"formerId,omitempty" doc:"What the service called it that it came from"`
	Created   time.Time        `json:"created"`
	Updated   time.Time        `json:"updated"`
}

type designView struct {
	Document        object                       `json:"document"`
	Images          map[string]ref               `json:"images,omitempty"`
	Strings         map[string]map[string]string `json:"strings,omitempty"`
	Fields          []fieldBody                  `json:"fields,omitempty"`
	Personalization object                       `json:"personalization,omitempty"`
}

func newTemplateView(t store.Template) templateView {
	return templateView{ID: ref{t.ID}, Campaign: ref{t.Campaign}, Name: t.Name, Style: t.Style, State: string(t.State()), InvalidAt: t.Invalid, Published: t.Published,
		Starts: t.Starts, Ends: t.Ends, MaxIssued: t.MaxIssued, FormerID: newFormerID(t.Former), Created: t.Created, Updated: t.Updated}
}

func newDesignView(d store.Design) *designView {
	return &designView{Document: object(d.Document), Images: imageRefs(d.Images), Strings: d.Strings, Fields: newFieldBodies(d.Fields), Personalization: object(d.Personalization)}
}

func editedReply(e issuer.Edited) reply[templateView] {
	v := newTemplateView(e.Template)
	v.Design, v.Findings = newDesignView(e.Draft), e.Findings
	return reply[templateView]{view: v, tag: etag(e.Template.Edited)}
}

// designBody is a design as it comes in.
type designBody struct {
	Document        object                       `json:"document" doc:"pass.json without what the server writes: passTypeIdentifier, teamIdentifier, serialNumber, webServiceURL, authenticationToken. Values in it are the defaults; a barcode without message shows the code of the pass, or its serial number if it has none. In any text {{name}} stands for a value of the pass, its holder, its account or a date of it"`
	Images          map[string]string            `json:"images,omitempty" doc:"Image kind, or language folder and kind (fr.lproj/strip), to the id of an asset"`
	Strings         map[string]map[string]string `json:"strings,omitempty" doc:"Language tag to texts and their translations, which may have placeholders, too"`
	Fields          []fieldBody                  `json:"fields,omitempty" doc:"What values are and who decides them; fields of the document that are not here are texts or numbers that each pass may have"`
	Personalization object                       `json:"personalization,omitempty" doc:"Content of personalization.json"`
}

func (d designBody) design(path string) (store.Design, error) {
	images, err := imageIDs(path+"/images", d.Images)
	return store.Design{Document: json.RawMessage(d.Document), Images: images, Strings: d.Strings, Fields: fieldsOf(d.Fields), Personalization: d.Personalization.raw()}, err
}

// TemplateLimits are the members that say when and how often a template is issued
// from. It is exported because huma skips embedded structs that are not.
type TemplateLimits struct {
	Starts    maybe[moment] `json:"starts,omitzero" doc:"Nothing is issued from it before"`
	Ends      maybe[moment] `json:"ends,omitzero" doc:"Nothing is issued from it after"`
	MaxIssued maybe[int64]  `json:"maxIssued,omitzero" doc:"Passes that are issued from it at most, ever"`
}

func (b TemplateLimits) limits() (l issuer.TemplateLimits, err error) {
	l.MaxIssued = b.MaxIssued.pointer()
	if l.Starts, err = timeOf("/starts", b.Starts); err != nil {
		return l, err
	}
	l.Ends, err = timeOf("/ends", b.Ends)
	return l, err
}

type createTemplateBody struct {
	Name     string     `json:"name" example:"Gold" doc:"Up to 120 characters"`
	Design   designBody `json:"design"`
	FormerID *formerID  `json:"formerId,omitempty" doc:"What the service calls it that it comes from; unique among the templates of the organisation"`
	TemplateLimits
}

// template is what the body asks for.
func (b createTemplateBody) template() (n issuer.NewTemplate, err error) {
	n = issuer.NewTemplate{Name: b.Name, Former: b.FormerID.former()}
	if n.Design, err = b.Design.design("/design"); err != nil {
		return n, err
	}
	n.TemplateLimits, err = b.limits()
	return n, err
}

func (a *API) createTemplate(ctx context.Context, r request[inCampaign, createTemplateBody]) (reply[templateView], error) {
	n, err := r.body.template()
	if err != nil {
		return reply[templateView]{}, err
	}
	n.Campaign, n.Idempotency = r.params.Campaign.id, r.once
	e, err := a.Issuer.CreateTemplate(ctx, r.Actor, n)
	if err != nil {
		return reply[templateView]{}, err
	}
	out := editedReply(e)
	out.location = "/templates/" + e.Template.ID.Short()
	return out, nil
}

type campaignPage struct {
	Campaign ref `path:"campaign" doc:"id of the campaign"`
	Page
}

func (a *API) templates(ctx context.Context, r request[campaignPage, none]) (out reply[list[templateView]], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		if _, err := s.Campaign(r.Org, r.params.Campaign.id); err != nil {
			return err
		}
		all, next, err := s.Templates(r.params.Campaign.id, r.params.page())
		out.view = listOf(all, next, newTemplateView)
		return err
	})
	return out, err
}

func (a *API) template(ctx context.Context, r request[byID, none]) (reply[templateView], error) {
	e, err := a.Issuer.Template(ctx, r.Actor, r.params.ID.id)
	return editedReply(e), err
}

type changeTemplateBody struct {
	Name    *string     `json:"name,omitempty" example:"Gold"`
	Design  *designBody `json:"design,omitempty" doc:"Replaces the draft"`
	State   *string     `json:"state,omitempty" enum:"active,paused,invalid" doc:"active and paused change into each other; invalid is for ever, and makes every pass of the template void and without barcode"`
	Publish bool        `json:"publish,omitempty" doc:"Put the draft in force with the same call"`
	Quiet   bool        `json:"quiet,omitempty" doc:"With publish: phones see it when they next ask, and are told by pushTemplate"`
	TemplateLimits
}

func (a *API) changeTemplate(ctx context.Context, r request[byID, changeTemplateBody]) (reply[templateView], error) {
	limits, err := r.body.limits()
	if err != nil {
		return reply[templateView]{}, err
	}
	if r.body.Quiet && !r.body.Publish {
		return reply[templateView]{}, invalid("/quiet", "quiet", "nobody is told of a draft; publish it with the same call, or leave quiet out")
	}
	ch := issuer.TemplateChange{Name: r.body.Name, State: (*store.CampaignState)(r.body.State), TemplateLimits: limits,
		Publish: r.body.Publish, Quiet: r.body.Quiet, IfMatch: r.ifMatch}
	if r.body.Design != nil {
		design, err := r.body.Design.design("/design")
		if err != nil {
			return reply[templateView]{}, err
		}
		ch.Design, ch.Partial = &design, true
	}
	e, err := a.Issuer.ChangeTemplate(ctx, r.Actor, r.params.ID.id, ch)
	return editedReply(e), err
}

func (a *API) pushTemplate(ctx context.Context, r request[byID, none]) (reply[none], error) {
	_, err := a.Issuer.PushTemplate(ctx, r.Actor, r.params.ID.id)
	return reply[none]{}, err
}

func (a *API) publishTemplate(ctx context.Context, r request[byID, none]) (reply[templateView], error) {
	e, err := a.Issuer.PublishTemplate(ctx, r.Actor, r.params.ID.id, r.ifMatch)
	return editedReply(e), err
}

type revisionView struct {
	Number    int         `json:"number" example:"1"`
	Published time.Time   `json:"published"`
	Design    *designView `json:"design,omitempty" doc:"Left out in lists"`
}

func newRevisionView(v store.TemplateRevision) revisionView {
	return revisionView{Number: v.Number, Published: v.Published}
}

type revisionsPage struct {
	ID ref `path:"id"`
	Page
}

func (a *API) revisions(ctx context.Context, r request[revisionsPage, none]) (out reply[list[revisionView]], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		if _, err := s.Template(r.Org, r.params.ID.id); err != nil {
			return err
		}
		all, next, err := s.TemplateRevisions(r.params.ID.id, r.params.page())
		out.view = listOf(all, next, newRevisionView)
		return err
	})
	return out, err
}

type revisionPath struct {
	ID     ref `path:"id"`
	Number int `path:"number" minimum:"1"`
}

func (a *API) revision(ctx context.Context, r request[revisionPath, none]) (out reply[revisionView], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		if _, err := s.Template(r.Org, r.params.ID.id); err != nil {
			return err
		}
		v, err := s.TemplateRevision(r.params.ID.id, r.params.Number)
		out.view = newRevisionView(v)
		out.view.Design = newDesignView(v.Design)
		return err
	})
	return out, err
}
