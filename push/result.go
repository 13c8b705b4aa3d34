package push

import (
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"time"
)

// Outcome says what the caller should do about a push.
type Outcome string

// The outcomes.
const (
	Accepted   Outcome = "accepted"    // Apple took it; that the device got it is never known
	Gone       Outcome = "gone"        // the device left: delete its registrations older than Result.Timestamp
	BadToken   Outcome = "bad_token"   // no such token: delete the registration if Flood believes it
	WrongTopic Outcome = "wrong_topic" // a token of something else: as BadToken
	Throttled  Outcome = "throttled"   // too many for this token: later, others are not concerned
	Retry      Outcome = "retry"       // nobody's fault: later
	Stop       Outcome = "stop"        // configuration or certificate: keep the queue, send no more, tell the owner
	Bug        Outcome = "bug"         // the request was malformed: do not repeat, tell us
)

// Outcomes lists them all.
var Outcomes = []Outcome{Accepted, Gone, BadToken, WrongTopic, Throttled, Retry, Stop, Bug}

// Result is what came of one Send.
type Result struct {
	Outcome    Outcome
	Status     int           // HTTP status; 0 when there was no answer
	Reason     string        // Apple's word, or one of ours; Explain knows it
	At         time.Time     // when the result was known
	Timestamp  time.Time     // of Gone: since when the token is invalid; zero when not told
	RetryAfter time.Duration // not before; 0 when nothing was said
	ID         string        // apns-id, to ask Apple about this push
	Err        error         // why there was no answer; never holds the token
}

var (
	// ErrClosed is the Err of a Send on a closed Client.
	ErrClosed = errors.New("push client is closed")

	// ErrPaused is the Err, besides its cause, of a Send that did not try: the
	// client waits RetryAfter before it connects again.
	ErrPaused = errors.New("waiting before connecting again")

	errNotHTTP2 = errors.New("host does not speak HTTP/2: [push] host must be a push service")
)

// unanswered is the result of a request that got no answer.
func unanswered(err error, now time.Time) Result {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // its text would show the URL, and so the token
	}
	r := Result{Outcome: Retry, At: now, Err: err}
	if p, ok := errors.AsType[*pauseError](err); ok {
		r.RetryAfter = p.wait
	}
	if handshakeRefused(err) || errors.Is(err, errHost) {
		r.Outcome = Stop
	}
	return r
}

// handshakeRefused reports whether one side would not accept the other: an
// expired or revoked certificate, missing roots, a host that is something else.
func handshakeRefused(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return op.Err.Error() != "tls: internal error" // the only alert that is not about us
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	return untrusted || noTLS || errors.Is(err, errNotHTTP2)
}
