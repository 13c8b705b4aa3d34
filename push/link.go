package push

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// A silent connection is found within 25 s: PING after so long without a frame,
// and closed when the PING is not answered.
const (
	pingAfter   = 15 * time.Second
	pingTimeout = 10 * time.Second
)

var errHost = errors.New("[push] host is not an https address")

// link is one connection. Until its first answer only one request at a time may
// use it: the answer proves that the service took the certificate, which under
// TLS 1.3 comes out after the handshake, and that the server's stream limit,
// which comes before any answer, is known.
type link struct {
	turn   chan struct{} // holds one turn once connected; closed at the first answer
	gone   chan struct{} // closed when no request may begin on it
	err    error         // why it is gone; set before gone is closed
	cancel context.CancelFunc

	conn  *http.ClientConn // guarded by line.mu until there is a turn
	tls   *tls.Conn
	users int // requests that hold it; guarded by line.mu

	opened time.Time
	heard  atomic.Int64 // when something last came back, since opened
}

func newLink(cancel context.CancelFunc) *link {
	return &link{
		turn:   make(chan struct{}, 1),
		gone:   make(chan struct{}),
		cancel: cancel,
		opened: time.Now(),
	}
}

func (l *link) hear() { l.heard.Store(int64(time.Since(l.opened))) }

// silentSince reports whether nothing has come back since at.
func (l *link) silentSince(at time.Time) bool {
	return l.opened.Add(time.Duration(l.heard.Load())).Before(at)
}

// causeOf closes the link and returns the reason behind err. HTTP/2 loses the
// alert by which the service refuses a certificate; the TLS connection keeps it.
func (l *link) causeOf(err error) error {
	l.conn.Close()
	_, last := l.tls.Read(make([]byte, 1))
	if handshakeRefused(last) {
		return last
	}
	return err
}

type dialFunc func(context.Context) (*http.ClientConn, *tls.Conn, error)

// dialer returns how to connect to address as the owner of cert.
func dialer(address string, cert tls.Certificate, o Options) dialFunc {
	d := tls.Dialer{Config: tlsConfig(cert, o)}
	return func(ctx context.Context) (*http.ClientConn, *tls.Conn, error) {
		raw, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, nil, fmt.Errorf("connect to %s: %w", address, err)
		}
		conn := raw.(*tls.Conn)
		client, err := speakHTTP2(ctx, conn, address)
		if err != nil {
			conn.Close()
			return nil, nil, fmt.Errorf("connect to %s: %w", address, err)
		}
		return client, conn, nil
	}
}

func addressOf(host string) (string, error) {
	u, err := url.Parse(host)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return "", fmt.Errorf("%w: %q", errHost, host)
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

func tlsConfig(cert tls.Certificate, o Options) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		RootCAs:    o.Roots,
		NextProtos: []string{"h2"},
		// Always ours: crypto/tls would send none at all when the service's
		// list of authorities lacks the intermediate.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &cert, nil
		},
	}
}

// speakHTTP2 begins HTTP/2 on conn.
func speakHTTP2(ctx context.Context, conn *tls.Conn, address string) (*http.ClientConn, error) {
	if conn.ConnectionState().NegotiatedProtocol != "h2" {
		return nil, errNotHTTP2
	}
	protocols := &http.Protocols{}
	protocols.SetHTTP2(true)
	t := &http.Transport{
		Protocols:          protocols,
		DisableCompression: true,
		DialTLSContext:     func(context.Context, string, string) (net.Conn, error) { return conn, nil },
		HTTP2: &http.HTTP2Config{
			StrictMaxConcurrentRequests: true, // at the stream limit wait, do not open a second connection
			SendPingTimeout:             pingAfter,
			PingTimeout:                 pingTimeout,
			WriteByteTimeout:            pingAfter,
		},
	}
	return t.NewClientConn(ctx, "https", address)
}
