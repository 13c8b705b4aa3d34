package passkit

import (
	"errors"
	"fmt"
	"net/http"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/store"
)

// failure is the body of an error. It has one member: a client cuts the first nine
// characters off what is left of the object to show the text, and another wants at
// least eleven characters of it.
type failure struct {
	status int
	Text   string `json:"error"`
	cause  error  // for the log only
}

func (f *failure) Error() string {
	if f.cause != nil {
		return f.Text + ": " + f.cause.Error()
	}
	return f.Text
}

func (f *failure) Unwrap() error { return f.cause }

func refuse(status int, format string, args ...any) *failure {
	return &failure{status: status, Text: fmt.Sprintf(format, args...)}
}

// Clients know a refused token by the first 13 characters.
var (
	noToken        = refuse(http.StatusUnauthorized, "Invalid token: missing")
	malformedToken = refuse(http.StatusUnauthorized, "Invalid token: malformed")
	badSignature   = refuse(http.StatusUnauthorized, "Invalid token: bad key or signature")
	expiredToken   = refuse(http.StatusUnauthorized, "Invalid token: expired")
	earlyToken     = refuse(http.StatusUnauthorized, "Invalid token: expiry is too far ahead")
	forbidden      = refuse(http.StatusForbidden, "Account is not allowed to use this API")
	tooLarge       = refuse(http.StatusBadRequest, "Request body is too large")
	tooMany        = refuse(http.StatusServiceUnavailable, "Too many requests, please retry later")
	maintenance    = refuse(http.StatusServiceUnavailable, "Service is under maintenance")
	unexpected     = refuse(http.StatusInternalServerError, "Internal server error")
)

func missingField(name string) *failure {
	return refuse(http.StatusBadRequest, "Missing required field: %s", name)
}

func invalidField(name, format string, args ...any) *failure {
	return refuse(http.StatusBadRequest, "Invalid value for field %s: %s", name, fmt.Sprintf(format, args...))
}

func notFound(what, name string) *failure {
	return refuse(http.StatusNotFound, "%s not found: %s", what, name)
}

// fail answers an error in the words of the service.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	f := failureOf(err)
	if p, ok := errors.AsType[*web.Problem](err); ok && f.status == http.StatusNotFound && p.Status != http.StatusServiceUnavailable {
		f = refuse(http.StatusNotFound, "Unknown path or method: %s %s", r.Method, r.URL.EscapedPath())
	}
	h := w.Header()
	h.Del("Allow")
	h.Set("Cache-Control", "no-store")
	if f.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	_ = answer(w, f.status, f) // a client that is gone needs no answer
}

func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if e := issuer.Public(err); e.Kind != issuer.Internal {
		return ofIssuer(e)
	}
	switch p := web.ProblemOf(err); p.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return &failure{http.StatusNotFound, "Unknown path or method", p}
	case http.StatusRequestEntityTooLarge:
		return tooLarge
	case http.StatusTooManyRequests:
		return tooMany
	case http.StatusServiceUnavailable:
		return maintenance
	case http.StatusBadRequest:
		return &failure{http.StatusBadRequest, "Invalid request: " + p.Detail, p}
	}
	return &failure{unexpected.status, unexpected.Text, err}
}

// ofIssuer says what the engine refuses.
func ofIssuer(e *issuer.Error) *failure {
	f := &failure{status: http.StatusBadRequest, cause: e}
	switch e.Kind {
	case issuer.NotFound:
		f.status, f.Text = http.StatusNotFound, "Object not found: check its name or id"
	case issuer.Unavailable, issuer.Full:
		f.status, f.Text = http.StatusServiceUnavailable, "Service is unavailable: "+e.Msg
	case issuer.TooMany:
		f.status, f.Text = http.StatusServiceUnavailable, tooMany.Text
	case issuer.TooLarge:
		f.Text = "Request is too large: " + e.Msg
	default:
		f.Text = "Invalid request: " + e.Msg
		if len(e.Fields) > 0 && memberNames[e.Fields[0].Path] != "" {
			f.Text = "Invalid value for field " + memberNames[e.Fields[0].Path] + ": " + e.Msg
		}
	}
	return f
}

// memberNames are those of what the engine limits and the service did not, by its pointers.
var memberNames = map[string]string{"/name": "displayName", "/description": "description", "/localId": "userDefinedId", "/meta": "meta", "/ends": "endDate", "/starts": "startDate"}

// why are the reasons for which nothing is issued, by the engine's codes.
var why = map[string]string{
	"campaign_draft": stateFrozen, "campaign_paused": stateFrozen, "campaign_archived": stateFrozen, "campaign_invalid": stateInvalid,
	"campaign_not_started": "not started", "campaign_ended": "ended", "campaign_full": "limit reached",
}

// whyTemplate are those that a template has.
var whyTemplate = map[string]string{
	"template_disabled": stateFrozen, "template_invalid": stateInvalid,
	"template_not_started": "not started", "template_ended": "ended", "template_full": "limit reached",
}

// notIssued is why an order for a pass was refused.
func notIssued(err error) error {
	e := issuer.Public(err)
	if text, ok := why[e.Code]; ok {
		return &failure{http.StatusBadRequest, "Campaign is not issuing passes: " + text, err}
	}
	if text, ok := whyTemplate[e.Code]; ok {
		return &failure{http.StatusBadRequest, "Template is not issuing passes: " + text, err}
	}
	return err
}

// notChanged is why a change of a pass was refused.
func notChanged(err error, id string) error {
	text := ""
	switch issuer.Public(err).Code {
	case "pass_invalid", "campaign_invalid", "template_invalid":
		text = "Pass is invalid and cannot be changed: " + id
	case "pass_redeemed":
		text = "Pass has already been redeemed: " + id
	case "pass_void":
		text = "Pass is voided and cannot be redeemed: " + id
	default:
		if errors.Is(err, store.ErrNotFound) {
			return notFound("Pass", id)
		}
		return err
	}
	return &failure{http.StatusBadRequest, text, err}
}

// answer writes JSON with a type that even browsers of that time read as UTF-8.
func answer(w http.ResponseWriter, status int, v any) error {
	return web.WriteBareJSON(w, status, "application/json; charset=utf-8", v)
}
