// Package web is what every HTTP handler of the server stands on: handlers that
// return errors, JSON in and out, problem documents, and the Front that each
// request passes: who calls, under which id, how much at once, and what the log
// says of it.
//
// It knows no route, no pass and no credential. A dialect that speaks an older
// service's errors wraps its handlers with HandleWith. Put one Front around the
// outermost handler; without it the functions here work, but nothing is logged,
// limited or attributed to the client behind a proxy.
package web

import (
	"context"
	"net/http"
	"net/netip"
)

// call is what the Front knows of one request. It is its ResponseWriter too, and
// is reached through the request's context.
type call struct {
	recorder
	id     string
	origin origin
	drain  <-chan struct{}
	err    error // what a handler returned or panicked with
	ours   bool  // err is a failure of the server, not of the request

	fail    func(http.ResponseWriter, *http.Request, error) // of the dialect that the request speaks; nil for problem documents
	ownHost bool                                            // the request came to a host of that dialect alone
}

type callKey struct{}

// of returns the call of a request, or nil when no Front is around the handler.
func of(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// RequestID returns the id that the log and the X-Request-Id header carry, or "".
func RequestID(ctx context.Context) string {
	if c := of(ctx); c != nil {
		return c.id
	}
	return ""
}

// Client returns the address of whoever made the request: the peer, or what
// trusted proxies say of it. It is invalid when the peer has no IP address.
func Client(r *http.Request) netip.Addr { return originOf(r).client }

// Direct reports that the request came without any proxy having marked it.
func Direct(r *http.Request) bool { return originOf(r).direct }

func originOf(r *http.Request) origin {
	if c := of(r.Context()); c != nil {
		return c.origin
	}
	return Proxies(nil).origin(r)
}

// Draining returns a channel that is closed when the server begins to stop. A
// handler that answers for long (server-sent events) ends then. It is nil, and so
// never ready, without a Front.
func Draining(ctx context.Context) <-chan struct{} {
	if c := of(ctx); c != nil {
		return c.drain
	}
	return nil
}
