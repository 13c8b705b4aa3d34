// Package push tells devices, through Apple's push service, that a pass changed.
//
// It knows tokens and topics, not passes. Share one Client per certificate and
// keep it: Apple takes frequent reconnecting for an attack. A Send is one try;
// the caller keeps the queue, asks Backoff when to try again, and asks Flood
// before it believes that a token is bad.
package push

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/sideshow/apns2"
)

// PushType is the value of the apns-push-type header.
type PushType string

// Apple documents no push type for passes. Background and an absent header
// have been seen to work.
const (
	Background PushType = "background"
	Absent     PushType = "absent" // the header is left out
)

const (
	defaultTimeout    = 30 * time.Second
	defaultExpiration = 3 * 24 * time.Hour
	defaultConcurrent = 1000 // the stream limit that Apple's service usually sets
)

// Options are the settings of a Client. The zero value is right for Apple.
type Options struct {
	Host          string           // base URL; empty means Apple's production host, the only one that works for passes
	Roots         *x509.CertPool   // who may vouch for the host; nil means the system's roots
	Timeout       time.Duration    // of one Send with its resends; 0 means 30 s
	Expiration    time.Duration    // how long Apple keeps a push for a device that is off; 0 means 3 days
	PushType      PushType         // empty means Background
	Priority      int              // 10 at once, 5 with regard to the battery; 0 means 5
	MaxConcurrent int              // sends in flight, besides the limit that the server sets; 0 means 1000
	Now           func() time.Time // nil means time.Now
}

// Notification names a device and what it should ask about.
type Notification struct {
	Token      string // the device's push token, hexadecimal
	Topic      string // the pass type identifier
	CollapseID string // of several waiting pushes with one id the device gets the last; empty means Topic
}

// Client sends pushes under one certificate, over one connection at a time. It
// is safe for concurrent use. It connects at the first Send and replaces a
// connection that ends or goes silent.
type Client struct {
	apns    *apns2.Client
	line    *line
	options Options
	slots   chan struct{}
	hostErr error // why Options.Host is no address
}

// New returns a client that proves itself with cert, the pass certificate with
// its key. It does not connect; a wrong Host is the Stop of every Send.
func New(cert tls.Certificate, o Options) *Client {
	o = o.withDefaults()
	address, err := addressOf(o.Host)
	l := newLine(dialer(address, cert, o), o)
	return &Client{
		line:    l,
		options: o,
		hostErr: err,
		slots:   make(chan struct{}, o.MaxConcurrent),
		apns: &apns2.Client{
			Host:        o.Host,
			Certificate: cert,
			HTTPClient:  &http.Client{Transport: l, CheckRedirect: stay},
		},
	}
}

func (o Options) withDefaults() Options {
	o.Host = cmp.Or(o.Host, apns2.HostProduction)
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.Expiration = cmp.Or(o.Expiration, defaultExpiration)
	o.PushType = cmp.Or(o.PushType, Background)
	o.Priority = cmp.Or(o.Priority, apns2.PriorityLow)
	o.MaxConcurrent = cmp.Or(o.MaxConcurrent, defaultConcurrent)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// stay keeps a token from being carried to wherever a redirect points.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Send pushes once and says what came of it. It waits for a slot as long as
// ctx allows, and for the answer as long as Options.Timeout allows. A request
// that a dying connection left unanswered is sent again on the next one; a push
// carries nothing, so arriving twice does no harm.
func (c *Client) Send(ctx context.Context, n Notification) Result {
	if r, ok := n.check(c.options.Now()); !ok {
		return r
	}
	if c.hostErr != nil {
		return unanswered(c.hostErr, c.options.Now())
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return unanswered(ctx.Err(), c.options.Now())
	}
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	return c.send(ctx, n)
}

func (c *Client) send(ctx context.Context, n Notification) Result {
	a := &answer{absentType: c.options.PushType == Absent}
	resp, err := c.apns.PushWithContext(context.WithValue(ctx, answerKey{}, a), c.wire(n))
	if err != nil {
		return unanswered(err, c.options.Now())
	}
	return a.result(resp, c.options.Now())
}

func (c *Client) wire(n Notification) *apns2.Notification {
	return &apns2.Notification{
		DeviceToken: n.Token,
		Topic:       n.Topic,
		CollapseID:  collapseID(cmp.Or(n.CollapseID, n.Topic)),
		Expiration:  c.options.Now().Add(c.options.Expiration),
		Priority:    c.options.Priority,
		PushType:    apns2.EPushType(c.options.PushType),
		Payload:     "{}", // Wallet reads nothing of it
	}
}

// collapseID keeps id within Apple's 64 bytes; a longer one becomes its hash.
func collapseID(id string) string {
	if len(id) <= sha256.Size*2 {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// Close ends the connection. Sends under way come back with ErrClosed.
func (c *Client) Close() error {
	c.line.close()
	return nil
}
