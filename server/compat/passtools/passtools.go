// Package passtools answers as the PassTools API v1 did, in its revisions 1.0, 1.1 and
// 1.2: templates with their fields, passes made from them, locations, tags, tickets,
// projects and the address book.
//
// The api_key of the service is an API key, spelt <id>.<secret>, wherever the client puts
// it. Parameters and JSON are read from query, form and body alike, and what goes out is
// in the shape of the revision that was asked for. See README.md for what is served and
// how open questions were decided.
package passtools

import (
	"log/slog"
	"net/http"
	"time"

	"pocketpass/server/access"
	"pocketpass/server/issuer"
	"pocketpass/server/web"
)

// Service serves clients of PassTools.
type Service struct {
	Issuer  *issuer.Issuer
	Access  *access.Access
	BaseURL string // public address of the server, without a slash at the end
	Now     func() time.Time
	Log     *slog.Logger // nil means slog's default

	models models
}

const (
	// prefix is where the service stands here, and base what its paths begin with.
	prefix = "/passtools"
	base   = prefix + "/v1"

	// maxBody bounds a request, in bytes.
	maxBody = 2 << 20
)

// origin marks the templates and projects that clients of this service made.
const origin = "passtools"

func (s *Service) log() *slog.Logger {
	if s.Log == nil {
		return slog.Default()
	}
	return s.Log
}

// Dialect returns the service with its routes.
func (s *Service) Dialect() (web.Dialect, error) {
	s.Issuer.AddReviser(origin, s.revised)
	router := newRouter(routes)
	h := web.HandleWith(func(w http.ResponseWriter, r *http.Request) error { return s.serve(router, w, r) }, fail)
	return web.Dialect{Prefix: prefix, Fail: fail, Handler: web.LimitBody(maxBody, h)}, nil
}
