package passtools

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
)

// failure is the body of an error. All clients read it, some without a check: every
// member is of its type and never null. It never has a member id or fieldsModel, which
// Ruby clients take for a good answer.
type failure struct {
	Code        int          `json:"code"` // the status
	Description string       `json:"description"`
	Details     string       `json:"details"`
	Fields      []fieldError `json:"fieldErrors,omitempty"`

	cause error // for the log only
}

type fieldError struct {
	Name    string `json:"fieldName"`
	Message string `json:"message"`
}

func (f *failure) Error() string {
	if f.cause != nil {
		return f.Description + ": " + f.cause.Error()
	}
	return f.Description + ": " + f.Details
}

func (f *failure) Unwrap() error { return f.cause }

// descriptions are those of each status.
var descriptions = map[int]string{
	http.StatusBadRequest:            "Invalid Request Parameters.",
	http.StatusUnauthorized:          "Unauthorized",
	http.StatusNotFound:              "Not Found",
	http.StatusMethodNotAllowed:      "Method Not Allowed",
	http.StatusNotAcceptable:         "Not Acceptable Request",
	http.StatusRequestEntityTooLarge: "Request Entity Too Large",
	http.StatusTooManyRequests:       "Too Many Requests",
	http.StatusInternalServerError:   "Internal Server Error",
}

func newFailure(status int, format string, args ...any) *failure {
	return &failure{Code: status, Description: descriptions[status], Details: fmt.Sprintf(format, args...)}
}

var (
	unauthorized = newFailure(http.StatusUnauthorized, "api_key is missing or wrong")
	notFound     = newFailure(http.StatusNotFound, "nothing was found here!")
)

// missing is for what a path names and is not there, or another account's.
func missing(what, id string) *failure {
	return newFailure(http.StatusNotFound, "%s with id %s was not found!", what, id)
}

func badRequest(format string, args ...any) *failure {
	return newFailure(http.StatusBadRequest, format, args...)
}

// unacceptable is about the fields of a request.
func unacceptable(fields ...fieldError) *failure {
	f := newFailure(http.StatusNotAcceptable, "field errors")
	f.Fields = fields
	return f
}

// refuse is unacceptable for one field.
func refuse(name, format string, args ...any) *failure {
	return unacceptable(fieldError{name, fmt.Sprintf(format, args...)})
}

// wrongMethod refuses a method and says which there are.
type wrongMethod struct{ allowed []string }

func (e wrongMethod) Error() string { return "the method must be " + strings.Join(e.allowed, " or ") }

// fail answers an error in the words of PassTools.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	if m, ok := errors.AsType[wrongMethod](err); ok {
		w.Header().Set("Allow", strings.Join(m.allowed, ", "))
		err = newFailure(http.StatusMethodNotAllowed, "%s", m.Error())
	}
	f := failureOf(err)
	if f.Code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="passtools"`)
	}
	w.Header().Set("Cache-Control", "no-store")
	_ = write(w, f.Code, f) // a client that is gone needs no answer
}

func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if e := issuer.Public(err); e.Kind != issuer.Internal {
		return ofIssuer(e)
	}
	p := web.ProblemOf(err)
	status := p.Status
	if descriptions[status] == "" {
		status = http.StatusInternalServerError
	}
	f := newFailure(status, "%s", p.Detail)
	f.cause = p
	return f
}

// statuses are those of what the engine refuses.
var statuses = map[issuer.Kind]int{
	issuer.Invalid:      http.StatusNotAcceptable,
	issuer.NotFound:     http.StatusNotFound,
	issuer.Conflict:     http.StatusNotAcceptable,
	issuer.Precondition: http.StatusNotAcceptable,
	issuer.Unavailable:  http.StatusInternalServerError,
	issuer.Denied:       http.StatusUnauthorized,
	issuer.TooLarge:     http.StatusRequestEntityTooLarge,
	issuer.TooMany:      http.StatusTooManyRequests,
	issuer.Full:         http.StatusInternalServerError,
}

func ofIssuer(e *issuer.Error) *failure {
	switch {
	case e.Kind == issuer.NotFound:
		return notFound
	case e.Code == "already_exists" && (len(e.Fields) == 0 || e.Fields[0].Path == "/externalId"):
		return refuse("externalId", "is in use already") // since it was found to be free
	}
	f := newFailure(statuses[e.Kind], "%s", e.Msg)
	f.cause = e
	if f.Code != http.StatusNotAcceptable || len(e.Fields) == 0 {
		return f
	}
	f.Details = "field errors"
	for _, x := range e.Fields {
		f.Fields = append(f.Fields, fieldError{fieldName(x.Path), x.Msg})
	}
	return f
}

// fieldName is the field that a JSON pointer of the engine is about. Of a list it is the
// list.
func fieldName(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch parts[0] {
	case "add", "tags":
		return "tags"
	case "locations", "beacons":
		return parts[0]
	}
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(parts[len(parts)-1])
}
