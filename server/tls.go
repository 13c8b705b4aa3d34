package server

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/crypto/acme/autocert"
)

// security is one of the three ways to TLS, as the listeners need it.
type security struct {
	config     *tls.Config                              // nil: plain HTTP
	challenges func(fallback http.Handler) http.Handler // around the handler of port 80
	prepare    func(context.Context)                    // is called once the listeners serve, and may take minutes; nil: nothing is to be done
}

// secure chooses the way that c asks for. cache keeps certificates of mode acme.
func secure(c TLSConfig, cache autocert.Cache, log *slog.Logger, now func() time.Time) (security, error) {
	asIs := func(h http.Handler) http.Handler { return h }
	switch c.Mode {
	case TLSFiles:
		files := &certFiles{certFile: c.CertFile, keyFile: c.KeyFile, log: log, now: now}
		if err := files.load(); err != nil {
			return security{}, err
		}
		return security{config: c.speaking(tlsConfig(files.GetCertificate)), challenges: asIs}, nil
	case TLSACME:
		s, err := secureACME(c, cache, log, now)
		s.config = c.speaking(s.config)
		return s, err
	}
	return security{challenges: asIs}, nil
}

type getCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error)

func tlsConfig(get getCertificate, protocols ...string) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     append([]string{"h2", "http/1.1"}, protocols...),
		GetCertificate: get,
	}
}

// speaking leaves HTTP/2 out of what is offered if the settings say so.
func (c TLSConfig) speaking(t *tls.Config) *tls.Config {
	if t != nil && c.HTTP1Only {
		t.NextProtos = slices.DeleteFunc(t.NextProtos, func(p string) bool { return p == "h2" })
	}
	return t
}

// redirect sends everything on port 80 to the same path and query under base,
// whatever host was asked for: a name that the client chose is never answered with.
func redirect(base string) http.Handler {
	target, err := url.Parse(base)
	if err != nil {
		panic("base URL was not validated: " + err.Error())
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := url.URL{Scheme: target.Scheme, Host: target.Host, Path: "/", RawQuery: r.URL.RawQuery}
		if len(r.URL.Path) > 0 && r.URL.Path[0] == '/' { // not "*", which OPTIONS may ask for
			to.Path, to.RawPath = r.URL.Path, r.URL.RawPath
		}
		w.Header().Set("Location", to.String())
		w.WriteHeader(http.StatusPermanentRedirect) // 308: the method and the body stay
	})
}
