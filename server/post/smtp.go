package post

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// SMTP sends mail through one server. It is safe for concurrent use; each message
// has a connection of its own.
type SMTP struct {
	Host     string
	Port     int    // 0 means the usual one of TLS
	Username string // empty means not to sign in
	Password string
	TLS      string         // StartTLS, ImplicitTLS or NoTLS; empty means StartTLS
	Roots    *x509.CertPool // who may vouch for the server; nil means the system's
	From     string         // address
	FromName string
	Timeout  time.Duration // of one message, from the connection on; 0 means 30 s
}

// The ways in which the connection is encrypted. With StartTLS a server that does
// not offer it gets nothing.
const (
	StartTLS    = "starttls"
	ImplicitTLS = "implicit"
	NoTLS       = "none"
)

const defaultTimeout = 30 * time.Second

// Check says what is wrong with the settings, a line each that names the key.
func (s *SMTP) Check() error {
	_, badFrom := Address(s.From)
	return errors.Join(
		demand(s.Host != "" && !strings.ContainsAny(s.Host, ":/@ \t\r\n"), "host: %q is not a host: write it like smtp.example.com, without a port", s.Host),
		demand(s.Port >= 0 && s.Port < 1<<16, "port: %d is no port: write 1 to 65535, or 0 for the usual one", s.Port),
		demand(s.TLS == "" || s.TLS == StartTLS || s.TLS == ImplicitTLS || s.TLS == NoTLS, "tls: %q is unknown: write starttls, implicit or none", s.TLS),
		demand(s.TLS != NoTLS || s.Username == "" || loopback(s.Host), "tls: none would send the password unencrypted: write starttls or implicit, or leave username empty"),
		demand((s.Username == "") == (s.Password == ""), "username and password: only one is given: give both or none"),
		demand(badFrom == nil, "from: is not one e-mail address: write it like passes@example.com"),
		demand(s.Timeout >= 0, "timeout: %s is negative: write it like 30s", s.Timeout),
	)
}

func demand(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// Send hands m over to the server, once. A nil error means that the server has
// taken it; any other is an *Error. The settings must have passed Check.
func (s *SMTP) Send(ctx context.Context, m Mail) error {
	msg, err := s.message(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel() // closes the connection too, whatever state it is in
	client, err := gomail.NewClient(s.Host, s.options(ctx)...)
	if err != nil {
		return configuration("", "the mail settings cannot be used: "+err.Error(), "correct [mail]")
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return s.notGreeted(ctx, err)
	}
	err = client.SendWithSMTPClient(conn, msg)
	if err != nil && !msg.IsDelivered() {
		return s.notTaken(ctx, err)
	}
	_ = client.CloseWithSMTPClient(conn) // the message is the server's already
	return nil
}

func (s *SMTP) timeout() time.Duration { return cmp.Or(s.Timeout, defaultTimeout) }

// usualPort is the port of each way (RFC 8314, RFC 6409, RFC 5321).
var usualPort = map[string]int{"": 587, StartTLS: 587, ImplicitTLS: 465, NoTLS: 25}

func (s *SMTP) options(ctx context.Context) []gomail.Option {
	policy := gomail.TLSMandatory
	if s.TLS == NoTLS || s.TLS == ImplicitTLS {
		policy = gomail.NoTLS // it is encrypted already, or shall not be
	}
	out := []gomail.Option{
		gomail.WithPort(cmp.Or(s.Port, usualPort[s.TLS])),
		gomail.WithTimeout(s.timeout()),
		gomail.WithTLSPolicy(policy),
		gomail.WithTLSConfig(s.tlsConfig()),
		gomail.WithDialContextFunc(func(dialing context.Context, network, address string) (net.Conn, error) {
			return s.dial(ctx, dialing, network, address)
		}),
	}
	if s.Username == "" {
		return out
	}
	return append(out, gomail.WithUsername(s.Username), gomail.WithPassword(s.Password),
		gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5))
}

func (s *SMTP) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
}

// dial connects within dialing and closes the connection when the whole call ends.
func (s *SMTP) dial(call, dialing context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(dialing, network, address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(call, func() { conn.Close() })
	if s.TLS != ImplicitTLS {
		return conn, nil
	}
	secured := tls.Client(conn, s.tlsConfig())
	return secured, secured.HandshakeContext(dialing)
}

// server names the mail server in sentences.
func (s *SMTP) server() string {
	return "the mail server " + net.JoinHostPort(s.Host, strconv.Itoa(cmp.Or(s.Port, usualPort[s.TLS])))
}
