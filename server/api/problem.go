package api

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pocketpass/server/access"
	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// problem is the document that every error is answered with: that of package
// web, and what Wallet would object to. The path of a fault is a JSON pointer into the body,
// or says query or header.
type problem struct {
	web.Problem
	Findings []pkpass.Finding `json:"findings,omitempty" doc:"What Wallet would object to"`
	Redeemed *standsView      `json:"redeemed,omitempty" doc:"The redemption that stands in the way"`
}

// GetStatus and ContentType are what huma asks of an error.
func (p *problem) GetStatus() int { return p.Status }

func (p *problem) ContentType(string) string { return mediaProblem }

const mediaProblem = "application/problem+json"

func refuse(status int, code, path, format string, args ...any) *problem {
	p := &problem{Problem: web.Problem{Status: status, Code: code, Detail: fmt.Sprintf(format, args...)}}
	if path != "" {
		p.Errors = []web.Fault{{Path: path, Message: p.Detail}}
	}
	return p
}

// pointerEscape is that of RFC 6901, section 3.
var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is the JSON pointer of what stands below path under names that clients chose.
func pointer(path string, names ...string) string {
	for _, name := range names {
		path += "/" + pointerEscape.Replace(name)
	}
	return path
}

// invalid refuses one value of a request.
func invalid(path, code, format string, args ...any) *problem {
	return refuse(http.StatusUnprocessableEntity, code, path, format, args...)
}

// under puts the member that a refused value stands in before its path.
func under(member string, err error) error {
	p, ok := errors.AsType[*problem](err)
	if !ok {
		return err
	}
	out := *p
	out.Errors = slices.Clone(p.Errors)
	for n := range out.Errors {
		out.Errors[n].Path = member + out.Errors[n].Path
	}
	return &out
}

// fail answers with the problem within err.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	p := *problemOf(err)
	p.Type = cmp.Or(p.Type, "about:blank")
	p.Title = cmp.Or(p.Title, http.StatusText(p.Status), "Client Closed Request")
	p.RequestID = web.RequestID(r.Context())
	h := w.Header()
	h.Set("Content-Type", mediaProblem)
	h.Set("Cache-Control", "no-store")
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	_ = web.WriteJSON(w, p.Status, &p) // fails only for a client that is gone
}

// problemOf returns the problem within err. What nobody classified is Internal
// and says nothing.
func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if p, ok := errors.AsType[*web.Problem](err); ok {
		return &problem{Problem: *p}
	}
	if issuer.KindOf(err) != issuer.Internal {
		return fromIssuer(err)
	}
	if p := fromAccess(err); p != nil {
		return p
	}
	return &problem{Problem: *web.ProblemOf(err)}
}

var statusOf = map[issuer.Kind]int{
	issuer.Invalid:      http.StatusUnprocessableEntity,
	issuer.NotFound:     http.StatusNotFound,
	issuer.Conflict:     http.StatusConflict,
	issuer.Precondition: http.StatusPreconditionFailed,
	issuer.Unavailable:  http.StatusServiceUnavailable,
	issuer.Denied:       http.StatusUnauthorized,
	issuer.TooLarge:     http.StatusRequestEntityTooLarge,
	issuer.Full:         http.StatusInsufficientStorage,
	issuer.TooMany:      http.StatusTooManyRequests,
}

func fromIssuer(err error) *problem {
	e := issuer.Public(err)
	p := &problem{Problem: web.Problem{Status: statusOf[e.Kind], Code: e.Code, Detail: e.Msg}, Findings: e.Findings, Redeemed: newStandsView(e.Stands)}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, web.Fault{Path: f.Path, Message: f.Msg})
	}
	return p
}

// fromAccess returns nil for what package access leaves unsaid.
func fromAccess(err error) *problem {
	switch {
	case errors.Is(err, access.ErrRole):
		return invalid("/role", "role_unknown", "%v", access.ErrRole)
	case errors.Is(err, access.ErrName):
		return invalid("/name", "name", "%v", access.ErrName)
	case errors.Is(err, access.ErrToken):
		return invalid("/token", "token", "%v", access.ErrToken)
	case errors.Is(err, access.ErrPair):
		return invalid("/token", "token", "%v", access.ErrPair)
	case errors.Is(err, access.ErrReused):
		return invalid("", "idempotency_key_reused", "%v", access.ErrReused)
	case errors.Is(err, access.ErrOperatorKey):
		return refuse(http.StatusForbidden, "operator_key", "", "%v", access.ErrOperatorKey)
	case errors.Is(err, access.ErrNoChildren):
		return refuse(http.StatusForbidden, "no_children", "", "%v", access.ErrNoChildren)
	case errors.Is(err, access.ErrChildren):
		return refuse(http.StatusConflict, "child_limit", "", "%v; ask for more", access.ErrChildren)
	case errors.Is(err, access.ErrOwnOrganisation):
		return refuse(http.StatusConflict, "own_organisation", "", "%v", access.ErrOwnOrganisation)
	case errors.Is(err, access.ErrRevoked):
		return refuse(http.StatusConflict, "key_revoked", "", "%v", access.ErrRevoked)
	case errors.Is(err, store.ErrExists):
		return refuse(http.StatusConflict, "already_exists", "/name", "the name is taken; choose another")
	}
	return nil
}

// foundByHuma makes a problem of what huma found wrong with the parameters. An id in
// the path that cannot be one names nothing, like any other that does not exist.
func foundByHuma(status int, msg string, errs []error) *problem {
	p := &problem{Problem: web.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: "invalid_parameter", Detail: msg}}
	for _, err := range errs {
		d, ok := err.(huma.ErrorDetailer)
		if !ok {
			continue
		}
		detail := d.ErrorDetail()
		if strings.HasPrefix(detail.Location, "path.") {
			missing := fromIssuer(store.ErrNotFound)
			missing.Type, missing.Title = "about:blank", http.StatusText(missing.Status)
			return missing
		}
		p.Errors = append(p.Errors, web.Fault{Path: detail.Location, Message: detail.Message})
	}
	if len(p.Errors) > 0 {
		p.Detail = p.Errors[0].Path + ": " + p.Errors[0].Message
	}
	return p
}
