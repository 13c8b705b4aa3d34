package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
)

// Problem is an error as a client sees it, a problem document of RFC 9457 with a
// stable code. It is an error too: a Handler returns it.
type Problem struct {
	Type      string  `json:"type"`  // address that explains it; empty is written as about:blank
	Title     string  `json:"title"` // empty is written as the status in words
	Status    int     `json:"status"`
	Code      string  `json:"code"` // stable word for programs: lower case, underscores
	Detail    string  `json:"detail,omitempty"`
	Errors    []Fault `json:"errors,omitempty"`
	RequestID string  `json:"requestId,omitempty"` // filled when it is written

	Err error `json:"-"` // cause, for the log only
}

// Fault is one thing wrong with a request.
type Fault struct {
	Path    string `json:"path"`    // JSON pointer of the field: /values/stamps
	Message string `json:"message"` // what is wrong and what to send instead
}

func (p *Problem) Error() string {
	text := p.Code
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	if p.Err != nil {
		text += ": " + p.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// internal is what clients see of an error that nobody classified.
var internal = &Problem{Status: http.StatusInternalServerError, Code: "internal",
	Detail: "something went wrong in the server; its log has more under the request id"}

// statusClientGone is nginx's number for a client that hung up before the answer.
// Nobody reads it but our own log and metrics, where it is no failure of ours.
const statusClientGone = 499

// ProblemOf returns the Problem within err. A body that is too large has one, and
// so has a client that hung up; anything unknown is Internal, without detail.
func ProblemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &Problem{Status: http.StatusRequestEntityTooLarge, Code: "body_too_large",
			Detail: "the body is larger than " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes: send less"}
	}
	if errors.Is(err, context.Canceled) {
		return &Problem{Status: statusClientGone, Code: "client_gone", Detail: "the client hung up"}
	}
	return internal
}

// WriteError answers with the problem document of err, or in the words of the
// dialect that the request speaks.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	if c := of(r.Context()); c != nil && c.fail != nil {
		c.fail(w, r, err)
		return
	}
	writeProblem(w, r, ProblemOf(err))
}

func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	out := *p
	out.Type = cmp.Or(p.Type, "about:blank")
	out.Title = cmp.Or(p.Title, http.StatusText(p.Status), "Client Closed Request")
	out.RequestID = RequestID(r.Context())
	body, err := json.Marshal(out)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	h := w.Header()
	h.Del("Content-Encoding")
	h.Del("Etag")
	h.Del("Last-Modified")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(p.Status)
	w.Write(body) // a client that is gone needs no answer
}

// Problems answers what mux answers with a bare line of text (no such route, no
// such method) as a problem document.
func Problems(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		r.Pattern = ""
		plain := bareAnswer{header: w.Header()}
		h.ServeHTTP(&plain, r)
		if p := plain.problem(); p != nil {
			writeProblem(w, r, p)
			return
		}
		w.WriteHeader(plain.status)
	})
}

// bareAnswer takes the head of an answer and drops its body.
type bareAnswer struct {
	header http.Header
	status int
}

func (b *bareAnswer) Header() http.Header         { return b.header }
func (b *bareAnswer) WriteHeader(status int)      { b.status = status }
func (b *bareAnswer) Write(p []byte) (int, error) { return len(p), nil }

// problem is nil for a redirect to the clean form of a path.
func (b *bareAnswer) problem() *Problem {
	switch b.status {
	case http.StatusNotFound:
		return noRoute
	case http.StatusMethodNotAllowed:
		return &Problem{Status: b.status, Code: "method_not_allowed",
			Detail: "this address does not take this method: use " + b.header.Get("Allow")}
	case http.StatusBadRequest:
		return &Problem{Status: b.status, Code: "bad_request", Detail: "the request cannot be read: check its path"}
	}
	return nil
}
