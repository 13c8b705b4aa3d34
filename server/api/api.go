// Package api is the native REST API under /api/v1 and its OpenAPI description.
//
// An operation decodes a request, calls one operation of package issuer or
// access, and encodes the answer; it has no rule of its own. The operations, and
// who may call each of them, are listed in routes.go. Mount the API behind a
// web.Front, which gives requests their id and bounds their time.
package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"pocketpass/server/access"
	"pocketpass/server/issuer"
	"pocketpass/server/web"
)

// Config is what an API needs.
type Config struct {
	Issuer  *issuer.Issuer
	Access  *access.Access
	Log     *slog.Logger // who made and ended keys; nil means slog's default
	BaseURL string       // public address of the server, without a slash at the end
	Version string       // of the program, for the description

	MaxBody   int64 // largest body in bytes; 0 means 1 MiB
	MaxUpload int64 // largest form with files in bytes; 0 means 8 MiB
	MaxImport int64 // largest form with a table or many passes in bytes; 0 means 256 MiB
}

// API is the native REST API. Use New.
type API struct {
	Config
	huma huma.API
}

// Where the API is mounted.
const (
	prefix          = "/api/v1"
	descriptionPath = "/api/openapi.json"
)

// New returns an API.
func New(c Config) *API {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	c.MaxBody = cmp.Or(c.MaxBody, 1<<20)
	c.MaxUpload = cmp.Or(c.MaxUpload, 8<<20)
	c.MaxImport = cmp.Or(c.MaxImport, 256<<20)
	return &API{Config: c}
}

// configureHuma sets what huma keeps in package variables.
var configureHuma = sync.OnceFunc(func() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return foundByHuma(status, msg, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		p := foundByHuma(status, msg, errs)
		p.RequestID = web.RequestID(ctx.Context())
		return p
	}
	huma.DefaultArrayNullable = false // a list of ours is empty, never null
})

// Register adds the operations and the description to mux. It panics if an
// operation is not described, or does not say who may call it.
func (a *API) Register(mux *http.ServeMux) {
	configureHuma()
	known := http.NewServeMux()
	a.huma = huma.NewAPI(a.humaConfig(), &adapter{api: a, mux: mux, known: known})
	a.routes()
	mux.Handle(prefix+"/", web.Problems(known))
	mux.Handle("GET "+descriptionPath, a.description())
}

// humaConfig leaves out what huma would serve besides: a page with scripts from
// elsewhere, schemas, and links to them in every answer.
func (a *API) humaConfig() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Pocketpass", Version: a.Version, Description: introduction},
			Servers: []*huma.Server{{URL: a.BaseURL}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					securityScheme: {Type: "http", Scheme: "bearer", Description: "An API key, spelt <id>.<secret>."},
				},
			},
		},
		Formats:                      huma.DefaultFormats,
		DefaultFormat:                mediaJSON,
		RejectUnknownQueryParameters: true,
	}
}

const securityScheme = "bearer"

const introduction = `Issue, change and look after Apple Wallet passes.

Send an API key with every request: ` + "`Authorization: Bearer <id>.<secret>`" + `. Times are RFC 3339 in UTC. Ids have eleven
characters and are opaque. What belongs to another organisation does not exist (404).

Every error is a problem document (RFC 9457) with a stable ` + "`code`" + ` for programs and a ` + "`detail`" + ` that says what to do.

A POST that creates something takes an ` + "`Idempotency-Key`" + `: the same request sent again within a day creates nothing and gets
the same record. Campaigns, templates and passes have an ` + "`ETag`" + `; sent back as ` + "`If-Match`" + ` with a change, it refuses the
change with 412 if somebody else was faster.`

// description serves the OpenAPI document, which does not change while the
// program runs.
func (a *API) description() http.Handler {
	waiting(a.huma.OpenAPI())
	text, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		panic(fmt.Errorf("describe the API: %w", err)) // a schema of ours that cannot be encoded
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", mediaJSON)
		w.Header().Set("Cache-Control", "no-cache")
		w.Write(text) // a client that is gone needs no answer
	})
}
