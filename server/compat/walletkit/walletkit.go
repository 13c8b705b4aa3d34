// Package walletkit answers as the WalletKit API v1 did: templates, passes made from
// them, changes of many passes by their values, and the links that were handed out.
//
// Clients name a brand and its key in two headers, which are the id and the secret of
// an API key. Every body is JSON, also of errors and whatever the client says it sends;
// names are read in the spellings that the service's own documents use. See README.md
// for what is served and how open questions were decided.
package walletkit

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

// Service serves clients of WalletKit.
type Service struct {
	Issuer  *issuer.Issuer
	Access  *access.Access
	BaseURL string // public address of the server, without a slash at the end
	Now     func() time.Time
	Log     *slog.Logger // nil means slog's default

	OneObject bool // a template that is asked for alone is an object, not an array with it
	AnyFields bool // templates may have more fields than their kind of pass has room for

	understood understood
}

func (s *Service) log() *slog.Logger {
	if s.Log == nil {
		return slog.Default()
	}
	return s.Log
}

// prefix is where the service stands here.
const prefix = "/walletkit"

// maxBody bounds a request, in bytes.
const maxBody = 1 << 20

// Who may do what.
var (
	readers = access.Any
	writers = []store.Role{store.Admin, store.Issuer}
)

// Dialect returns the service with its routes.
func (s *Service) Dialect() (web.Dialect, error) {
	mux := http.NewServeMux()
	mux.Handle("POST "+prefix+"/v1/passes", s.keyed(writers, s.createTemplate))
	mux.Handle("GET "+prefix+"/v1/passes", s.keyed(readers, s.listTemplates))
	mux.Handle("GET "+prefix+"/v1/passes/{template}", s.keyed(readers, s.getTemplate))
	mux.Handle("DELETE "+prefix+"/v1/passes/{template}", s.keyed(writers, s.deleteTemplate))
	mux.Handle("POST "+prefix+"/v1/passes/{template}", s.keyed(writers, s.postToTemplate))
	mux.Handle("PUT "+prefix+"/v1/passes/{template}", s.keyed(writers, s.updatePasses))
	if err := s.registerLinks(mux); err != nil {
		return web.Dialect{}, err
	}
	return web.Dialect{Prefix: prefix, Fail: fail,
		Handler: web.NoTrailingSlash(web.LimitBody(maxBody, web.Strict(mux, fail)))}, nil
}

// call is one request of a brand.
type call struct {
	http.ResponseWriter
	*http.Request
	actor issuer.Actor
}

// answer writes v with the status of every success.
func (c call) answer(v any) error { return web.WriteJSON(c.ResponseWriter, http.StatusOK, v) }

// keyed lets keys of some roles in.
func (s *Service) keyed(roles []store.Role, h func(call) error) http.Handler {
	return web.HandleWith(func(w http.ResponseWriter, r *http.Request) error {
		who, err := s.Access.Pair(r.Context(), strings.TrimSpace(r.Header.Get("Brand-Id")), strings.TrimSpace(r.Header.Get("Api-Key")))
		if errors.Is(err, access.ErrDenied) || err == nil && !who.May(roles...) {
			return unauthorized
		}
		if err != nil {
			return err
		}
		a := issuer.Actor{Org: who.Org, Key: who.Key, By: who.Name}.Counted()
		if err := h(call{w, r, a}); err != nil {
			return err
		}
		s.Issuer.Called(a, 0)
		return nil
	}, fail)
}
