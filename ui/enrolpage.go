package ui

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"pocketpass/ui/barcode"
)

// EnrolState says what the page of a link is about.
type EnrolState string

// The states. All but the form are a sentence.
const (
	EnrolForm     EnrolState = ""
	EnrolClosed   EnrolState = "closed"   // for ever
	EnrolFull     EnrolState = "full"     // as many passes as there are were given
	EnrolEarly    EnrolState = "early"    // not begun
	EnrolPaused   EnrolState = "paused"   // not now
	EnrolDeclined EnrolState = "declined" // not with these answers
	EnrolMailed   EnrolState = "mailed"   // the link goes to the visitor
	EnrolBusy     EnrolState = "busy"     // too many requests
)

// EnrolPageData is what the page of a link shows. Texts of the owner are as given.
type EnrolPageData struct {
	Lang         string // one that PageLanguage returned
	State        EnrolState
	Status       int    // of the answer; 0 means 200
	Title        string // what the visitor gets
	Organisation string // who gives it
	Text         string // paragraphs, separated by empty lines
	TextLang     string // BCP 47 of Text and Consent; empty means Lang
	Private      bool   // for one person: nothing for search engines

	Action    string // address that the form goes to
	Once      string // random text, so that sent twice it counts once
	Questions []EnrolQuestion
	Consent   EnrolConsent
	Again     bool // the form has to be sent once more
	Foreign   bool // the form came from another site

	PageURL     string            // absolute address of this page, drawn as a QR code
	DocumentURL string            // pass.json of a sample; empty draws none
	Images      map[string]string // file name in the pass → URL
	ShareTitle  string            // of previews; empty means Title
	ShareText   string
	ShareImage  string // absolute address
	Stylesheet  string // address of the owner's own
	Script      string // address of the owner's own
	FormTarget  string // origin that the form may lead to beside this one
	UserAgent   string // of the request; finds browsers inside apps
	Demo        bool   // signed by a demo authority
}

// EnrolQuestion is a line of the form.
type EnrolQuestion struct {
	Name     string // of the input
	Type     string // text, number, integer, money, date, datetime, boolean, email, phone or url
	Person   string // name, email or phone, which have labels of their own; else empty
	Label    string
	Required bool
	Value    string // as typed
	Wrong    bool   // missing, if Value is empty
}

// EnrolConsent is what a visitor has to agree to.
type EnrolConsent struct {
	Text  string // empty asks for none
	Sum   string // names the text, sent as the answer
	Wrong bool
}

// enrolView adds what is drawn and the caller need not know.
type enrolView struct {
	EnrolPageData
	words    words
	inputs   []enrolInput
	problems []enrolProblem
	notice   *enrolNotice // instead of the form
	images   string       // as JSON
	qr       string       // address of the drawn code
	inApp    string       // name of the app whose browser cannot add passes
}

// enrolProblem is what is wrong with an input, or with everything if there is no id.
type enrolProblem struct{ id, label, text string }

type enrolNotice struct{ title, text string }

// EnrolPage writes the page of a link. It works without scripts; drawing the pass
// needs them. Nothing is written when an error is returned.
func EnrolPage(w http.ResponseWriter, d EnrolPageData) error {
	view, err := newEnrolView(d)
	if err != nil {
		return err
	}
	page := view.draw()
	h := w.Header()
	secure(h)
	h.Set("Referrer-Policy", "same-origin") // with none at all a form says it comes from nowhere
	if d.FormTarget != "" {
		h.Set("Content-Security-Policy", strings.Replace(CSP, "form-action 'self'", "form-action 'self' "+d.FormTarget, 1))
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Language, Cookie, User-Agent")
	if d.Private {
		h.Set("X-Robots-Tag", "noindex")
	}
	w.WriteHeader(cmp.Or(d.Status, http.StatusOK))
	_, _ = io.WriteString(w, page) // a client that went away needs no answer
	return nil
}

func newEnrolView(d EnrolPageData) (enrolView, error) {
	images, err := json.Marshal(d.Images)
	if err != nil {
		return enrolView{}, fmt.Errorf("images: %w", err)
	}
	d.ShareTitle = cmp.Or(d.ShareTitle, d.Title)
	v := enrolView{EnrolPageData: d, words: wordsIn[d.Lang], images: string(images),
		qr: barcodePath(barcode.QR, d.PageURL, "utf-8"), inApp: InAppBrowser(d.UserAgent)}
	v.notice = v.words.says(d.State)
	if d.Foreign {
		v.problem("", "", v.words.Foreign)
	}
	if d.Again {
		v.problem("", "", v.words.Again)
	}
	for n, q := range d.Questions {
		in := v.words.input("q"+strconv.Itoa(n), q)
		if v.inputs = append(v.inputs, in); in.wrong != "" {
			v.problem(in.id, in.label, in.wrong)
		}
	}
	if d.Consent.Wrong {
		v.problem("consent", "", v.words.Agree)
	}
	return v, nil
}

func (v *enrolView) problem(id, label, text string) {
	v.problems = append(v.problems, enrolProblem{id, label, text})
}

func paragraphs(text string) (out []string) {
	for p := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// says is the sentence of a state, nil for the form.
func (w words) says(s EnrolState) *enrolNotice {
	switch s {
	case EnrolClosed:
		return &enrolNotice{w.Closed, w.ClosedText}
	case EnrolFull:
		return &enrolNotice{w.Full, w.FullText}
	case EnrolEarly:
		return &enrolNotice{w.Early, w.EarlyText}
	case EnrolPaused:
		return &enrolNotice{w.Paused, w.PausedText}
	case EnrolDeclined:
		return &enrolNotice{w.Declined, w.DeclinedText}
	case EnrolMailed:
		return &enrolNotice{w.Mailed, w.MailedText}
	case EnrolBusy:
		return &enrolNotice{w.Busy, w.BusyText}
	}
	return nil
}
