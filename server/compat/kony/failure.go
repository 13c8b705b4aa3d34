package kony

import (
	"errors"
	"net/http"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
)

// failure is the body of an error. Success has no other member than message either, so
// clients go by the status.
type failure struct {
	status int
	Text   string `json:"message"`
	cause  error  // for the log only
}

func (f *failure) Error() string {
	if f.cause != nil {
		return f.Text + ": " + f.cause.Error()
	}
	return f.Text
}

func (f *failure) Unwrap() error { return f.cause }

func refuse(status int, text string) *failure { return &failure{status: status, Text: text} }

var (
	unauthorized  = refuse(http.StatusUnauthorized, "Unauthorized request. The authToken is invalid.")
	badToken      = refuse(http.StatusUnauthorized, "Invalid authentication token")
	noPushToken   = refuse(http.StatusBadRequest, "Payload should contain value for 'pushToken' key")
	badJSON       = refuse(http.StatusBadRequest, "Invalid JSON payload")
	notRegistered = refuse(http.StatusBadRequest, "Invalid request. Device is not registered with this pass")
	noFile        = refuse(http.StatusBadRequest, "No file found in the request")
	badRequest    = refuse(http.StatusBadRequest, "Invalid request")
	inUse         = refuse(http.StatusForbidden, "Bundle identifier is in use")
	noPass        = refuse(http.StatusNotFound, "Pass is not found")
	noResource    = refuse(http.StatusNotFound, "Resource is not found")
	badMethod     = refuse(http.StatusMethodNotAllowed, "Method is not allowed")
	tooLarge      = refuse(http.StatusRequestEntityTooLarge, "Request is too large")
	tooMany       = refuse(http.StatusTooManyRequests, "Too many requests")
	unexpected    = refuse(http.StatusInternalServerError, "Server failed to process the request.")
)

// byCode are the answers to what the engine refuses, by its codes.
var byCode = map[string]*failure{
	"certificate_unreadable": refuse(http.StatusBadRequest, "Invalid certificate or password"),
	"certificate_mismatch":   refuse(http.StatusBadRequest, "Certificate does not match the bundle identifier"),
	"certificate_expired":    refuse(http.StatusBadRequest, "Certificate has expired"),
	"pass_file":              refuse(http.StatusBadRequest, "Invalid pass file"),
	"pass_mismatch":          refuse(http.StatusBadRequest, "Pass does not match the bundle identifier or serial number"),
	"pass_sealed_here":       refuse(http.StatusBadRequest, "Pass was not uploaded and cannot be replaced by a file"),
	"pass_type_taken":        inUse,
	"pass_type":              refuse(http.StatusBadRequest, "Invalid bundle identifier"),
	"serial_number":          refuse(http.StatusBadRequest, "Invalid serial number"),
	"device_identifier":      refuse(http.StatusBadRequest, "Invalid device token"),
	"push_token":             noPushToken,
}

// byKind are the answers to everything else that it refuses.
var byKind = map[issuer.Kind]*failure{
	issuer.Invalid:  badRequest,
	issuer.NotFound: noPass,
	issuer.Conflict: badRequest,
	issuer.Denied:   badToken,
	issuer.TooLarge: tooLarge,
	issuer.TooMany:  tooMany,
}

// byStatus are the answers to what the server refuses before it comes to a call.
var byStatus = map[int]*failure{
	http.StatusBadRequest:            badRequest,
	http.StatusNotFound:              noResource,
	http.StatusMethodNotAllowed:      badMethod,
	http.StatusRequestEntityTooLarge: tooLarge,
	http.StatusTooManyRequests:       tooMany,
}

// fail answers an error in the words of the service.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	f := failureOf(err)
	w.Header().Set("Cache-Control", "no-store")
	_ = answer(w, f.status, f) // a client that is gone needs no answer
}

func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	e := issuer.Public(err)
	if f, ok := byCode[e.Code]; ok {
		return f
	}
	if f, ok := byKind[e.Kind]; ok {
		return f
	}
	p := web.ProblemOf(err)
	if f, ok := byStatus[p.Status]; ok {
		return f
	}
	return &failure{status: p.Status, Text: unexpected.Text}
}

// message is the whole body of most answers.
type message struct {
	Text string `json:"message"`
}

var (
	success = message{"Success"}
	created = message{"Created"}
)

// answer writes JSON in the type that the service spelt.
func answer(w http.ResponseWriter, status int, v any) error {
	return web.WriteBareJSON(w, status, "application/json;charset=UTF-8", v)
}
