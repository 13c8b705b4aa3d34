package web

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Dialect is the HTTP API of one old service. Its clients know nothing of problem
// documents, so every answer beneath its prefix is its own.
type Dialect struct {
	Name   string
	Prefix string // that its paths begin with here, "/walletkit"

	// Handler serves requests beneath Prefix, whose paths keep it. Build it with Strict.
	Handler http.Handler
	// Fail answers an error as the service did. It is asked for those of Handler and
	// for those of the layers around it as well: limits, bodies, panics. It must not
	// call WriteError.
	Fail func(w http.ResponseWriter, r *http.Request, err error)
}

// Dialects tells the requests of old services from all others. Nil knows none.
type Dialects struct {
	all    []Dialect
	byHost map[string]*Dialect
}

// NewDialects takes the dialects and the host names at whose roots some of them
// stand too: name in lower case to Dialect.Name. An unknown one is an error.
func NewDialects(hosts map[string]string, all ...Dialect) (*Dialects, error) {
	d := &Dialects{all: all, byHost: make(map[string]*Dialect, len(hosts))}
	for host, name := range hosts {
		for n := range all {
			if all[n].Name == name {
				d.byHost[host] = &all[n]
			}
		}
		if d.byHost[host] == nil {
			return nil, fmt.Errorf("host %s: %q is no dialect", host, name)
		}
	}
	return d, nil
}

// Recognise stands outermost, behind SingleSlashes alone: it leads requests of a
// dialect to theirs and all others to others. A request to a dialect's own host gets
// the dialect's prefix, unless it has it already. Answers are kept out of caches: clients of
// some services say who they are in headers of their own, which no cache knows for such.
func (d *Dialects) Recognise(theirs, others http.Handler) http.Handler {
	if d == nil || len(d.all) == 0 {
		return others
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		found := d.byHost[hostName(r.Host)]
		ownHost := found != nil
		switch {
		case found == nil:
			found = d.byPath(r.URL.Path)
		case !found.holds(r.URL.Path):
			r.URL = prefixed(found.Prefix, r.URL) // r itself stays: the mux writes the pattern into it
		}
		if found == nil {
			others.ServeHTTP(w, r)
			return
		}
		if c := of(r.Context()); c != nil {
			c.fail, c.ownHost = found.Fail, ownHost
		}
		w.Header().Set("Cache-Control", "no-store") // a handler says what they may keep
		theirs.ServeHTTP(w, r)
	})
}

// OnOwnHost says whether a request came to a host that serves its dialect alone: there is
// nothing there of what our pages are made of.
func OnOwnHost(r *http.Request) bool {
	c := of(r.Context())
	return c != nil && c.ownHost
}

// Serve stands innermost: it hands what Recognise has recognised to its dialect.
func (d *Dialects) Serve(others http.Handler) http.Handler {
	if d == nil || len(d.all) == 0 {
		return others
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if found := d.byPath(r.URL.Path); found != nil {
			found.Handler.ServeHTTP(w, r)
			return
		}
		others.ServeHTTP(w, r)
	})
}

func (d *Dialects) byPath(path string) *Dialect {
	for n := range d.all {
		if d.all[n].holds(path) {
			return &d.all[n]
		}
	}
	return nil
}

func (d *Dialect) holds(path string) bool {
	rest, ok := strings.CutPrefix(path, d.Prefix)
	return ok && (rest == "" || rest[0] == '/')
}

// hostName is the host of a Host header, without its port.
func hostName(header string) string {
	if host, _, err := net.SplitHostPort(header); err == nil {
		header = host
	}
	return strings.TrimSuffix(strings.ToLower(header), ".")
}

func prefixed(prefix string, u *url.URL) *url.URL {
	out := *u
	out.Path = prefix + u.Path
	if u.RawPath != "" {
		out.RawPath = prefix + u.RawPath
	}
	return &out
}

// Strict serves mux without its redirects and its bare lines of text, which clients of
// old services take for answers: what no pattern matches is a Problem that fail
// answers, no_route (404) or method_not_allowed (405, with Allow). Patterns must not
// end in a slash.
func Strict(mux *http.ServeMux, fail func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if p := r.URL.EscapedPath(); !isClean(p) || strings.Count(p, "/") < strings.Count(pattern, "/") {
			fail(w, r, noRoute) // what the mux would correct by a redirect, also "/a" of "/a/{rest...}"
			return
		}
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		plain := bareAnswer{header: w.Header()}
		h.ServeHTTP(&plain, r)
		if p := plain.problem(); p != nil {
			fail(w, r, p)
			return
		}
		fail(w, r, noRoute)
	})
}

func isClean(p string) bool {
	clean := path.Clean(p)
	return clean == p || clean+"/" == p
}

var noRoute = &Problem{Status: http.StatusNotFound, Code: "no_route", Detail: "nothing is at this address: check the path"}

// NoTrailingSlash lets next see a path that ends in a slash as if it did not.
func NoTrailingSlash(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := r.URL.Path; len(p) > 1 && strings.HasSuffix(p, "/") && !strings.HasSuffix(strings.ToUpper(r.URL.RawPath), "%2F") {
			out := *r.URL
			out.Path, out.RawPath = strings.TrimSuffix(p, "/"), strings.TrimSuffix(r.URL.RawPath, "/")
			r.URL = &out
		}
		next.ServeHTTP(w, r)
	})
}
