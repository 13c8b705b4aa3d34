// Package apns is a stand-in for Apple's push service, for the demo, the tests
// and the benchmarks: HTTP/2 over TLS with a client certificate, Apple's checks
// and answers, and a script of bad behaviour.
//
// It speaks HTTP/2 frame by frame, because an ordinary server cannot be made to
// misbehave: to leave streams behind with GOAWAY, to go silent, to change its
// stream limit under way. It knows nothing of passes; simulated phones
// Subscribe by push token.
package apns

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	defaultStreams   = 1000
	defaultLog       = 20
	handshakeTimeout = 10 * time.Second
	lingerTimeout    = time.Second // for a client to read what was last written to it
)

// Options are the settings of a Service. The zero value listens on a free port
// of 127.0.0.1 and takes any client certificate.
type Options struct {
	Addr        string           // empty means 127.0.0.1:0
	ClientCAs   *x509.CertPool   // who may issue client certificates, intermediates included; nil takes any
	OnPush      func(Push)       // called for every accepted push before it is answered; must not block
	LogPerToken int              // pushes kept for Log; 0 means 20
	Now         func() time.Time // nil means time.Now
}

// Service is the stand-in. It is safe for concurrent use.
type Service struct {
	options Options
	cert    tls.Certificate
	roots   *x509.CertPool
	rootPEM []byte

	mu        sync.Mutex
	addr      string // where it listens, or listened
	listener  net.Listener
	sessions  map[*session]struct{}
	behaviour Behaviour
	everyone  Answer
	boxes     map[string]*box
	stats     Stats
	running   sync.WaitGroup
}

// New makes a service with a certificate of its own for 127.0.0.1 and
// localhost. Start opens it.
func New(o Options) (*Service, error) {
	o.Addr = cmp.Or(o.Addr, "127.0.0.1:0")
	o.LogPerToken = cmp.Or(o.LogPerToken, defaultLog)
	if o.Now == nil {
		o.Now = time.Now
	}
	cert, rootPEM, err := newCertificate()
	if err != nil {
		return nil, fmt.Errorf("make the push service's certificate: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	return &Service{
		options:  o,
		cert:     cert,
		roots:    roots,
		rootPEM:  rootPEM,
		addr:     o.Addr,
		sessions: map[*session]struct{}{},
		boxes:    map[string]*box{},
	}, nil
}

// Start listens. After Close it listens on the same address again.
func (s *Service) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		return errors.New("push service is running already")
	}
	ln, err := net.Listen("tcp", s.addr)
	if err != nil {
		return fmt.Errorf("start the push service: %w", err)
	}
	s.listener, s.addr = ln, ln.Addr().String()
	s.running.Add(1)
	go s.accept(ln)
	return nil
}

// Addr returns host and port; before the first Start it is what was asked for.
func (s *Service) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// URL returns the base URL, as [push] host wants it.
func (s *Service) URL() string { return "https://" + s.Addr() }

// Roots returns who vouches for the service.
func (s *Service) Roots() *x509.CertPool { return s.roots }

// RootsPEM returns the same as a file for [push] ca_file.
func (s *Service) RootsPEM() []byte { return s.rootPEM }

// Close hangs up on everybody, waits for that and frees the port.
func (s *Service) Close() error {
	s.mu.Lock()
	ln := s.listener
	s.listener = nil
	s.mu.Unlock()
	if ln == nil {
		return nil
	}
	err := ln.Close()
	s.HangUp()
	s.running.Wait()
	return err
}

// HangUp breaks all connections, without GOAWAY, as a failing network does.
func (s *Service) HangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sessions {
		c.raw.Close()
	}
}

func (s *Service) accept(ln net.Listener) {
	defer s.running.Done()
	for {
		raw, err := ln.Accept()
		if err != nil {
			return
		}
		if c := s.open(raw); c != nil {
			s.running.Add(1)
			go s.serve(c)
		}
	}
}

// open registers a connection, or returns nil when the service was closed.
func (s *Service) open(raw net.Conn) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		raw.Close()
		return nil
	}
	s.stats.Connections++
	c := newSession(s, raw, s.stats.Connections)
	s.sessions[c] = struct{}{}
	return c
}

func (s *Service) serve(c *session) {
	defer s.running.Done()
	defer s.forget(c)
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTimeout)
	err := c.conn.HandshakeContext(ctx)
	cancel()
	if err != nil {
		s.count(func(n *Stats) { n.Refused++ })
		linger(c.raw)
		return
	}
	c.serve()
}

func (s *Service) forget(c *session) {
	c.raw.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, c)
}

func (s *Service) count(change func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.stats)
}
