package push

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/http2"
)

// maxTries bounds how often one Send is put on a further connection.
const maxTries = 4

// line is the http.RoundTripper below apns2. It keeps one link to the service:
// opens it when there is something to send, replaces it when it ends or goes
// silent, and sends again what was left unanswered.
type line struct {
	dial     dialFunc
	now      func() time.Time
	patience time.Duration // of a Send; half of it is for connecting

	mu      sync.Mutex
	current *link // nil when the next request has to open one
	pace    pace
	closed  bool
	dials   sync.WaitGroup
}

func newLine(dial dialFunc, o Options) *line {
	return &line{dial: dial, now: o.Now, patience: o.Timeout, pace: newPace()}
}

var (
	// errAgain marks a failure after which another try may well succeed at once.
	errAgain  = errors.New("connection ended")
	errSilent = errors.New("connected, but nothing was answered")
)

// RoundTrip sends req, on as many connections as it takes but no more than maxTries.
func (t *line) RoundTrip(req *http.Request) (*http.Response, error) {
	a := answerOf(req)
	if a.absentType {
		req.Header.Del("apns-push-type")
	}
	for try := 1; ; try++ {
		resp, err := t.attempt(req)
		if err == nil {
			a.read(resp)
			return resp, nil
		}
		if try == maxTries || !errors.Is(err, errAgain) {
			return nil, err
		}
		if req, err = rewind(req); err != nil {
			return nil, err
		}
	}
}

// rewind returns req with its body from the start.
func rewind(req *http.Request) (*http.Request, error) {
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	again := *req
	again.Body = body
	return &again, nil
}

func (t *line) attempt(req *http.Request) (*http.Response, error) {
	l, first, err := t.acquire(req.Context())
	if err != nil {
		req.Body.Close()
		return nil, err
	}
	defer t.release(l)
	begun := time.Now()
	resp, err := l.conn.RoundTrip(req)
	return resp, t.judge(req.Context(), l, use{first, begun}, err)
}

// acquire waits for its turn on the current link and opens one if there is
// none. first says that the link has not answered yet.
func (t *line) acquire(ctx context.Context) (l *link, first bool, err error) {
	if l, err = t.join(); err != nil {
		return nil, false, err
	}
	select {
	case _, first = <-l.turn:
		return l, first, nil
	case <-l.gone:
		err = l.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	t.release(l)
	return nil, false, err
}

func (t *line) join() (*link, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, ErrClosed
	}
	if t.current == nil {
		if err := t.pace.take(t.now()); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(context.Background(), t.patience/2)
		t.current = newLink(cancel)
		t.dials.Add(1)
		go t.connect(ctx, t.current)
	}
	t.current.users++
	return t.current, nil
}

// connect fills l. It outlives the request that began it, because others wait.
func (t *line) connect(ctx context.Context, l *link) {
	defer t.dials.Done()
	defer l.cancel()
	conn, tlsConn, err := t.dial(ctx)
	if err != nil {
		t.drop(l, err, true)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != l {
		conn.Close()
		return
	}
	l.conn, l.tls = conn, tlsConn
	l.turn <- struct{}{}
}

func (t *line) release(l *link) {
	t.mu.Lock()
	l.users--
	last := l.users == 0 && t.current != l && l.conn != nil
	t.mu.Unlock()
	if last {
		l.conn.Close()
	}
}

// drop takes l out of use and returns why it went: the cause that came first.
// Requests under way on it may still be answered. failed says that it never worked.
func (t *line) drop(l *link, cause error, failed bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != l {
		return l.err
	}
	t.current = nil
	if failed {
		t.pace.failed(t.now(), cause)
	}
	l.err = cause
	close(l.gone)
	return cause
}

// proved opens l to everybody.
func (t *line) proved(l *link) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pace.answered()
	close(l.turn)
}

// close ends everything and waits for a dial under way.
func (t *line) close() {
	t.mu.Lock()
	t.closed = true
	l := t.current
	t.mu.Unlock()
	if l != nil {
		t.drop(l, ErrClosed, false)
		l.cancel()
	}
	t.dials.Wait()
	if l != nil && l.conn != nil {
		l.conn.Close()
	}
}

// use is how one request holds a link.
type use struct {
	first bool
	begun time.Time
}

// judge learns from how a request on l ended and returns the error for it.
func (t *line) judge(ctx context.Context, l *link, u use, err error) error {
	stream, one := errors.AsType[http2.StreamError](err)
	switch {
	case err == nil || one: // the service spoke, if only to refuse this stream
		t.answered(l, u)
		if one && stream.Code == http2.ErrCodeRefusedStream {
			return fmt.Errorf("%w: %w", errAgain, err)
		}
		return err
	case ctx.Err() != nil:
		t.timedOut(l, u)
		return ctx.Err()
	case u.first:
		return t.drop(l, l.causeOf(err), true)
	default: // ended by the service or the network: GOAWAY, reset, lost PING
		t.drop(l, errAgain, false)
		return fmt.Errorf("%w: %w", errAgain, err)
	}
}

func (t *line) answered(l *link, u use) {
	l.hear()
	if u.first {
		t.proved(l)
	}
}

// timedOut replaces a link that has been silent for long. A request that gave
// up early proves nothing and passes its turn on.
func (t *line) timedOut(l *link, u use) {
	switch dead := time.Since(u.begun) >= t.patience/3 && l.silentSince(u.begun); {
	case dead && u.first:
		t.drop(l, errSilent, true)
		l.conn.Close()
	case dead:
		t.drop(l, errAgain, false)
		l.conn.Close() // the others' requests go to the next one at once
	case u.first:
		l.turn <- struct{}{}
	}
}
