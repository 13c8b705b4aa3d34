// Package passkit answers as the PassKit API v2 did, with its search: campaigns, their
// templates, passes, batches, pictures, certificates and recovery mails, and the public
// views of a pass.
//
// Clients sign a token with the secret of an API key. Every success is 200 and every
// error an object with the one member error, for its clients know no other. See README.md
// for what is served, what its clients need and how open questions were decided.
package passkit

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"pocketpass/server/access"
	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/store"
)

// Service serves clients of PassKit.
type Service struct {
	Issuer  *issuer.Issuer
	Access  *access.Access
	BaseURL string // public address of the server, without a slash at the end
	Now     func() time.Time
	Log     *slog.Logger // nil means slog's default

	Ahead       time.Duration // how far ahead a token may expire; zero means 6 minutes
	PerSecond   float64       // requests of an API key; zero means that they are not limited
	Burst       int           // of them at once
	MailOnIssue bool          // a new pass with a recovery address is sent there

	throttle throttle
}

func (s *Service) log() *slog.Logger {
	if s.Log == nil {
		return slog.Default()
	}
	return s.Log
}

const (
	prefix = "/passkit" // where the service stands here
	name   = "passkit"  // of the service, in records
)

// Limits of requests.
const (
	maxJSON  = 1 << 20  // bytes of a body
	maxForm  = 20 << 20 // bytes of one with files
	maxBatch = 25       // passes
)

// Who may do what.
var (
	readers   = access.Any
	writers   = []store.Role{store.Admin, store.Issuer}
	redeemers = []store.Role{store.Admin, store.Issuer, store.Scanner}
	owners    = []store.Role{store.Admin}
)

// route is one line of the service.
type route struct {
	pattern string // beneath the prefix
	roles   []store.Role
	serve   func(call) error
}

func (s *Service) routes() []route {
	return []route{
		{"POST /v2/campaigns", writers, s.createCampaign},
		{"GET /v2/campaigns", readers, s.listCampaigns},
		{"GET /v2/campaigns/{name}", readers, s.getCampaign},
		{"PUT /v2/campaigns/{name}", writers, s.updateCampaign},
		{"GET /v2/campaigns/{name}/templates", readers, s.listTemplates},
		{"POST /v2/templates", writers, s.createTemplate},
		{"GET /v2/templates/{name}", readers, s.getTemplate},
		{"PUT /v2/templates/{name}", writers, s.updateTemplate},
		{"PUT /v2/templates/{name}/push", writers, s.pushTemplate},
		{"POST /v2/passes", writers, s.createPass},
		{"GET /v2/passes", readers, s.getOwnPass},
		{"PUT /v2/passes", writers, s.updateOwnPass},
		{"GET /v2/passes/{id}", readers, s.getPass},
		{"PUT /v2/passes/{id}", writers, s.updatePass},
		{"PUT /v2/passes/{id}/redeem", redeemers, s.redeemPass},
		{"POST /v2/passesBatch", writers, s.createBatch},
		{"PUT /v2/passesBatch", writers, s.updateBatch},
		{"GET /v2/passesBatch", readers, s.getBatch},
		{"POST /v2/images", writers, s.uploadImage},
		{"POST /v2/passbookCsrs", owners, s.requestCertificate},
		{"POST /v2/passbookCerts", owners, s.importCertificate},
		{"GET /v2/passbookCerts", readers, s.listCertificates},
		{"GET /v2/passbookCerts/{id}", readers, s.getCertificate},
		{"PUT /v2/recoveryEmails/resend", writers, s.resendEmails},
		{"POST /v1/passes", readers, s.search},
	}
}

// public lists what is served to anybody who knows the id of a pass.
func (s *Service) public() []route {
	return []route{
		{"GET /v2/passes/{id}/json", nil, s.showPass},
		{"OPTIONS /v2/passes/{id}/json", nil, s.preflight},
		{"GET /v2/passes/{id}/bundle", nil, s.bundlePass},
		{"POST /v2/passes/{id}/bundle", nil, s.bundlePass},
		{"PUT /v2/passes/{id}/bundle", nil, s.bundlePass},
		{"OPTIONS /v2/passes/{id}/bundle", nil, s.preflight},
		{"GET /v2/passes/{id}/images/{file}", nil, s.showImage},
		{"GET /v2/passes/{id}/images/{lang}/{file}", nil, s.showImage},
		{"GET /{page}", nil, s.passPage},
		{"GET /~", nil, s.fragmentPage},
	}
}

// Limits of who may look at public views, by address.
const (
	publicPerSecond = 20
	publicBurst     = 200
	publicClients   = 10_000
)

// Dialect returns the service with its routes.
func (s *Service) Dialect() (web.Dialect, error) {
	limiter, err := web.NewLimiter(publicPerSecond, publicBurst, publicClients, s.Now)
	if err != nil {
		return web.Dialect{}, err
	}
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(under(r.pattern), s.keyed(r.roles, r.serve))
	}
	for _, r := range s.public() {
		mux.Handle(under(r.pattern), web.RateLimit(limiter, open(r.serve)))
	}
	s.Issuer.AddForm(name, callbackForm{s})
	return web.Dialect{Prefix: prefix, Fail: fail,
		Handler: web.NoTrailingSlash(mendPath(web.LimitBody(maxForm, web.Strict(mux, fail))))}, nil
}

// under is a pattern where the service stands.
func under(pattern string) string {
	method, path, _ := strings.Cut(pattern, " ")
	return method + " " + prefix + path
}

// call is one request.
type call struct {
	http.ResponseWriter
	*http.Request
	actor issuer.Actor
}

// answer writes v with the status of every success.
func (c call) answer(v any) error { return answer(c.ResponseWriter, http.StatusOK, v) }

// show answers with what find finds.
func (s *Service) show(c call, find func(store.Reader) (any, error)) error {
	var v any
	err := s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		v, err = find(r)
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(v)
}

// keyed lets keys of some roles in.
func (s *Service) keyed(roles []store.Role, h func(call) error) http.Handler {
	return web.HandleWith(func(w http.ResponseWriter, r *http.Request) error {
		who, err := s.authenticate(r)
		switch {
		case errors.Is(err, access.ErrDenied):
			return badSignature
		case err != nil:
			return err
		case !who.May(roles...):
			return forbidden
		case !s.throttle.allow(s, who.Key):
			w.Header().Set("Retry-After", "1")
			return tooMany
		}
		a := issuer.Actor{Org: who.Org, Key: who.Key, By: who.Name}.Counted()
		if err := h(call{w, r, a}); err != nil {
			return err
		}
		s.Issuer.Called(a, 0)
		return nil
	}, fail)
}

// open lets everybody in.
func open(h func(call) error) http.Handler {
	return web.HandleWith(func(w http.ResponseWriter, r *http.Request) error {
		return h(call{ResponseWriter: w, Request: r})
	}, fail)
}
