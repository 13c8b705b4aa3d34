package enrol

import (
	"cmp"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
	"pocketpass/ui"
)

// open handles GET /c/{link}, and with .pkpass, .png, .qrcode, .css or .js behind it what
// belongs to it. No link has a point in its name.
func (d door) open(w http.ResponseWriter, r *http.Request) error {
	slug, ending, _ := strings.Cut(r.PathValue("link"), ".")
	switch ending {
	case "":
		return d.page(w, r, slug)
	case "pkpass":
		return d.file(w, r, slug)
	case "png":
		return d.preview(w, r, slug)
	case "qrcode":
		return d.code(w, r, slug)
	case "css":
		return d.own(w, r, slug, "text/css", func(p store.LinkPage) string { return p.Stylesheet })
	case "js":
		if d.scripts {
			return d.own(w, r, slug, "text/javascript", func(p store.LinkPage) string { return p.Script })
		}
	}
	return problem(store.ErrNotFound)
}

func (d door) page(w http.ResponseWriter, r *http.Request, slug string) error {
	e, err := d.Issuer.Entrance(r.Context(), slug, ticket(r))
	switch {
	case err != nil:
		return problem(err)
	case e.Pass != "":
		return d.lead(w, r, "/p/"+e.Pass)
	case e.Shut == nil && e.Link.Page.RemoteForm != "":
		return elsewhere(w, r, e)
	}
	if !looking(r) {
		d.Issuer.LinkViewed(e)
	}
	return d.draw(w, r, e, nil, findingFor(e.Shut))
}

// lead sends a visitor on to another page of the server. Whoever may issue nothing by
// looking is led all the same. From the host for scripts it leads away, even to a pass
// whose page has a script: that of another owner on the same host could open the address
// and see where a visitor's ticket leads.
func (d door) lead(w http.ResponseWriter, r *http.Request, path string) error {
	if d.scripts {
		path = d.BaseURL + path
	}
	return d.stay(w, r, path)
}

// stay sends a visitor on to a page of the same host.
func (d door) stay(w http.ResponseWriter, r *http.Request, path string) error {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// elsewhere sends a visitor to the owner's own form, which is told the campaign.
func elsewhere(w http.ResponseWriter, r *http.Request, e issuer.Entrance) error {
	address, fragment, marked := strings.Cut(e.Link.Page.RemoteForm, "#")
	sign := "?"
	if strings.Contains(address, "?") {
		sign = "&"
	}
	id := e.Campaign.ID.Short()
	if e.Link.Page.UUIDs {
		id = e.Campaign.ID.UUID()
	}
	address += sign + "campaign_id=" + id
	if marked {
		address += "#" + fragment
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, address, http.StatusFound)
	return nil
}

// finding is what a page says instead of the form.
type finding struct {
	state  ui.EnrolState
	status int
}

// findings says what visitors are told of a refusal; of one that is not listed, that
// there is nothing now.
var findings = map[string]finding{
	"link_closed": {ui.EnrolClosed, http.StatusGone}, "link_expired": {ui.EnrolClosed, http.StatusGone}, "link_used": {ui.EnrolClosed, http.StatusGone},
	"campaign_archived": {ui.EnrolClosed, http.StatusGone}, "campaign_invalid": {ui.EnrolClosed, http.StatusGone},
	"campaign_ended": {ui.EnrolClosed, http.StatusGone}, "template_ended": {ui.EnrolClosed, http.StatusGone},
	"link_full": {ui.EnrolFull, http.StatusGone}, "campaign_full": {ui.EnrolFull, http.StatusGone}, "template_full": {ui.EnrolFull, http.StatusGone},
	"code_list_empty": {ui.EnrolFull, http.StatusGone}, "codes_used_up": {ui.EnrolFull, http.StatusGone},
	"campaign_not_started": {ui.EnrolEarly, http.StatusForbidden}, "template_not_started": {ui.EnrolEarly, http.StatusForbidden},
	"enrolment_declined": {ui.EnrolDeclined, http.StatusConflict}, "person_limit": {ui.EnrolDeclined, http.StatusConflict},
	"already_exists": {ui.EnrolDeclined, http.StatusConflict},
	"pass_refused":   {ui.EnrolDeclined, http.StatusUnprocessableEntity}, // by phones, for what was typed
}

// findingFor is what a page says of a refusal; nil means that it has the form.
func findingFor(refusal *issuer.Error) finding {
	if refusal == nil {
		return finding{}
	}
	if f, ok := findings[refusal.Code]; ok {
		return f
	}
	if refusal.Kind == issuer.Unavailable || refusal.Kind == issuer.Full {
		return finding{ui.EnrolPaused, http.StatusServiceUnavailable}
	}
	return finding{ui.EnrolPaused, http.StatusForbidden}
}

// draw writes the page. sent is what the visitor typed, if it has to be sent again.
func (d door) draw(w http.ResponseWriter, r *http.Request, e issuer.Entrance, sent *sent, f finding) error {
	l := e.Link
	p := l.Page
	lang := ui.PageLanguage(p.Language, r.Header.Get("Accept-Language"), e.Campaign.Language)
	at := d.origin() + "/c/" + l.Slug
	data := ui.EnrolPageData{
		Lang: lang, State: f.state, Status: f.status, Title: p.Title, Text: p.Text, TextLang: p.Language, Private: l.Kind == store.PersonalLink,
		Action: "/c/" + l.Slug + query(r), Once: rand.Text(), PageURL: at,
		ShareTitle: p.ShareTitle, ShareText: p.ShareText, UserAgent: r.UserAgent(),
		Consent: ui.EnrolConsent{Text: e.Consent, Sum: p.Consent},
	}
	if p.Stylesheet != "" {
		data.Stylesheet = "/c/" + l.Slug + ".css?" + p.Stylesheet[:12]
	}
	if d.scripts {
		data.FormTarget = d.BaseURL
		if p.Script != "" {
			data.Script = "/c/" + l.Slug + ".js?" + p.Script[:12]
		}
	}
	for _, q := range e.Questions {
		data.Questions = append(data.Questions, question(q))
	}
	if sent != nil {
		sent.keep(&data)
	}
	if err := d.show(r, e, &data); err != nil {
		return err
	}
	return ui.EnrolPage(w, data)
}

func (d door) origin() string {
	if d.scripts {
		return d.ScriptsURL
	}
	return d.BaseURL
}

// query is that of a visit, which is kept with the pass.
func query(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return "?" + r.URL.Query().Encode()
}

func question(q issuer.Question) ui.EnrolQuestion {
	person, ok := strings.CutPrefix(q.Path, "/person/")
	if !ok {
		person = ""
	}
	return ui.EnrolQuestion{Name: q.Path, Type: string(q.Type), Person: person, Label: q.Label, Required: q.Required, Value: q.Default}
}

// show adds the pass that is offered, and what it says where the owner says nothing.
func (d door) show(r *http.Request, e issuer.Entrance, data *ui.EnrolPageData) error {
	v, err := d.sample(r, e.Link)
	if issuer.KindOf(err) == issuer.Conflict || issuer.KindOf(err) == issuer.Invalid { // nothing is published any more
		data.Title = cmp.Or(data.Title, e.Campaign.Name)
		return nil
	}
	if err != nil {
		return err
	}
	doc := v.Document
	data.Title = cmp.Or(data.Title, doc.LogoText, doc.Description)
	data.Organisation, data.Demo = doc.OrganizationName, v.Demo
	data.ShareText = cmp.Or(data.ShareText, firstLine(data.Text), doc.Description)
	root := "/c/" + e.Link.Slug
	data.Images = images(root+"/images/", v.Files)
	if data.State == ui.EnrolForm {
		data.DocumentURL = root + "/pass.json"
	}
	data.ShareImage = d.share(e.Link, v.Files)
	return nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSpace(line)
}

// sample is a pass as it could come of a link, in the language of its page.
func (d door) sample(r *http.Request, l store.Link) (issuer.Preview, error) {
	v, err := d.Issuer.LinkPreview(r.Context(), l.Slug)
	if err != nil {
		return v, err
	}
	_, err = v.Speak(cmp.Or(l.Page.Language, r.Header.Get("Accept-Language")))
	return v, err
}

// images maps the images of a bundle to where they are served.
func images(prefix string, files pkpass.Bundle) map[string]string {
	out := make(map[string]string)
	for name := range files {
		if _, ok := pkpass.ParseImageName(name); ok {
			out[name] = prefix + name
		}
	}
	return out
}

// problem is what a visitor is told who asked for something that is not there.
func problem(err error) error {
	if err == nil {
		return nil
	}
	if issuer.KindOf(err) != issuer.NotFound {
		return err
	}
	e := issuer.Public(store.ErrNotFound)
	return &web.Problem{Status: http.StatusNotFound, Code: e.Code, Detail: e.Msg, Err: err}
}

// refusal is the refusal within err that a page can explain, nil if there is none.
func refusal(err error) *issuer.Error {
	e, ok := errors.AsType[*issuer.Error](err)
	if !ok || e.Kind == issuer.Internal || e.Kind == issuer.NotFound {
		return nil
	}
	return e
}
