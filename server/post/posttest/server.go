// Package posttest is a mail server for tests: it speaks real SMTP with STARTTLS
// and sign-in on a port of this machine, keeps what it is given and refuses what
// it is told to refuse.
package posttest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Options shape a Server. The zero value offers STARTTLS and wants no sign-in.
type Options struct {
	Username, Password string // empty means that nobody signs in
	Implicit           bool   // TLS from the first byte
	Plain              bool   // no TLS at all
}

// Server is a running mail server at 127.0.0.1.
type Server struct {
	Port  int
	Roots *x509.CertPool // that vouch for it
	PEM   []byte         // the same as a file holds it

	options     Options
	certificate tls.Certificate
	mails       chan Mail

	mu      sync.Mutex
	running *smtp.Server
	listen  net.Listener
	served  chan struct{} // closed when running has ended
	refuse  map[string]error
}

// New starts a server that ends with the test.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{options: o, mails: make(chan Mail, 1000), refuse: make(map[string]error)}
	s.certificate, s.PEM = selfSigned(t)
	s.Roots = x509.NewCertPool()
	s.Roots.AppendCertsFromPEM(s.PEM)
	s.Up(t)
	t.Cleanup(s.Down)
	return s
}

// Up starts the server, again at the port that it had.
func (s *Server) Up(t testing.TB) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: s.Port})
	if err != nil {
		t.Fatalf("mail server: %v", err)
	}
	s.Port = l.Addr().(*net.TCPAddr).Port
	settings := &tls.Config{Certificates: []tls.Certificate{s.certificate}}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{server: s}, s.refusal("HELO")
	}))
	server.Domain, server.AllowInsecureAuth = "mail.example", true
	server.ReadTimeout, server.WriteTimeout = 10*time.Second, 10*time.Second
	server.ErrorLog = silent{}
	listener := net.Listener(l)
	switch {
	case s.options.Implicit:
		listener = tls.NewListener(l, settings)
	case !s.options.Plain:
		server.TLSConfig = settings
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running, s.listen, s.served = server, l, served
}

// Down ends the server and its connections. Doing it again changes nothing.
func (s *Server) Down() {
	s.mu.Lock()
	server, l, served := s.running, s.listen, s.served
	s.running = nil
	s.mu.Unlock()
	if server != nil {
		_ = server.Close()
		_ = l.Close() // which the server does not know yet if it has only just begun
		<-served
	}
}

// Refuse answers a command, HELO, AUTH, MAIL, RCPT or DATA, with a code and
// an enhanced code from now on. Code 0 takes it back.
func (s *Server) Refuse(command string, code int, enhanced [3]int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.refuse, command)
	if code != 0 {
		s.refuse[command] = &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: text}
	}
}

func (s *Server) refusal(command string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refuse[command]
}

// Next waits for the next mail.
func (s *Server) Next(t testing.TB) Mail {
	t.Helper()
	select {
	case m := <-s.mails:
		return m
	case <-time.After(10 * time.Second):
		t.Fatal("no mail came")
		return Mail{}
	}
}

// Nothing fails the test if a mail came that Next did not return.
func (s *Server) Nothing(t testing.TB) {
	t.Helper()
	select {
	case m := <-s.mails:
		t.Errorf("a mail came:\n%s", m.Raw)
	default:
	}
}

// session is one client's connection.
type session struct {
	server *Server
	in     bool // signed in
	mail   Mail
}

func (c *session) AuthMechanisms() []string {
	if c.server.options.Username == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if err := c.server.refusal("AUTH"); err != nil {
			return err
		}
		if username != c.server.options.Username || password != c.server.options.Password {
			return smtp.ErrAuthFailed
		}
		c.in = true
		return nil
	}), nil
}

func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	if c.server.options.Username != "" && !c.in {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "authentication required"}
	}
	c.mail = Mail{From: from}
	return c.server.refusal("MAIL")
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if c.mail.To != "" {
		return errors.New("a second recipient")
	}
	c.mail.To = to
	return c.server.refusal("RCPT")
}

func (c *session) Data(r io.Reader) (err error) {
	if c.mail.Raw, err = io.ReadAll(r); err != nil {
		return err
	}
	if err := c.server.refusal("DATA"); err != nil {
		return err
	}
	c.server.mails <- c.mail
	return nil
}

func (c *session) Reset()        { c.mail = Mail{} }
func (c *session) Logout() error { return nil }

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}
