// Package outbound calls addresses that users entered: webhooks, images, a
// certificate's issuer. It reaches public addresses only, so that nobody can make
// the server ask its own network for something.
//
// The check happens when a connection is made, on the address that is really
// connected to. Names may therefore resolve to anything, differently each time,
// and redirects may point anywhere. Proxies of the environment are not used: they
// would make that address somebody else's. Make one Client and share it.
package outbound

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// Options bounds a Client. The zero value works.
type Options struct {
	Allow        []netip.Prefix // inner networks that may be called all the same, at any port
	Timeout      time.Duration  // of one call, redirects and body included; 0 means 10 s
	MaxBody      int64          // bytes that may be read of an answer; 0 means 10 MiB
	MaxRedirects int            // that are followed; 0 means none
	WebPorts     bool           // outside of Allow 80 and 443 alone
	Resolver     *net.Resolver  // nil means the system's
	UserAgent    string         // empty means "Pocketpass"
}

// Client makes guarded calls. It is safe for concurrent use.
type Client struct {
	guard guard
	http  *http.Client
}

const (
	defaultTimeout = 10 * time.Second
	defaultMaxBody = 10 << 20
	maxHeader      = 64 << 10 // bytes of an answer's head
)

// New returns a client. Close its idle connections when it is no longer needed.
func New(o Options) *Client {
	g := guard{allow: o.Allow, maxRedirects: o.MaxRedirects, webPorts: o.WebPorts}
	dialer := &net.Dialer{Timeout: 5 * time.Second, Resolver: o.Resolver, ControlContext: g.control}
	transport := &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // what is counted is what came over the wire
		MaxIdleConns:           20,
		MaxIdleConnsPerHost:    2,
		MaxConnsPerHost:        20,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
	}
	return &Client{guard: g, http: &http.Client{
		Transport: &bounded{next: transport, guard: g,
			maxBody: cmp.Or(o.MaxBody, defaultMaxBody), userAgent: cmp.Or(o.UserAgent, "Pocketpass")},
		CheckRedirect: g.redirect,
		Timeout:       cmp.Or(o.Timeout, defaultTimeout),
	}}
}

// Client returns the guarded http.Client, for calls that are no plain GET. Reading
// more of an answer than Options.MaxBody gives ErrTooLarge.
func (c *Client) Client() *http.Client { return c.http }

// ErrTooLarge means that an answer has more bytes than are read.
var ErrTooLarge = errors.New("the answer is too large")

// StatusError means that the other side answered, but not with 200.
type StatusError struct{ Status int }

func (e *StatusError) Error() string {
	return fmt.Sprintf("the other side answered %d %s: check the address", e.Status, http.StatusText(e.Status))
}

// Get fetches address. It returns at most limit bytes, and ErrTooLarge when there
// are more; the content type is as the other side gave it. A *Refused says why
// an address is not called, a *StatusError that the answer was not 200.
func (c *Client) Get(ctx context.Context, address string, limit int64) (body []byte, contentType string, err error) {
	u, err := c.Check(address)
	if err != nil {
		return nil, "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, "", fmt.Errorf("fetch from %s: %w", u.Host, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, "", fmt.Errorf("fetch from %s: %w", u.Host, cause(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("fetch from %s: %w", u.Host, &StatusError{resp.StatusCode})
	}
	body, err = readAll(resp, limit)
	if err != nil {
		return nil, "", fmt.Errorf("fetch from %s: %w", u.Host, err)
	}
	return body, resp.Header.Get("Content-Type"), nil
}

// Post makes a POST and returns the status with at most limit bytes of the answer. It
// follows redirects like Get; one that it does not follow is an error beside its
// status, which is 0 if there was no answer. A *Refused is within the error for an
// address that is not called.
func (c *Client) Post(ctx context.Context, address string, header map[string][]string, body []byte, limit int) (status int, answer []byte, err error) {
	u, err := c.Check(address)
	if err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("post to %s: %w", u.Host, err)
	}
	req.Header = maps.Clone(http.Header(header))
	resp, err := c.http.Do(req)
	if resp != nil {
		status = resp.StatusCode
		defer resp.Body.Close()
	}
	if err != nil {
		return status, nil, fmt.Errorf("post to %s: %w", u.Host, cause(err))
	}
	answer, _ = io.ReadAll(io.LimitReader(resp.Body, int64(limit))) // the status says it all, however the rest ends
	return status, answer, nil
}

// cause returns a Refused by itself; anything else keeps its text, without the
// address, whose query may hold a secret.
func cause(err error) error {
	if refused, ok := errors.AsType[*Refused](err); ok {
		return refused
	}
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return outer.Err
	}
	return err
}

func readAll(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, tooLarge(limit)
	}
	return body, nil
}

func tooLarge(limit int64) error {
	return fmt.Errorf("%w: it has more than %d bytes", ErrTooLarge, limit)
}

// bounded checks each request's address and bounds each answer's body, also
// those of redirects.
type bounded struct {
	next      *http.Transport
	guard     guard
	maxBody   int64
	userAgent string
}

func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := b.guard.check(r.URL); err != nil {
		if r.Body != nil {
			r.Body.Close() // a RoundTripper closes it, also when it fails
		}
		return nil, err
	}
	if r.Header.Get("User-Agent") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", b.userAgent)
	}
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, left: b.maxBody, limit: b.maxBody}
	return resp, nil
}

// CloseIdleConnections is looked for by http.Client.
func (b *bounded) CloseIdleConnections() { b.next.CloseIdleConnections() }

// boundedBody fails at the first byte beyond its limit, instead of ending there.
type boundedBody struct {
	io.ReadCloser
	left, limit int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		n, b.left = int(b.left), 0
		return n, tooLarge(b.limit)
	}
	b.left -= int64(n)
	return n, err
}
