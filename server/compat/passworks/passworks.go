// Package passworks answers as the Passworks API v2 did, and as its v1: campaigns of
// five kinds, their passes, templates, assets and certificates, redeeming and merging.
//
// Clients name an API username and a key by HTTP Basic, which are the id and the secret
// of an API key. Every answer is JSON, a bare object or array; clients fail on any other
// and on statuses that the service did not use. See README.md for what is served and
// how open questions were decided.
package passworks

import (
	"log/slog"
	"net/http"
	"time"

	"pocketpass/server/access"
	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/store"
)

// Service serves clients of Passworks.
type Service struct {
	Issuer  *issuer.Issuer
	Access  *access.Access
	BaseURL string // public address of the server, without a slash at the end
	Now     func() time.Time
	Log     *slog.Logger // nil means slog's default

	Limited       bool // refuse what is above the limits that the headers tell
	HidePasswords bool // of child organisations, but where they are new

	PushMerges bool // a push to a campaign merges first, as its oldest documents say

	meter      meter
	understood understood
}

func (s *Service) log() *slog.Logger {
	if s.Log == nil {
		return slog.Default()
	}
	return s.Log
}

// prefix is where the service stands here; clients add the version.
const prefix = "/passworks"

// maxBody bounds a request, in bytes: an asset and what a form is made of around it.
const maxBody = 2 << 20

// Who may do what.
var (
	readers   = access.Any
	writers   = []store.Role{store.Admin, store.Issuer}
	redeemers = []store.Role{store.Admin, store.Issuer, store.Scanner}
)

// route is one endpoint beneath /v1 and /v2.
type route struct {
	method string
	path   string // "/assets/{id}"; "/{type}/…" is beneath each of the collections
	roles  []store.Role
	serve  func(call) error
}

// routes are all endpoints that want credentials, a part of the API each.
func (s *Service) routes() (all []route) {
	for _, part := range []func() []route{
		s.campaignRoutes, s.passRoutes, s.redeemRoutes, s.registrationRoutes, s.assetRoutes, s.templateRoutes, s.certificateRoutes,
		s.organizationRoutes, s.reportRoutes, s.formRoutes,
	} {
		all = append(all, part()...)
	}
	return all
}

// Dialect returns the service with its routes.
func (s *Service) Dialect() (web.Dialect, error) {
	mux := http.NewServeMux()
	for _, version := range []string{v1, v2} {
		s.mount(mux, version, "GET", "/ping", s.open(version, s.ping))
		for _, r := range s.routes() {
			if _, rest, ok := cutType(r.path); ok {
				s.mountEach(mux, version, rest, r)
				continue
			}
			s.mount(mux, version, r.method, r.path, s.keyed(version, nil, r))
		}
	}
	s.registerPublic(mux)
	return web.Dialect{Prefix: prefix, Fail: fail,
		Handler: anyOrigin(web.NoTrailingSlash(web.LimitBody(maxBody, web.Strict(mux, fail))))}, nil
}

// mount serves an endpoint.
func (s *Service) mount(mux *http.ServeMux, version, method, path string, h http.Handler) {
	mux.Handle(method+" "+prefix+version+path, h)
}

// mountEach serves an endpoint beneath each collection, which documents spell in the
// singular, too.
func (s *Service) mountEach(mux *http.ServeMux, version, rest string, r route) {
	for n := range kinds {
		k := &kinds[n]
		for _, name := range []string{k.collection, k.root} {
			s.mount(mux, version, r.method, "/"+name+rest, s.keyed(version, k, r))
		}
	}
}

// anyOrigin lets pages elsewhere call, and read answers: there are no cookies to misuse.
// Browsers ask first whether they may send credentials.
func anyOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "*")
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, PUT, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
		_ = web.WriteJSON(w, http.StatusOK, struct{}{}) // a browser that is gone needs no answer
	})
}
