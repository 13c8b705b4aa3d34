// Package server is the appliance: settings, listeners, TLS, health, metrics,
// and the one page of routes.
//
// It knows how to start and to stop, and nothing of passes: packages that do are
// mounted through Deps. Make one with New, which opens the listeners, and call
// Run, or Close if Run is not called.
package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"pocketpass/server/web"

	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/sync/errgroup"
)

// Deps is what the server is given to serve. The zero value works.
type Deps struct {
	Log *slog.Logger // nil means slog's default

	// Mount adds routes. baseURL is the address that links begin with; with port
	// 0 in Config.Listen it is known only here. Patterns with a host win over
	// those without one.
	Mount func(mux *http.ServeMux, baseURL string) error

	// Dialects are the old services' APIs, asked for after Mount. nil means none.
	Dialects func(baseURL string) (*web.Dialects, error)

	// Workers run beside the listeners until their context ends, which is after
	// the last request was answered. One that returns an error stops the server.
	Workers []func(context.Context) error

	Checks    []Check          // for /readyz
	CertCache autocert.Cache   // nil means files in the data folder
	Metrics   func(io.Writer)  // more families for /metrics, as Prometheus' text; may be nil
	Now       func() time.Time // nil means time.Now
}

// Server is the appliance with its listeners open.
type Server struct {
	cfg      Config
	deps     Deps
	baseURL  string
	parts    []part
	prepare  func(context.Context) // see security
	health   *health
	metrics  *metrics
	draining chan struct{}
}

// New makes the data folder and opens the listeners. cfg must be valid.
func New(cfg Config, deps Deps) (*Server, error) {
	s := &Server{cfg: cfg, deps: filled(cfg, deps), draining: make(chan struct{})}
	s.health = &health{checks: s.deps.Checks, draining: s.draining, log: s.deps.Log}
	s.metrics = newMetrics(s.deps.Metrics)
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data: %w: name a folder that can be written", err)
	}
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func filled(cfg Config, d Deps) Deps {
	if d.Log == nil {
		d.Log = slog.Default()
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Metrics == nil {
		d.Metrics = func(io.Writer) {}
	}
	if d.CertCache == nil {
		d.CertCache = autocert.DirCache(filepath.Join(cfg.Data, "acme"))
	}
	return d
}

// open adds the parts: the main listener, port 80 beside TLS, and the metrics'.
func (s *Server) open() error {
	way, err := secure(s.cfg.TLS, s.deps.CertCache, s.deps.Log, s.deps.Now)
	if err != nil {
		return err
	}
	if s.cfg.TLS.Mode == TLSOff && len(s.cfg.TLS.Hosts) > 0 {
		s.deps.Log.Warn("tls.hosts does nothing while tls.mode is off: write mode = \"acme\" to get certificates for them")
	}
	if err := s.add("listen", s.cfg.Listen); err != nil {
		return err
	}
	s.prepare = way.prepare
	main := s.parts[0].http
	main.TLSConfig = way.config
	s.baseURL = baseURL(s.cfg, s.parts[0].ln.Addr())
	if main.Handler, err = s.routes(); err != nil {
		return err
	}
	if way.config != nil && s.cfg.TLS.HTTPListen != "" {
		if err := s.add("tls.http_listen", s.cfg.TLS.HTTPListen); err != nil {
			return err
		}
		s.parts[len(s.parts)-1].http.Handler = s.front().Wrap(way.challenges(redirect(s.baseURL)))
	}
	if s.cfg.Metrics.Listen != "" {
		if err := s.add("metrics.listen", s.cfg.Metrics.Listen); err != nil {
			return err
		}
		s.parts[len(s.parts)-1].http.Handler = s.opsRoutes()
	}
	return nil
}

// add opens a listener for the setting called key.
func (s *Server) add(key, address string) error {
	ln, err := listen(key, address)
	if err != nil {
		return err
	}
	c := s.cfg.HTTP
	s.parts = append(s.parts, part{name: key, ln: ln, http: &http.Server{
		ReadHeaderTimeout: c.ReadHeaderTimeout,
		ReadTimeout:       c.ReadTimeout,
		WriteTimeout:      c.WriteTimeout,
		IdleTimeout:       c.IdleTimeout,
		MaxHeaderBytes:    int(c.MaxHeader),
		ErrorLog:          newServerLog(s.deps.Log),
	}})
	return nil
}

// BaseURL is the address that links begin with, without a slash at its end.
func (s *Server) BaseURL() string { return s.baseURL }

// Addr is where the setting called key ("listen", "tls.http_listen",
// "metrics.listen") really listens, or "" when it does not.
func (s *Server) Addr(key string) string {
	for _, p := range s.parts {
		if p.name == key {
			return p.ln.Addr().String()
		}
	}
	return ""
}

// Close gives the listeners back at once. It is for a server that is not run;
// one that runs is stopped by its context.
func (s *Server) Close() error {
	var errs []error
	for _, p := range s.parts {
		errs = append(errs, p.ln.Close())
	}
	return errors.Join(errs...)
}

// Run serves until ctx ends, then drains: /readyz turns red, listeners close
// after drain_delay, requests under way get drain_timeout, and the workers stop
// after them. It returns the first error of any part; a drain that had to cut
// requests off is one.
func (s *Server) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx) // the first part to fail stops the others
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	for _, p := range s.parts {
		g.Go(p.serve)
	}
	if s.prepare != nil {
		go s.prepare(ctx) // nobody waits for an authority when the server stops
	}
	for _, worker := range s.deps.Workers {
		g.Go(func() error { return worker(work) })
	}
	g.Go(func() error {
		defer stop()
		<-ctx.Done()
		return s.drain(context.WithoutCancel(ctx))
	})
	return g.Wait()
}

func (s *Server) drain(ctx context.Context) error {
	s.deps.Log.Info("stopping: requests under way are finished", "within", s.cfg.HTTP.DrainTimeout.String())
	close(s.draining)
	if s.cfg.HTTP.DrainDelay > 0 {
		<-time.After(s.cfg.HTTP.DrainDelay)
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.HTTP.DrainTimeout)
	defer cancel()
	var g errgroup.Group
	for _, p := range s.parts {
		g.Go(func() error { return p.shutdown(ctx) })
	}
	return g.Wait()
}
