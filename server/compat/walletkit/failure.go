package walletkit

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
)

// failure is the body of an error. It never has a member id: the Python client takes
// that for success.
type failure struct {
	status int
	Text   string `json:"error"`
	Code   string `json:"error_code"`
	Field  string `json:"field,omitempty"` // in the request's own spelling

	cause error // for the log only
}

func (f *failure) Error() string {
	if f.cause != nil {
		return f.Code + ": " + f.cause.Error()
	}
	return f.Code + ": " + f.Text
}

func (f *failure) Unwrap() error { return f.cause }

// The words of Code.
const (
	codeUnauthorized       = "unauthorized"
	codeNotFound           = "not_found"
	codeMethodNotAllowed   = "method_not_allowed"
	codeInvalidJSON        = "invalid_json"
	codeEmptyBody          = "empty_body"
	codeMissingField       = "missing_field"
	codeInvalidField       = "invalid_field"
	codeInvalidPassType    = "invalid_pass_type"
	codeInvalidTransitType = "invalid_transit_type"
	codeInvalidColor       = "invalid_color"
	codeInvalidDate        = "invalid_date"
	codeInvalidBarcode     = "invalid_barcode"
	codeInvalidLocation    = "invalid_location"
	codeTooManyLocations   = "too_many_locations"
	codeDuplicateKey       = "duplicate_key"
	codeTooManyFields      = "too_many_fields"
	codeImageInvalid       = "image_invalid"
	codeInvalidPhone       = "invalid_phone"
	codeInvalidEmail       = "invalid_email"
	codeBodyTooLarge       = "body_too_large"
	codeRateLimited        = "rate_limited"
	codeSigning            = "signing_unavailable"
	codeInternal           = "internal_error"
)

var (
	unauthorized = &failure{status: http.StatusUnauthorized, Text: "brand-id or api-key is missing or wrong", Code: codeUnauthorized}
	notFound     = &failure{status: http.StatusNotFound, Text: "there is no such template or pass", Code: codeNotFound}
)

// refuse is what is wrong with a member of the request.
func refuse(code, field, format string, args ...any) *failure {
	return &failure{status: http.StatusBadRequest, Text: fmt.Sprintf(format, args...), Code: code, Field: field}
}

// fail answers an error in the words of WalletKit.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	f := failureOf(err)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	_ = web.WriteJSON(w, f.status, f) // a client that is gone needs no answer
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

// refusals are the statuses and codes of what the engine refuses.
var refusals = map[issuer.Kind]failure{
	issuer.Invalid:      {status: http.StatusBadRequest, Code: codeInvalidField},
	issuer.NotFound:     {status: http.StatusNotFound, Code: codeNotFound},
	issuer.Conflict:     {status: http.StatusBadRequest, Code: codeInvalidField},
	issuer.Precondition: {status: http.StatusBadRequest, Code: codeInvalidField},
	issuer.Unavailable:  {status: http.StatusServiceUnavailable, Code: codeSigning},
	issuer.Denied:       {status: http.StatusUnauthorized, Code: codeUnauthorized},
	issuer.TooLarge:     {status: http.StatusRequestEntityTooLarge, Code: codeBodyTooLarge},
	issuer.TooMany:      {status: http.StatusTooManyRequests, Code: codeRateLimited},
	issuer.Full:         {status: http.StatusServiceUnavailable, Code: codeInternal},
}

// sameCodes are the engine's codes that are WalletKit's as well.
var sameCodes = map[string]string{
	"image_url_refused":  "image_url_refused",
	"image_fetch_failed": "image_fetch_failed",
	"image_refused":      codeImageInvalid,
	"too_many_locations": codeTooManyLocations,
	"storage_failed":     codeInternal,
}

func ofIssuer(e *issuer.Error) *failure {
	f := refusals[e.Kind]
	if e.Kind == issuer.NotFound {
		return notFound
	}
	f.Text, f.cause = e.Msg, e
	if code, ok := sameCodes[e.Code]; ok {
		f.Code = code
	}
	if len(e.Fields) > 0 {
		f.Field = memberOf(e.Fields[0].Path)
	}
	return &f
}

const keysMember = "keys"

// memberOf is what of a request the engine means by a path.
func memberOf(path string) string {
	whole, part, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch whole {
	case "locations":
		return "location"
	case "values":
		return keysMember
	case "code":
		return "barcode_message"
	case "images":
		return part
	case "document", "design", "pass.json#": // what comes of several members together
		return ""
	}
	return whole
}

func ofWeb(p *web.Problem) *failure {
	f := &failure{status: p.Status, Text: p.Detail, Code: codeInternal, cause: p}
	switch p.Status {
	case http.StatusNotFound:
		f.Code = codeNotFound
	case http.StatusMethodNotAllowed:
		f.Code = codeMethodNotAllowed
	case http.StatusRequestEntityTooLarge:
		f.Code = codeBodyTooLarge
	case http.StatusTooManyRequests:
		f.Code = codeRateLimited
	case http.StatusBadRequest:
		f.Code = codeInvalidJSON
	}
	return f
}
