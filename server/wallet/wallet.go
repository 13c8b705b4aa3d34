// Package wallet speaks with phones: Apple's web service for passes under
// /wallet/v1, and the public page of each pass under /p.
//
// It decodes, calls one operation of package issuer, and encodes. Phones say
// who they are with a pass's own token; there are no API keys here.
package wallet

import (
	"net/http"
	"net/url"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
)

// Service serves phones and visitors of pass pages.
type Service struct {
	Issuer     *issuer.Issuer
	BaseURL    string // public address of the server, without a slash at the end
	ScriptsURL string // the same of the host where scripts of owners run; empty means that none do
	Now        func() time.Time
}

// Anyone can post to the log and the personalisation, so each address may do so
// only now and then.
const (
	openPerSecond = 5
	openBurst     = 50
	openClients   = 10_000
)

// Register mounts the routes. Who may call: phones with a pass's token, and
// everybody where the list says open.
func (s *Service) Register(mux *http.ServeMux) error {
	limiter, err := web.NewLimiter(openPerSecond, openBurst, openClients, s.Now)
	if err != nil {
		return err
	}
	open := func(max int64, h web.Handler) http.Handler {
		return web.RateLimit(limiter, web.LimitBody(max, device(h)))
	}

	mux.Handle("POST /wallet/v1/devices/{device}/registrations/{type}/{serial}", web.LimitBody(maxRegister, device(s.register))) // pass token
	mux.Handle("DELETE /wallet/v1/devices/{device}/registrations/{type}/{serial}", device(s.unregister))                         // pass token
	mux.Handle("GET /wallet/v1/devices/{device}/registrations/{type}", device(s.changed))                                        // open: the device identifier is the secret
	mux.Handle("GET /wallet/v1/passes/{type}/{serial}", device(s.latest))                                                        // pass token
	mux.Handle("POST /wallet/v1/passes/{type}/{serial}/personalize", open(maxPersonalize, s.personalize))                        // open
	mux.Handle("POST /wallet/v1/log", open(maxLog, s.log))                                                                       // open

	door{s, false}.register(mux, "")
	if s.ScriptsURL == "" {
		return nil
	}
	u, err := url.Parse(s.ScriptsURL)
	if err != nil {
		return err
	}
	door{s, true}.register(mux, u.Hostname())
	return nil
}

// door is the public pages of passes at one host.
type door struct {
	*Service
	scripts bool // the host for scripts, with those passes alone whose pages have one
}

// register mounts the pages at a host, empty for any.
func (d door) register(mux *http.ServeMux, host string) {
	mux.Handle("GET "+host+"/p/{public}", web.Handle(d.here(d.open)))                     // open: the public id is the secret, here and below
	mux.Handle("GET "+host+"/p/{public}/pass.json", web.Handle(d.here(d.document)))       //
	mux.Handle("GET "+host+"/p/{public}/images/{name...}", web.Handle(d.here(d.picture))) //
}

// device answers errors as phones expect them: a status and no body.
func device(h web.Handler) http.Handler {
	return web.HandleWith(h, func(w http.ResponseWriter, _ *http.Request, err error) {
		w.WriteHeader(status(err))
	})
}

func status(err error) int {
	switch issuer.KindOf(err) {
	case issuer.Denied:
		return http.StatusUnauthorized
	case issuer.Invalid:
		return http.StatusBadRequest
	case issuer.NotFound:
		return http.StatusNotFound
	case issuer.Conflict:
		return http.StatusConflict
	case issuer.Unavailable:
		return http.StatusServiceUnavailable
	case issuer.Full:
		return http.StatusInsufficientStorage
	}
	return web.ProblemOf(err).Status
}
