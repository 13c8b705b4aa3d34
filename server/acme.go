package server

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/sync/singleflight"
)

// Let's Encrypt refuses an account that fails five validations of a name within an
// hour, and one attempt fails two (a challenge of each kind). So a failure is
// remembered for retryRefused; one that never reached the authority, for retryUnreached.
const (
	retryRefused   = time.Hour
	retryUnreached = time.Minute
)

// expiryAlarm is when a certificate that was not renewed is worth a warning.
// Renewal begins at a third of the lifetime, 30 days before the end at most.
const expiryAlarm = 14 * 24 * time.Hour

// secureACME gets certificates for the names of c, and for no other.
func secureACME(c TLSConfig, cache autocert.Cache, log *slog.Logger, now func() time.Time) (security, error) {
	client, err := acmeHTTPClient(c.ACMECAFile, log)
	if err != nil {
		return security{}, err
	}
	certs := &acmeCertificates{hosts: c.Hosts, log: log, now: now, failed: map[string]failure{}, warned: map[string]time.Time{}}
	certs.manager = &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      &loggedCache{Cache: cache, hosts: c.Hosts, log: log},
		HostPolicy: only(c.Hosts),
		Email:      c.Email,
		Client:     &acme.Client{DirectoryURL: c.ACMEDirectory, HTTPClient: client, UserAgent: "Pocketpass"},
	}
	challenges := func(fallback http.Handler) http.Handler { return certs.manager.HTTPHandler(fallback) }
	return security{config: tlsConfig(certs.GetCertificate, acme.ALPNProto), challenges: challenges, prepare: certs.prepare}, nil
}

// only lets the names of hosts through. Who asks over HTTP may name a port beside.
func only(hosts []string) autocert.HostPolicy {
	listed := autocert.HostWhitelist(hosts...)
	return func(ctx context.Context, host string) error {
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		return listed(ctx, host)
	}
}

func acmeHTTPClient(caFile string, log *slog.Logger) (*http.Client, error) {
	roots, err := rootsFrom("tls.acme_ca_file", caFile)
	if err != nil {
		return nil, err
	}
	return &http.Client{Timeout: time.Minute, Transport: &acmeWitness{log: log, next: &http.Transport{
		Proxy:               http.ProxyFromEnvironment, // the address is the operator's own
		TLSClientConfig:     &tls.Config{RootCAs: roots},
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: 10 * time.Second,
		IdleConnTimeout:     10 * time.Second,
	}}}, nil
}

// acmeCertificates adds to autocert what it leaves out: it says what goes wrong,
// and does not spend the authority's patience.
type acmeCertificates struct {
	manager *autocert.Manager
	hosts   []string
	log     *slog.Logger
	now     func() time.Time
	orders  singleflight.Group // by host

	mu     sync.Mutex
	failed map[string]failure   // by host
	warned map[string]time.Time // of expiry, by host
}

type failure struct {
	err   error
	until time.Time
}

// prepare gets the certificates that are missing before anybody asks: the first visitor
// would wait longer than a handshake may take, and what is in the way is in the log at once.
// A name that does not lead here yet may do so soon, so it is not held against it for long.
func (a *acmeCertificates) prepare(ctx context.Context) {
	for _, host := range a.hosts {
		if ctx.Err() != nil {
			return
		}
		if _, err := a.GetCertificate(&tls.ClientHelloInfo{ServerName: host}); err != nil { // which was logged
			a.soften(host)
		}
	}
}

// soften lets the next attempt for a host come soon.
func (a *acmeCertificates) soften(host string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f, ok := a.failed[host]; ok {
		f.until = a.now().Add(retryUnreached)
		a.failed[host] = f
	}
}

// GetCertificate is called in each handshake.
func (a *acmeCertificates) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if slices.Equal(hello.SupportedProtos, []string{acme.ALPNProto}) {
		return a.manager.GetCertificate(hello) // the authority's question
	}
	host := strings.TrimSuffix(strings.ToLower(hello.ServerName), ".")
	if !slices.Contains(a.hosts, host) {
		return nil, errors.New("tls: the name that was asked for is not in tls.hosts")
	}
	if err := a.held(host); err != nil {
		return nil, err
	}
	// who waits for another's order that fails would be told that there is none, but not why
	got, err, _ := a.orders.Do(host, func() (any, error) { return a.manager.GetCertificate(modern(host)) })
	if err != nil {
		a.hold(host, err)
		return nil, err
	}
	cert := got.(*tls.Certificate)
	a.watchExpiry(host, cert)
	return cert, nil
}

// modern asks autocert for its ECDSA certificate, which every client of TLS 1.2
// that we know takes. With an RSA one beside it each name would need two orders.
func modern(host string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{ServerName: host, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}
}

func (a *acmeCertificates) held(host string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f, ok := a.failed[host]; ok && a.now().Before(f.until) {
		return f.err
	}
	return nil
}

func (a *acmeCertificates) hold(host string, err error) {
	remedy, wait := remedyOf(err)
	a.mu.Lock()
	defer a.mu.Unlock()
	if f, ok := a.failed[host]; ok && a.now().Before(f.until) {
		return // handshakes that waited together fail together; one line is enough
	}
	until := a.now().Add(wait)
	a.failed[host] = failure{err, until}
	a.log.Error("no certificate: "+remedy, "host", host, "next_try", until, "err", err)
}

// remedyOf says what to do about an attempt that failed, and how long to wait for the next.
func remedyOf(err error) (remedy string, wait time.Duration) {
	if _, unreached := errors.AsType[net.Error](err); unreached || errors.Is(err, context.DeadlineExceeded) {
		return "see that this machine can call tls.acme_directory, and that tls.acme_ca_file vouches for it if the system does not", retryUnreached
	}
	if _, refused := errors.AsType[*acme.Error](err); refused {
		return "the authority refuses it; mend what it names, then restart or wait", retryRefused
	}
	return "see that the name leads to this machine and that port 443 or 80 is open to the world, then restart or wait", retryRefused
}

// watchExpiry warns once a day of a certificate that should have been renewed.
func (a *acmeCertificates) watchExpiry(host string, cert *tls.Certificate) {
	if cert.Leaf == nil {
		return
	}
	left := cert.Leaf.NotAfter.Sub(a.now())
	if left > min(expiryAlarm, cert.Leaf.NotAfter.Sub(cert.Leaf.NotBefore)/4) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now().Sub(a.warned[host]) < 24*time.Hour {
		return
	}
	a.warned[host] = a.now()
	a.log.Warn("the certificate is about to expire and was not renewed: see that port 443 or 80 is open to the world",
		"host", host, "expires", cert.Leaf.NotAfter)
}

// loggedCache tells of each certificate that autocert got, since it does not itself.
type loggedCache struct {
	autocert.Cache
	hosts []string
	log   *slog.Logger
}

func (c *loggedCache) Put(ctx context.Context, name string, data []byte) error {
	err := c.Cache.Put(ctx, name, data)
	switch {
	case err != nil:
		c.log.Error("certificate cannot be stored: it will be asked for again after a restart", "name", name, "err", err)
	case slices.Contains(c.hosts, name):
		c.log.Info("certificate issued", "host", name)
	}
	return err
}
