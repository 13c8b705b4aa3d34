package enrol

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/ui"
)

// The inputs of the form that are no questions. Nobody sees the trap; programs that
// fill in whatever there is fall into it.
const (
	inputConsent = "consent"
	inputOnce    = "once"
	inputTrap    = "extra"
)

// sent is a form that has to be sent again.
type sent struct {
	form    url.Values
	wrong   []issuer.FieldError
	again   bool // nothing is wrong that the visitor could see
	foreign bool
}

// keep puts what was typed back into the form, and what is wrong beside it. What nobody
// agreed to is not ticked for them.
func (s *sent) keep(data *ui.EnrolPageData) {
	data.Again, data.Foreign = s.again, s.foreign
	for n := range data.Questions {
		q := &data.Questions[n]
		q.Wrong = s.has(q.Name)
		if !s.foreign {
			q.Value = s.form.Get(q.Name)
		}
	}
	data.Consent.Wrong = s.has(issuer.PathConsent)
}

func (s *sent) has(path string) bool {
	return slices.ContainsFunc(s.wrong, func(f issuer.FieldError) bool { return f.Path == path })
}

// enrol handles POST /c/{link}.
func (d door) enrol(w http.ResponseWriter, r *http.Request) error {
	slug := r.PathValue("link")
	e, err := d.Issuer.Entrance(r.Context(), slug, ticket(r))
	if err != nil {
		return problem(err)
	}
	if err := d.foreign.Check(r); err != nil {
		return d.draw(w, r, e, &sent{foreign: true}, finding{status: http.StatusForbidden})
	}
	if wait := d.limiter.Take(web.Client(r)); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		return d.draw(w, r, e, nil, finding{ui.EnrolBusy, http.StatusTooManyRequests})
	}
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	switch {
	case e.Pass == "" && e.Shut == nil && e.Link.Page.RemoteForm != "":
		return elsewhere(w, r, e)
	case r.PostForm.Get(inputTrap) != "":
		return d.draw(w, r, e, &sent{form: r.PostForm, again: true}, finding{status: http.StatusUnprocessableEntity})
	}
	out, err := d.Issuer.Enrol(r.Context(), enrolment(r, slug, e))
	return d.answer(w, r, e, out, err)
}

func enrolment(r *http.Request, slug string, e issuer.Entrance) issuer.Enrolment {
	out := issuer.Enrolment{Slug: slug, Ticket: ticket(r), Answers: make(map[string]string), Agreed: r.PostForm.Get(inputConsent), Once: r.PostForm.Get(inputOnce),
		Meta: meta(r), From: web.Client(r), Language: ui.PageLanguage(e.Link.Page.Language, r.Header.Get("Accept-Language"), e.Campaign.Language)}
	for _, q := range e.Questions {
		out.Answers[q.Path] = r.PostForm.Get(q.Path)
	}
	return out
}

// answer says what came of a form.
func (d door) answer(w http.ResponseWriter, r *http.Request, e issuer.Entrance, out issuer.Enrolled, err error) error {
	no := refusal(err)
	switch {
	case err != nil && no == nil:
		return problem(err)
	case no != nil && no.Kind == issuer.Invalid && asked(e, no):
		return d.draw(w, r, e, &sent{form: r.PostForm, wrong: no.Fields}, finding{status: http.StatusUnprocessableEntity})
	case no != nil:
		return d.draw(w, r, e, nil, findingFor(no))
	case out.Mailed:
		return d.draw(w, r, e, nil, finding{state: ui.EnrolMailed})
	}
	d.remember(w, e.Link.Slug, out.Ticket, issuer.KeepTickets)
	page := "/p/" + out.Pass.PublicID
	if fresh := out.Ticket != ""; fresh && e.Link.Page.Script != "" {
		return d.stay(w, r, page)
	}
	return d.lead(w, r, page)
}

// asked says whether a refusal is about something that the form asks for.
func asked(e issuer.Entrance, no *issuer.Error) bool {
	return slices.ContainsFunc(no.Fields, func(f issuer.FieldError) bool {
		return f.Path == issuer.PathConsent || slices.ContainsFunc(e.Questions, func(q issuer.Question) bool { return q.Path == f.Path })
	})
}

// file handles GET /c/{link}.pkpass, which makes a pass where nothing is asked for, and
// leads to its file; else to the page. Somebody who only looks is led to the page. Where
// nothing is issued there is no file.
func (d door) file(w http.ResponseWriter, r *http.Request, slug string) error {
	e, err := d.Issuer.Entrance(r.Context(), slug, ticket(r))
	switch {
	case err != nil:
		return problem(err)
	case e.Pass != "":
		return d.lead(w, r, "/p/"+e.Pass+".pkpass")
	case e.Shut == nil && e.Link.Page.RemoteForm != "":
		return elsewhere(w, r, e)
	case e.Shut != nil:
		return d.noFile(w, r, e, e.Shut)
	case len(e.Questions) > 0 || e.Consent != "" || looking(r):
		return d.toPage(w, r, slug)
	}
	if wait := d.limiter.Take(web.Client(r)); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		return d.draw(w, r, e, nil, finding{ui.EnrolBusy, http.StatusTooManyRequests})
	}
	out, err := d.Issuer.Enrol(r.Context(), enrolment(r, slug, e))
	if err != nil {
		if no := refusal(err); no != nil {
			return d.noFile(w, r, e, no)
		}
		return problem(err)
	}
	d.remember(w, slug, out.Ticket, issuer.KeepTickets)
	return d.lead(w, r, "/p/"+out.Pass.PublicID+".pkpass")
}

// noFile says on the page why a link has no file.
func (d door) noFile(w http.ResponseWriter, r *http.Request, e issuer.Entrance, refusal *issuer.Error) error {
	f := findingFor(refusal)
	f.status = http.StatusNotFound
	return d.draw(w, r, e, nil, f)
}

// toPage leads to the page of the same link.
func (d door) toPage(w http.ResponseWriter, r *http.Request, slug string) error {
	return d.stay(w, r, "/c/"+slug+query(r))
}

// unreadable tells a form that is too large from one that cannot be read.
func unreadable(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge
	}
	return &web.Problem{Status: http.StatusBadRequest, Code: "invalid_form", Detail: "the form cannot be read: send it as application/x-www-form-urlencoded", Err: err}
}
