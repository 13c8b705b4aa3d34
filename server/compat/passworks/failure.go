package passworks

import (
	"errors"
	"net/http"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
)

// failure is the body of an error, for all generations of clients at once.
type failure struct {
	Status int    `json:"status_code"`
	Code   int    `json:"error_code"` // never null and never a string
	Text   string `json:"message"`    // never null
	Errors any    `json:"errors"`     // complaints, remarks or, of changes of a state, a list of texts

	cause error // for the log only
}

// complaints are what is wrong with members of a request. Values must never be anything
// but lists of texts: the Ruby client fails on others.
type complaints map[string][]string

// remarks are complaints of which the documents print a text alone.
type remarks map[string]string

func (f *failure) Error() string {
	if f.cause != nil {
		return f.Text + ": " + f.cause.Error()
	}
	return f.Text
}

func (f *failure) Unwrap() error { return f.cause }

// codeBase plus the status is the error_code of what has none of its own.
const codeBase = 10000

// codeAssetUsed is the one error_code that clients know.
const codeAssetUsed = 10103

// statusLimited is what the service answered instead of 429, which clients take for success.
const statusLimited = 420

var (
	unauthorized = remark(http.StatusUnauthorized, "base", "API username or API key is missing or wrong.")
	forbidden    = remark(http.StatusForbidden, "base", "This API key may not do that.")
	locked       = remark(http.StatusForbidden, "base", "This account is locked.")
	tooMany      = remark(statusLimited, "base", "The rate limit is exceeded; wait for the hour to end.")
	noRoute      = remark(http.StatusNotFound, "base", "There is nothing at this address.")
	wrongMethod  = remark(http.StatusMethodNotAllowed, "base", "This address does not know the method.")
)

// remark is a failure with one text.
func remark(status int, key, text string) *failure {
	return &failure{Status: status, Code: codeBase + status, Text: text, Errors: remarks{key: text}}
}

// complain is a failure of one member: "name", "can't be blank".
func complain(status int, key, text string) *failure {
	return &failure{Status: status, Code: codeBase + status, Text: sentence(key, text), Errors: complaints{key: {text}}}
}

// invalid is what is wrong with a value.
func invalid(key, text string) *failure { return complain(http.StatusUnprocessableEntity, key, text) }

// malformed is what is wrong with the shape of a request.
func malformed(key, text string) *failure { return complain(http.StatusBadRequest, key, text) }

// blocked is what the state of something forbids now.
func blocked(key, text string) *failure { return complain(http.StatusPreconditionFailed, key, text) }

// notFound is a missing campaign, pass, asset, template, certificate or organization.
func notFound(what string) *failure {
	return remark(http.StatusNotFound, what, capital(what)+" not found.")
}

// sentence is a complaint as people read it: "Icon can't be blank".
func sentence(key, text string) string {
	if key == "base" {
		return capital(text)
	}
	return capital(strings.ReplaceAll(strings.TrimSuffix(key, "_id"), "_", " ")) + " " + text
}

func capital(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// fail answers an error in the words of Passworks.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	f := failureOf(err)
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*") // also of what never came to a handler
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	if f.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Basic realm="Passworks API"`)
	}
	_ = web.WriteJSON(w, f.Status, f) // a client that is gone needs no answer
}

func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if e := issuer.Public(err); e.Kind != issuer.Internal {
		return ofIssuer(e)
	}
	return ofWeb(web.ProblemOf(err))
}

// statuses are those of what the engine refuses.
var statuses = map[issuer.Kind]int{
	issuer.Invalid:      http.StatusUnprocessableEntity,
	issuer.NotFound:     http.StatusNotFound,
	issuer.Conflict:     http.StatusPreconditionFailed,
	issuer.Precondition: http.StatusPreconditionFailed,
	issuer.Unavailable:  http.StatusServiceUnavailable,
	issuer.Denied:       http.StatusUnauthorized,
	issuer.TooLarge:     http.StatusUnprocessableEntity,
	issuer.TooMany:      statusLimited,
	issuer.Full:         http.StatusServiceUnavailable,
}

// ofIssuer says what the engine says. Where it names a member in its own words, a
// handler that knows better translates it before.
func ofIssuer(e *issuer.Error) *failure {
	if f, ok := refusals[e.Code]; ok {
		return &failure{f.Status, f.Code, f.Text, f.Errors, e}
	}
	key := "base"
	if len(e.Fields) > 0 {
		key = memberOf(e.Fields[0].Path)
	}
	f := complain(statuses[e.Kind], key, e.Msg)
	f.Text, f.cause = capital(e.Msg), e
	return f
}

// refusals are the engine's codes that the service had words for.
var refusals = map[string]*failure{
	"name_taken":        invalid("name", "has already been taken"),
	"name_missing":      invalid("name", "can't be blank"),
	"code_taken":        invalid("barcode", "has already been taken"),
	"code_missing":      invalid("barcode", "can't be blank"),
	"numbering_in_use":  invalid("code_type", "can't be changed once there are passes"),
	"pass_redeemed":     blocked("pass", "is voided"),
	"pass_void":         blocked("pass", "is voided"),
	"pass_expired":      blocked("pass", "has expired"),
	"campaign_draft":    blocked("campaign", "is paused"),
	"campaign_paused":   blocked("campaign", "is paused"),
	"campaign_archived": blocked("campaign", "is archived"),
	"campaign_invalid":  blocked("campaign", "is archived"),
}

// memberOf is the first part of a JSON pointer in the spelling of the service. The download
// page is no part of its own.
func memberOf(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, "/link/page"), "/"), "/")
	if known, ok := memberNames[name]; ok {
		return known
	}
	if name == "" || strings.Contains(name, ".") { // the file that a phone would refuse
		return "base"
	}
	return name
}

// memberNames are those of the engine's requests whose names differ here.
var memberNames = map[string]string{
	"values": "base", "document": "base", "design": "base", "images": "base", "change": "base",
	"code": "barcode", "expires": "expiration_date", "passTypeIdentifier": "certificate_id",
	"note": "comment", "text": "push_message", "scan": "redeem_code", "script": "javascript", "remoteForm": "remote_form_url",
}

// ofWeb translates what the layers around the handlers refuse into the few statuses
// that clients know.
func ofWeb(p *web.Problem) *failure {
	var f *failure
	switch p.Status {
	case http.StatusNotFound:
		f = remark(noRoute.Status, "base", noRoute.Text)
	case http.StatusMethodNotAllowed:
		f = remark(wrongMethod.Status, "base", wrongMethod.Text)
	case http.StatusTooManyRequests:
		f = remark(tooMany.Status, "base", tooMany.Text)
	case http.StatusRequestEntityTooLarge:
		f = invalid("base", "the body is too large")
	case http.StatusInternalServerError, http.StatusNotImplemented, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		f = remark(p.Status, "base", capital(p.Detail))
	default:
		f = malformed("base", p.Detail)
	}
	f.cause = p
	return f
}

// missing names what was not found.
func missing(err error, what string) error {
	if issuer.KindOf(err) == issuer.NotFound {
		return notFound(what)
	}
	return err
}
