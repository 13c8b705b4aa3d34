package api

import (
	"context"
	"encoding/json"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

type linkView struct {
	ID         ref       `json:"id"`
	Campaign   ref       `json:"campaign"`
	Template   *ref      `json:"template,omitempty" doc:"The campaign's default if there is none"`
	Slug       string    `json:"slug" example:"coffee-club"`
	URL        string    `json:"url" format:"uri" doc:"The page to send to people or to print as a QR code"`
	PkpassURL  string    `json:"pkpassUrl" format:"uri" doc:"Opening it makes a pass at once where the page asks for nothing"`
	Kind       string    `json:"kind" enum:"public,personal"`
	State      string    `json:"state" enum:"active,closed"`
	Limit      int64     `json:"limit,omitempty"`
	Used       int64     `json:"used" doc:"Passes that came of it"`
	Expires    time.Time `json:"expires,omitzero"`
	Values     values    `json:"values"`
	Tags       []string  `json:"tags"`
	Asks       *asks     `json:"asks,omitempty"`
	Page       linkPage  `json:"page"`
	Holder     *ref      `json:"holder,omitempty"`
	ExternalID string    `json:"externalId,omitempty"`
	Pass       *ref      `json:"pass,omitempty" doc:"That the first visit to a personal link made"`
	Created    time.Time `json:"created"`
	Updated    time.Time `json:"updated"`
}

// asks says which details of a person a form asks for.
type asks struct {
	Name  string `json:"name,omitempty" enum:"optional,required"`
	Email string `json:"email,omitempty" enum:"optional,required"`
	Phone string `json:"phone,omitempty" enum:"optional,required"`
}

func newAsks(a store.Asks) *asks {
	if a == (store.Asks{}) {
		return nil
	}
	return &asks{string(a.Name), string(a.Email), string(a.Phone)}
}

func (a asks) record() store.Asks {
	return store.Asks{Name: store.Demand(a.Name), Email: store.Demand(a.Email), Phone: store.Demand(a.Phone)}
}

// linkPage is what the page of a link says, as it goes out.
type linkPage struct {
	Title          string     `json:"title,omitempty"`
	Text           string     `json:"text,omitempty"`
	Language       string     `json:"language,omitempty"`
	Consent        string     `json:"consent,omitempty"`
	ConsentVersion string     `json:"consentVersion,omitempty"`
	ConsentSHA256  string     `json:"consentSha256,omitempty" doc:"Of the words, as consents name them"`
	Share          *shareView `json:"share,omitempty"`
	Stylesheet     string     `json:"stylesheet,omitempty"`
	Script         string     `json:"script,omitempty"`
	RemoteForm     string     `json:"remoteForm,omitempty"`
	UUIDs          bool       `json:"campaignUuid,omitempty"`
}

type shareView struct {
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
	Image *ref   `json:"image,omitempty" doc:"Asset"`
}

// linkView reads what is kept beside a link; whole says whether with its long texts.
func (a *API) linkView(s store.Reader, l store.Link, whole bool) (v linkView, err error) {
	v = linkView{ID: ref{l.ID}, Campaign: ref{l.Campaign}, Template: refOf(l.Template), Slug: l.Slug, URL: a.Issuer.LinkURL(l), Kind: string(l.Kind), State: string(l.State),
		Limit: l.Limit, Expires: l.Expires, Values: l.Values, Tags: l.Tags, Asks: newAsks(l.Asks), Holder: refOf(l.Holder), ExternalID: l.ExternalID, Pass: refOf(l.Pass),
		Created: l.Created, Updated: l.Updated}
	v.PkpassURL = v.URL + ".pkpass"
	if v.Values == nil {
		v.Values = values{}
	}
	if v.Tags == nil {
		v.Tags = []string{}
	}
	if v.Used, err = s.Counter(l.ID, store.CountIssued); err != nil {
		return v, err
	}
	v.Page, err = newLinkPage(s, l.Page, whole)
	return v, err
}

func newLinkPage(s store.Reader, p store.LinkPage, whole bool) (v linkPage, err error) {
	v = linkPage{Title: p.Title, Text: p.Text, Language: p.Language, ConsentVersion: p.Version, ConsentSHA256: p.Consent, RemoteForm: p.RemoteForm, UUIDs: p.UUIDs}
	if p.ShareTitle != "" || p.ShareText != "" || p.ShareImage != 0 {
		v.Share = &shareView{p.ShareTitle, p.ShareText, refOf(p.ShareImage)}
	}
	if !whole {
		return v, nil
	}
	for _, one := range []struct {
		to   *string
		blob string
	}{{&v.Consent, p.Consent}, {&v.Stylesheet, p.Stylesheet}, {&v.Script, p.Script}} {
		if *one.to, err = issuer.LinkText(s, one.blob); err != nil {
			return v, err
		}
	}
	return v, nil
}

func (a *API) linkViews(s store.Reader, all []store.Link, next store.ID) (out list[linkView], err error) {
	out = listOf(all, next, func(l store.Link) linkView {
		v, failed := a.linkView(s, l, false)
		if failed != nil {
			err = failed
		}
		return v
	})
	return out, err
}

func (a *API) linkReply(ctx context.Context, l store.Link) (out reply[linkView], err error) {
	out.tag = etag(l.Edited)
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		out.view, err = a.linkView(s, l, true)
		return err
	})
	return out, err
}

// LinkSettings are the members that a link is made and changed with. It is exported
// because huma skips embedded structs that are not.
type LinkSettings struct {
	Template *string                           `json:"template,omitempty" doc:"Id of a template of the campaign, if not its default"`
	Limit    maybe[int64]                      `json:"limit,omitzero" doc:"Passes that come of it at most; a personal link gives one"`
	Expires  maybe[moment]                     `json:"expires,omitzero" doc:"Nothing is issued from then on"`
	Values   maybe[map[string]json.RawMessage] `json:"values,omitzero" doc:"Of every pass, and not asked for; replaced as a whole"`
	Tags     maybe[[]string]                   `json:"tags,omitzero" doc:"Of every pass; up to 15"`
	Asks     maybe[asks]                       `json:"asks,omitzero" doc:"Which details of a person the form asks for, beside those that the campaign's rules need; nothing is asked of somebody who is known"`
	Page     *pageBody                         `json:"page,omitempty"`
}

// pageBody is what is said of a page. A member that is missing leaves it as it is; an
// empty text takes it away.
type pageBody struct {
	Title          *string    `json:"title,omitempty" doc:"Up to 120 characters; the name on the pass if there is none"`
	Text           *string    `json:"text,omitempty" doc:"Up to 5,000 characters; an empty line begins a paragraph"`
	Language       *string    `json:"language,omitempty" example:"de" doc:"Of these texts, and of the page; the visitor's if there is none"`
	Consent        *string    `json:"consent,omitempty" doc:"What a visitor has to agree to, up to 10,000 characters. What each agreed to, and when, is kept with the pass"`
	ConsentVersion *string    `json:"consentVersion,omitempty" example:"2026-05" doc:"Your name for these words"`
	Share          *shareBody `json:"share,omitempty" doc:"What messengers show with the address (Open Graph)"`
	Stylesheet     *string    `json:"stylesheet,omitempty" doc:"CSS over that of the page and of those of its passes, up to 64 kB, served as a file of its own. Passes that came through no link have that of the first one of their campaign"`
	Script         *string    `json:"script,omitempty" doc:"JavaScript of the page and of those of its passes, up to 64 kB. It runs only where the operator of the server allows it, on a host name that serves these pages and nothing else"`
	RemoteForm     *string    `json:"remoteForm,omitempty" doc:"Address of a form of your own, which visitors are sent to with campaign_id in the query"`
	UUIDs          *bool      `json:"campaignUuid,omitempty" doc:"Whether that form is told the campaign by its UUID, as that of Passworks was"`
}

type shareBody struct {
	Title *string `json:"title,omitempty" doc:"Up to 120 characters; that of the page if there is none"`
	Text  *string `json:"text,omitempty" doc:"Up to 300 characters"`
	Image *string `json:"image,omitempty" doc:"Id of an asset"`
}

func (b LinkSettings) settings() (s issuer.LinkSettings, err error) {
	s = issuer.LinkSettings{Limit: b.Limit.pointer(), Values: b.Values.pointer(), Tags: b.Tags.pointer()}
	if b.Template != nil {
		id, err := bodyID("/template", *b.Template)
		if err != nil {
			return s, err
		}
		s.Template = &id
	}
	if s.Expires, err = timeOf("/expires", b.Expires); err != nil {
		return s, err
	}
	if b.Asks.given {
		a := b.Asks.value.record()
		s.Asks = &a
	}
	if b.Page != nil {
		s.PageSettings, err = b.Page.settings()
	}
	return s, err
}

func (b pageBody) settings() (s issuer.PageSettings, err error) {
	s = issuer.PageSettings{Title: b.Title, Text: b.Text, Language: b.Language, Consent: b.Consent, ConsentVersion: b.ConsentVersion,
		Stylesheet: b.Stylesheet, Script: b.Script, RemoteForm: b.RemoteForm, UUIDs: b.UUIDs}
	if b.Share == nil {
		return s, nil
	}
	s.ShareTitle, s.ShareText = b.Share.Title, b.Share.Text
	if b.Share.Image != nil {
		id, err := bodyID("/page/share/image", *b.Share.Image)
		if err != nil {
			return s, err
		}
		s.ShareImage = &id
	}
	return s, nil
}

// LinkBody is a link to be made. It is exported because huma skips embedded structs
// that are not.
type LinkBody struct {
	Kind       string      `json:"kind,omitempty" enum:"public,personal" default:"public" doc:"public: anybody, each visitor gets a pass. personal: one person, who gets one pass, made by the first visit"`
	Slug       string      `json:"slug,omitempty" example:"coffee-club" doc:"In the address: 3 to 64 characters a-z 0-9 and -, of a personal link 10 at least; random if there is none"`
	Holder     string      `json:"holder,omitempty" doc:"Id of the person that a personal link is for"`
	Person     *personBody `json:"person,omitempty" doc:"Or who that is, as in issuePass"`
	ExternalID string      `json:"externalId,omitempty" example:"customer-4711" doc:"Your own id of the pass of a personal link"`
	LinkSettings
}

func (b LinkBody) link() (n issuer.NewLink, err error) {
	n = issuer.NewLink{Kind: store.LinkKind(b.Kind), Slug: b.Slug, ExternalID: b.ExternalID}
	if b.Person != nil {
		n.Holder.Details = b.Person.details()
	}
	if n.Holder.ID, err = bodyID("/holder", b.Holder); err != nil {
		return n, err
	}
	n.LinkSettings, err = b.settings()
	return n, err
}

type createLinksBody struct {
	LinkBody
	Links []LinkBody `json:"links,omitempty" doc:"Or up to 1,000 at once, all of them or none; then nothing else is given"`
}

// madeLinks is one link, or a list if several were asked for.
type madeLinks struct {
	one  *linkView
	many list[linkView]
}

// MarshalJSON writes what was asked for.
func (m madeLinks) MarshalJSON() ([]byte, error) {
	if m.one != nil {
		return json.Marshal(m.one)
	}
	return json.Marshal(m.many)
}

// Schema describes both.
func (madeLinks) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{r.Schema(reflect.TypeFor[linkView](), true, ""), r.Schema(reflect.TypeFor[list[linkView]](), true, "")}}
}

func (a *API) createLinks(ctx context.Context, r request[byID, createLinksBody]) (out reply[madeLinks], err error) {
	several := r.body.Links != nil
	bodies := r.body.Links
	switch {
	case !several:
		bodies = []LinkBody{r.body.LinkBody}
	case !reflect.ValueOf(r.body.LinkBody).IsZero():
		return out, invalid("/links", "links_ambiguous", "give one link, or a list of links and nothing beside it")
	}
	all := make([]issuer.NewLink, len(bodies))
	for n, b := range bodies {
		if all[n], err = b.link(); err != nil {
			if several {
				err = under(pointer("/links", strconv.Itoa(n)), err)
			}
			return out, err
		}
	}
	made, err := a.Issuer.CreateLinks(ctx, r.Actor, r.params.ID.id, all, r.once)
	if err != nil {
		return out, err
	}
	if !several {
		one, err := a.linkReply(ctx, made[0])
		return reply[madeLinks]{view: madeLinks{one: &one.view}, tag: one.tag, location: "/links/" + made[0].ID.Short()}, err
	}
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		out.view.many, err = a.linkViews(s, made, 0)
		return err
	})
	return out, err
}

func (a *API) links(ctx context.Context, r request[passPage, none]) (out reply[list[linkView]], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		if _, err := s.Campaign(r.Org, r.params.ID.id); err != nil {
			return err
		}
		all, next, err := s.Links(r.params.ID.id, r.params.page())
		if err != nil {
			return err
		}
		out.view, err = a.linkViews(s, all, next)
		return err
	})
	return out, err
}

func (a *API) link(ctx context.Context, r request[byID, none]) (out reply[linkView], err error) {
	err = a.Issuer.View(ctx, func(s store.Reader) error {
		l, err := s.Link(r.Org, r.params.ID.id)
		if err != nil {
			return err
		}
		out.tag = etag(l.Edited)
		out.view, err = a.linkView(s, l, true)
		return err
	})
	return out, err
}

type changeLinkBody struct {
	State *string `json:"state,omitempty" enum:"active,closed" doc:"A closed link says so on its page and issues nothing"`
	LinkSettings
}

func (a *API) changeLink(ctx context.Context, r request[byID, changeLinkBody]) (reply[linkView], error) {
	settings, err := r.body.settings()
	if err != nil {
		return reply[linkView]{}, err
	}
	l, err := a.Issuer.ChangeLink(ctx, r.Actor, r.params.ID.id, issuer.LinkChange{State: (*store.LinkState)(r.body.State), LinkSettings: settings, IfMatch: r.ifMatch})
	if err != nil {
		return reply[linkView]{}, err
	}
	return a.linkReply(ctx, l)
}

func (a *API) closeLink(ctx context.Context, r request[byID, none]) (reply[none], error) {
	return reply[none]{}, a.Issuer.CloseLink(ctx, r.Actor, r.params.ID.id)
}

// formView is what a form elsewhere has to know.
type formView struct {
	Asks   *asks       `json:"asks,omitempty" doc:"Details of the person that the campaign's rules need"`
	Fields []fieldView `json:"fields"`
}

type fieldView struct {
	Key      string `json:"key" example:"member"`
	Label    string `json:"label" example:"Your name"`
	Type     string `json:"type" enum:"text,number,integer,money,date,datetime,boolean,email,phone,url"`
	Fixed    bool   `json:"fixed" doc:"The template decides it; a value in an order is refused"`
	Asked    bool   `json:"asked" doc:"Stands on the form of the campaign's links"`
	Required bool   `json:"required"`
	Default  string `json:"default,omitempty"`
}

func (a *API) campaignForm(ctx context.Context, r request[byID, none]) (reply[formView], error) {
	f, err := a.Issuer.CampaignForm(ctx, r.Actor, r.params.ID.id)
	if err != nil {
		return reply[formView]{}, err
	}
	v := formView{Asks: newAsks(f.Asks), Fields: make([]fieldView, 0, len(f.Fields))}
	for _, one := range f.Fields {
		v.Fields = append(v.Fields, fieldView{one.Key, one.Label, string(one.Type), one.Fixed, one.Asked, one.Required && one.Default == "", one.Default})
	}
	return answer(v)
}

// consentView is what somebody agreed to.
type consentView struct {
	Text    string    `json:"text"`
	SHA256  string    `json:"sha256"`
	Version string    `json:"version,omitempty"`
	Given   time.Time `json:"given"`
	Link    ref       `json:"link"`
	Network string    `json:"network,omitempty" example:"192.0.2.0/24" doc:"That the visitor came from"`
}

func newConsentView(c issuer.Agreed) consentView {
	return consentView{Text: c.Words, SHA256: c.Text, Version: c.Version, Given: c.Given, Link: ref{c.Link}, Network: c.From}
}

func (a *API) consents(ctx context.Context, r request[byID, none]) (reply[list[consentView]], error) {
	all, err := a.Issuer.Consents(ctx, r.Actor, r.params.ID.id)
	return reply[list[consentView]]{view: listOf(all, 0, newConsentView)}, err
}
