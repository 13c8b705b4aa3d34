package server

import (
	"net/http"

	"pocketpass/server/web"
)

// routes is the one page that says what is served where. What watches the server
// stands outside the limits, so that an overloaded server is not taken for a dead one.
func (s *Server) routes() (http.Handler, error) {
	app := http.NewServeMux()
	if s.deps.Mount != nil {
		if err := s.deps.Mount(app, s.baseURL); err != nil {
			return nil, err
		}
	}
	var dialects *web.Dialects
	if s.deps.Dialects != nil {
		var err error
		if dialects, err = s.deps.Dialects(s.baseURL); err != nil {
			return nil, err
		}
	}
	limited, err := s.limited(dialects.Serve(web.Problems(app)))
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", web.Handle(s.health.alive))
	mux.Handle("GET /readyz", web.Handle(s.health.ready))
	switch {
	case s.cfg.Metrics.Listen != "": // on a listener of its own: see opsRoutes
	case s.cfg.Metrics.Public:
		mux.Handle("GET /metrics", s.metrics.handler())
	default:
		mux.Handle("GET /metrics", onlyHere(s.metrics.handler()))
	}
	mux.Handle("/", limited)
	return s.front().Wrap(web.SingleSlashes(dialects.Recognise(limited, mux))), nil
}

// opsRoutes are served on [metrics] listen.
func (s *Server) opsRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", web.Handle(s.health.alive))
	mux.Handle("GET /readyz", web.Handle(s.health.ready))
	mux.Handle("GET /metrics", s.metrics.handler())
	return s.front().Wrap(web.Problems(mux))
}

func (s *Server) front() *web.Front {
	return &web.Front{
		Log:      s.deps.Log,
		LogAll:   s.cfg.Log.Access,
		Proxies:  prefixes(s.cfg.TrustedProxies),
		MaxBody:  int64(s.cfg.Limits.Body),
		Draining: s.draining,
		Now:      s.deps.Now,
		Observe:  s.metrics.observe,
	}
}

// limited bounds how much clients may ask for at once, all together and each.
func (s *Server) limited(next http.Handler) (http.Handler, error) {
	l := s.cfg.Limits
	next = web.InFlight(l.InFlight, next)
	if l.Rate == 0 {
		return next, nil
	}
	limiter, err := web.NewLimiter(l.Rate, l.RateBurst, l.RateClients, s.deps.Now)
	if err != nil {
		return nil, err
	}
	return web.RateLimit(limiter, next), nil
}
