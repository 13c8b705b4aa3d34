package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
)

// part is one listener with its http.Server.
type part struct {
	name string
	ln   net.Listener
	http *http.Server
}

// serve returns nil after a shutdown.
func (p part) serve() error {
	serve := p.http.Serve
	if p.http.TLSConfig != nil {
		serve = func(ln net.Listener) error { return p.http.ServeTLS(ln, "", "") }
	}
	if err := serve(p.ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}

// shutdown lets requests end until ctx does, and cuts off those that have not.
func (p part) shutdown(ctx context.Context) error {
	if err := p.http.Shutdown(ctx); err != nil {
		p.http.Close()
		return fmt.Errorf("%s: requests were cut off: %w", p.name, err)
	}
	return nil
}

// listen opens address and says, when it cannot, which key to change.
func listen(key, address string) (net.Listener, error) {
	ln, err := net.Listen("tcp", address)
	flag := setting{path: strings.Split(key, ".")}.flag()
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: %w: another program has this port; choose another with --%s", key, err, flag)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s: %w: ports below 1024 need CAP_NET_BIND_SERVICE; choose another with --%s or grant it", key, err, flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("%s: %w: this machine does not have that address; choose one of its own, or leave it out, as in :443, for all, with --%s", key, err, flag)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return ln, nil
}

// baseURL is the configured one, or the best guess from where the server listens.
func baseURL(c Config, addr net.Addr) string {
	if c.BaseURL != "" {
		return strings.TrimRight(c.BaseURL, "/")
	}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		panic("listening on something that is not TCP: " + addr.String())
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "localhost"
	}
	if c.TLS.Mode == TLSOff {
		return "http://" + net.JoinHostPort(host, strconv.Itoa(tcp.Port))
	}
	if c.TLS.Mode == TLSACME {
		host = c.TLS.Hosts[0]
	}
	if tcp.Port == 443 {
		return "https://" + host
	}
	return "https://" + net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}
