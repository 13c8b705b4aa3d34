// Package enrol serves the pages of links under /c, through which people without a key
// come to their passes: a form, or one button.
//
// Looking issues nothing: a page that is fetched, by a person, a messenger that draws a
// preview or a browser that reads ahead, changes nothing. A pass is made by sending the
// form, or by opening /c/{link}.pkpass, which only counts where a browser goes to it
// and nothing is asked for. After that the visitor is on the page of the pass.
//
// Visitors have no session that another site could abuse, so the form has no token: it
// is refused when the browser says that another site sent it (Sec-Fetch-Site, or Origin
// where that is missing). That keeps others from filling a link's limit through their
// visitors' addresses.
//
// It decodes, calls one operation of package issuer, and encodes. A script of an
// owner's own runs on a host name that serves nothing else, see Service.ScriptsURL.
package enrol

import (
	"net/http"
	"net/url"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/ui"
)

// Service serves visitors of links.
type Service struct {
	Issuer     *issuer.Issuer
	BaseURL    string // public address of the server, without a slash at the end
	ScriptsURL string // the same of the host where scripts of owners run; empty means that none do
	Now        func() time.Time
}

// A network address may ask for a pass now and then; many visitors may share one, as at
// the door of an event.
const (
	perSecond = 1
	burst     = 60
	clients   = 10_000
)

// maxForm bounds what a form sends, in bytes.
const maxForm = 64 << 10

// door is a Service at one host.
type door struct {
	*Service
	limiter *web.Limiter
	foreign *http.CrossOriginProtection
	scripts bool // the host for scripts
}

// Register mounts the routes, all of them open to everybody, and those of the host for
// scripts, which serves nothing else.
func (s *Service) Register(mux *http.ServeMux) error {
	limiter, err := web.NewLimiter(perSecond, burst, clients, s.Now)
	if err != nil {
		return err
	}
	if err := (door{s, limiter, http.NewCrossOriginProtection(), false}).register(mux); err != nil || s.ScriptsURL == "" {
		return err
	}
	u, err := url.Parse(s.ScriptsURL)
	if err != nil {
		return err
	}
	apart := http.NewServeMux()
	if err := (door{s, limiter, http.NewCrossOriginProtection(), true}).register(apart); err != nil {
		return err
	}
	apart.Handle("GET /ui/", web.Problems(ui.Handler()))
	mux.Handle(u.Hostname()+"/", web.Problems(apart))
	return nil
}

func (d door) register(mux *http.ServeMux) error {
	mux.Handle("GET /c/{link}", web.Handle(d.open))
	mux.Handle("POST /c/{link}", web.LimitBody(maxForm, web.Handle(d.enrol)))
	mux.Handle("GET /c/{link}/pass.json", web.Handle(d.document))
	mux.Handle("GET /c/{link}/images/{name...}", web.Handle(d.picture))
	mux.Handle("GET /c/{link}/share.png", web.Handle(d.shareImage))
	return d.foreign.AddTrustedOrigin(d.origin()) // a proxy may have changed the Host of a request
}
