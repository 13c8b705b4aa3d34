package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// Front is what every request passes before it reaches a route. The zero value
// works: it trusts no proxy, limits no body and logs to slog's default.
type Front struct {
	Log      *slog.Logger
	LogAll   bool              // log each request; failures of our own are logged in any case
	Proxies  Proxies           // whose X-Forwarded-For and X-Request-Id are believed
	MaxBody  int64             // bytes that a request may send unless LimitBody says otherwise; 0 means no limit
	Draining <-chan struct{}   // closed when the server begins to stop
	Now      func() time.Time  // nil means time.Now
	NewID    func() string     // nil means 16 random hexadecimal digits
	Observe  func(Observation) // told of each request that ended; may be nil
}

// Observation is what metrics want to know of a request that ended.
type Observation struct {
	Pattern string // of the route, as it was registered; "" when none matched
	Status  int
	Bytes   int64 // of the body that was written
	Elapsed time.Duration
}

// Wrap returns next behind the front: it gives the request an id and a client,
// sets the security headers, bounds the body, turns a panic into an Internal
// problem, and tells log and metrics how it ended.
func (f *Front) Wrap(next http.Handler) http.Handler {
	front := f.filled()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := front.Now()
		c := front.begin(w, r)
		r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
		if front.MaxBody > 0 {
			limitBody(w, r, front.MaxBody)
		}
		defer front.end(c, r, start)
		next.ServeHTTP(c, r)
	})
}

func (f *Front) filled() Front {
	out := *f
	if out.Log == nil {
		out.Log = slog.Default()
	}
	if out.Now == nil {
		out.Now = time.Now
	}
	if out.NewID == nil {
		out.NewID = newID
	}
	return out
}

func (f *Front) begin(w http.ResponseWriter, r *http.Request) *call {
	c := &call{origin: f.Proxies.origin(r), drain: f.Draining}
	c.recorder.ResponseWriter = w
	c.id = f.requestID(c.origin, r)
	h := w.Header()
	secure(h)
	h[headerRequestID] = []string{c.id}
	return c
}

// end runs deferred, so that it sees a panic. An answer that broke off goes on as
// http.ErrAbortHandler to net/http, which cuts the connection: the client must
// not take what it got for the whole.
func (f *Front) end(c *call, r *http.Request, start time.Time) {
	cut := c.recovered(recover(), r)
	now := f.Now()
	elapsed := now.Sub(start)
	f.logCall(c, r, now, elapsed)
	if f.Observe != nil {
		f.Observe(Observation{Pattern: r.Pattern, Status: c.Status(), Bytes: c.bytes, Elapsed: elapsed})
	}
	if cut {
		panic(http.ErrAbortHandler)
	}
}

// recovered answers a panic as an Internal problem if nothing was answered yet,
// and reports whether the connection has to be cut instead.
func (c *call) recovered(panicked any, r *http.Request) (cut bool) {
	switch panicked {
	case nil:
		return false
	case http.ErrAbortHandler:
		return true
	}
	c.err = fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
	c.ours = true
	if c.wrote() {
		return true
	}
	WriteError(c, r, internal)
	return false
}

// logCall writes the one line of a request: the route's pattern and never the
// address itself, which carries serial numbers, tokens and queries.
func (f *Front) logCall(c *call, r *http.Request, now time.Time, elapsed time.Duration) {
	level := slog.LevelInfo
	if c.ours {
		level = slog.LevelError
	}
	if !f.LogAll && level < slog.LevelError || !f.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := [8]slog.Attr{
		slog.String("id", c.id),
		slog.String("route", r.Pattern),
		slog.String("method", knownMethod(r.Method)),
		slog.Int("status", c.Status()),
		slog.Int64("bytes", c.bytes),
		slog.Int64("micros", elapsed.Microseconds()),
		slog.String("client", c.origin.who()),
	}
	n := 7
	if c.err != nil {
		attrs[n] = slog.String("err", c.err.Error())
		n++
	}
	line := slog.NewRecord(now, level, "request", 0) // Logger would look up where it was called from
	line.AddAttrs(attrs[:n]...)
	f.Log.Handler().Handle(r.Context(), line)
}

// knownMethod keeps words of a client's own invention out of the log.
func knownMethod(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return method
	}
	return "other"
}

// headerRequestID is in canonical form, as a key of http.Header.
const headerRequestID = "X-Request-Id"

// requestID takes over the id that a trusted proxy gave, so that both logs can be
// read together; anybody else's is ignored.
func (f *Front) requestID(o origin, r *http.Request) string {
	if o.trusted {
		if id := r.Header[headerRequestID]; len(id) == 1 && saneID(id[0]) {
			return id[0]
		}
	}
	return f.NewID()
}

// saneID accepts 8 to 64 letters, digits, points, dashes and underscores.
func saneID(id string) bool {
	if len(id) < 8 || len(id) > 64 {
		return false
	}
	for _, b := range []byte(id) {
		letter := b|0x20 >= 'a' && b|0x20 <= 'z'
		if !letter && (b < '0' || b > '9') && b != '-' && b != '_' && b != '.' {
			return false
		}
	}
	return true
}

func newID() string {
	var raw [8]byte
	rand.Read(raw[:]) // never fails: the runtime ends the program instead
	var text [16]byte
	hex.Encode(text[:], raw[:])
	return string(text[:])
}
