// Package kony answers as the PassKit calls of Kony MobileFabric Messaging did: a back
// end uploads finished passes and the certificate that they are announced with, and
// devices register for them and fetch them, byte for byte as they were uploaded.
//
// The authToken of the service is an API key, spelt <id>.<secret>. Devices come with it
// or with the token of their pass. See README.md for what is served and how open
// questions were decided.
package kony

import (
	"context"
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

// Service serves clients of Kony MobileFabric Messaging.
type Service struct {
	Issuer   *issuer.Issuer
	Access   *access.Access
	Log      *slog.Logger
	Now      func() time.Time
	Verified bool // refuse passes whose signature Wallet would not take
}

// prefix is where the service stands.
const prefix = "/kpns/service/rest/passbook/iphone"

// Sizes in bytes. A file may come as a form in Base64, which makes it longer.
const (
	maxCertificate = 256 << 10
	maxPass        = issuer.MaxPassFile
	maxSmall       = 64 << 10  // of what devices send
	maxLog         = 512 << 10 // 100 entries of 4 KiB and some
)

func bodyWith(file int64) int64 { return 2*file + maxSmall }

// Everybody may list, for the device identifier is the secret, and post to the log: each
// address so often.
const (
	openPerSecond = 20
	openBurst     = 400
	openClients   = 10_000
)

// Who may upload what.
var (
	certifiers = []store.Role{store.Admin}
	uploaders  = []store.Role{store.Admin, store.Issuer}
)

// route is one line of the service.
type route struct {
	pattern string // beneath the prefix
	handler http.Handler
}

// routes lists what is served; l bounds what is open.
func (s *Service) routes(l *web.Limiter) []route {
	open := func(max int64, h web.Handler) http.Handler { return web.RateLimit(l, limited(max, h)) }
	return []route{
		{"POST /admin/upload/passtypes/{kind}/{bundle}/certificate", passBook(s.admin(certifiers, maxCertificate, s.uploadCertificate))},
		{"POST /admin/upload/passes/{bundle}/{serial}", s.admin(uploaders, maxPass, s.uploadPass)},
		{"POST /v1/devices/{device}/registrations/{bundle}/{serial}", limited(maxSmall, s.register)},
		{"POST /v1/devices/{device}/unregistrations/{bundle}/{serial}", limited(maxSmall, s.unregister)},
		{"DELETE /v1/devices/{device}/registrations/{bundle}/{serial}", limited(maxSmall, s.unregister)},
		{"POST /v1/devices/{device}/registrations/{bundle}", open(maxSmall, s.list)}, // open, as the documentation has it
		{"GET /v1/devices/{device}/registrations/{bundle}", open(maxSmall, s.changed)},
		{"GET /v1/passes/{bundle}/{serial}", limited(maxSmall, s.latest)},
		{"POST /v1/log", open(maxLog, s.log)},
	}
}

// Dialect returns the service with its routes.
func (s *Service) Dialect() (web.Dialect, error) {
	limiter, err := web.NewLimiter(openPerSecond, openBurst, openClients, s.Now)
	if err != nil {
		return web.Dialect{}, err
	}
	mux := http.NewServeMux()
	for _, r := range s.routes(limiter) {
		method, path, _ := strings.Cut(r.pattern, " ")
		mux.Handle(method+" "+prefix+path, r.handler)
	}
	return web.Dialect{Prefix: prefix, Fail: fail, Handler: web.NoTrailingSlash(web.Strict(mux, fail))}, nil
}

func limited(max int64, h web.Handler) http.Handler {
	return web.LimitBody(max, web.HandleWith(h, fail))
}

// admin lets keys of some roles upload a file of at most max bytes. Whose bundle
// identifier it is, is looked at before anything else.
func (s *Service) admin(roles []store.Role, max int, h func(*http.Request, issuer.Actor, upload) error) http.Handler {
	return limited(bodyWith(int64(max)), func(w http.ResponseWriter, r *http.Request) error {
		var u upload
		token, err := authToken(r), error(nil)
		if token == "" { // then it may stand in the body
			if u, err = readUpload(r); err != nil {
				return err
			}
			token = u.values.Get("authToken")
		}
		a, err := s.actor(r.Context(), token, roles)
		if err != nil {
			return err
		}
		if err := s.owned(r.Context(), a, r.PathValue("bundle")); err != nil {
			return err
		}
		if !u.read {
			if u, err = readUpload(r); err != nil {
				return err
			}
		}
		if err := u.check(max); err != nil {
			return err
		}
		if err := h(r, a, u); err != nil {
			return err
		}
		s.Issuer.Called(a, 0)
		return answer(w, http.StatusOK, success)
	})
}

// actor is who has an authToken.
func (s *Service) actor(ctx context.Context, token string, roles []store.Role) (issuer.Actor, error) {
	who, err := s.Access.Token(ctx, token)
	if errors.Is(err, access.ErrDenied) || err == nil && !who.May(roles...) {
		return issuer.Actor{}, unauthorized
	}
	return issuer.Actor{Org: who.Org, Key: who.Key, By: who.Name}.Counted(), err
}

// owned refuses a bundle identifier of another organisation.
func (s *Service) owned(ctx context.Context, a issuer.Actor, bundle string) error {
	return s.Issuer.View(ctx, func(r store.Reader) error {
		owner, err := r.PassTypeOwner(bundle)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return nil
		case err == nil && owner != a.Org:
			return inUse
		}
		return err
	})
}
