package web

import (
	"container/list"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// LimitBody lets next read at most max bytes of a request's body, more or less
// than the Front allows. Reading further gives an *http.MaxBytesError, which
// Handle answers 413.
func LimitBody(max int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limitBody(w, r, max)
		next.ServeHTTP(w, r)
	})
}

// limitedBody is told apart from other bodies so that a second limit replaces
// the first instead of standing behind it.
type limitedBody struct {
	io.ReadCloser
	whole io.ReadCloser
}

// Read makes a Problem (400) of what breaks while a body arrives, for net/http tells
// bad chunks and the like by bare errors. It is not the server that failed.
func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	if err == nil || err == io.EOF || tooLarge || errors.Is(err, context.Canceled) {
		return n, err
	}
	return n, &Problem{Status: http.StatusBadRequest, Code: "body_unreadable", Detail: "the body did not arrive whole; send it again", Err: err}
}

// limitBody hands the writer of net/http itself to MaxBytesReader, which looks
// for a method of it to close the connection after the answer.
func limitBody(w http.ResponseWriter, r *http.Request, max int64) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	if c, ok := w.(*call); ok {
		w = c.recorder.ResponseWriter
	}
	whole := r.Body
	if limited, ok := whole.(*limitedBody); ok {
		whole = limited.whole
	}
	r.Body = &limitedBody{http.MaxBytesReader(w, whole, max), whole}
}

// InFlight lets at most max requests into next at the same time and answers the
// others 503 at once, so that a flood costs them and not those under way.
func InFlight(max int, next http.Handler) http.Handler {
	var inside atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer inside.Add(-1)
		if inside.Add(1) > int64(max) {
			w.Header().Set("Retry-After", "1")
			WriteError(w, r, &Problem{Status: http.StatusServiceUnavailable, Code: "overloaded",
				Detail: "the server handles as many requests as it can: try again in a second"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// RateLimit answers 429 with Retry-After to clients that ask more often than l allows.
func RateLimit(l *Limiter, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait := l.Take(Client(r)); wait > 0 {
			seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
			w.Header().Set("Retry-After", seconds)
			WriteError(w, r, &Problem{Status: http.StatusTooManyRequests, Code: "rate_limited",
				Detail: "too many requests from this address: try again in " + seconds + " s"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Limiter gives each client a bucket that holds burst requests and fills at a
// number a second. It remembers a fixed number of clients; the one not seen for
// longest is forgotten first. It is safe for concurrent use.
type Limiter struct {
	perSecond rate.Limit
	burst     int
	clients   int
	now       func() time.Time

	mu     sync.Mutex
	recent list.List // of *bucket, the latest seen first
	known  map[netip.Prefix]*list.Element
}

type bucket struct {
	client netip.Prefix
	*rate.Limiter
}

// NewLimiter returns a limiter of perSecond requests, burst at once, for the
// latest clients addresses. A nil now means time.Now.
func NewLimiter(perSecond float64, burst, clients int, now func() time.Time) (*Limiter, error) {
	if perSecond <= 0 || burst < 1 || clients < 1 {
		return nil, errors.New("rate limit: rate, burst and number of clients must be above zero")
	}
	if now == nil {
		now = time.Now
	}
	return &Limiter{perSecond: rate.Limit(perSecond), burst: burst, clients: clients, now: now, known: map[netip.Prefix]*list.Element{}}, nil
}

// Take takes one request out of the client's bucket. It returns 0, or the time
// after which the client may try again when the bucket is empty.
func (l *Limiter) Take(client netip.Addr) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, b := l.now(), l.bucket(network(client))
	if b.AllowN(now, 1) {
		return 0
	}
	missing := 1 - b.TokensAt(now)
	return max(time.Millisecond, time.Duration(missing/float64(l.perSecond)*float64(time.Second)))
}

func (l *Limiter) bucket(client netip.Prefix) *bucket {
	if element, ok := l.known[client]; ok {
		l.recent.MoveToFront(element)
		return element.Value.(*bucket)
	}
	if l.recent.Len() >= l.clients {
		oldest := l.recent.Remove(l.recent.Back()).(*bucket)
		delete(l.known, oldest.client)
	}
	b := &bucket{client: client, Limiter: rate.NewLimiter(l.perSecond, l.burst)}
	l.known[client] = l.recent.PushFront(b)
	return b
}

// network is what counts as one client: an IPv4 address, or the /64 that an
// IPv6 subscriber can pick any number of addresses from.
func network(client netip.Addr) netip.Prefix {
	bits := client.BitLen()
	if client.Is6() {
		bits = 64
	}
	prefix, err := client.Prefix(bits)
	if err != nil { // no address at all, such as a Unix socket: all of them share one bucket
		return netip.Prefix{}
	}
	return prefix
}
