package web

import (
	"log/slog"
	"net/http"
)

// Handler is an http.HandlerFunc that may fail. It returns an error before it has
// written anything, or after its answer broke off; it does not log.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Handle makes h an http.Handler whose errors are answered by WriteError and
// logged once, in the request's line.
func Handle(h Handler) http.Handler { return HandleWith(h, WriteError) }

// HandleWith is Handle for a dialect with error bodies of its own: fail answers.
func HandleWith(h Handler, fail func(w http.ResponseWriter, r *http.Request, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		c := of(r.Context())
		if c == nil {
			slog.ErrorContext(r.Context(), "request", "route", r.Pattern, "err", err)
			fail(w, r, err)
			return
		}
		c.err = err
		if c.wrote() { // too late for another answer: see Front.end
			c.ours = r.Context().Err() == nil // otherwise the client went away
			panic(http.ErrAbortHandler)
		}
		fail(w, r, err)
		c.ours = c.Status() >= http.StatusInternalServerError
	})
}
