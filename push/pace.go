package push

import (
	"time"

	"golang.org/x/time/rate"
)

const (
	dialEvery   = 10 * time.Second // over time, no more new connections than one in this
	dialBurst   = 4                // but so many at once, for a service that restarts
	longestRest = 30 * time.Second // between tries while nothing answers
)

// pace decides when a connection may be opened. Apple takes frequent
// connecting for an attack, whatever the reason, so a handshake that is
// refused must not loop and a service that keeps hanging up must not be chased.
type pace struct {
	bucket   *rate.Limiter
	failures int       // in a row
	until    time.Time // no try before
	cause    error     // of the last failure; nil after a success
}

func newPace() pace {
	return pace{bucket: rate.NewLimiter(rate.Every(dialEvery), dialBurst)}
}

// pauseError is a try that was not made.
type pauseError struct {
	wait  time.Duration
	cause error // why there is no connection; may be nil
}

func (e *pauseError) Error() string {
	if e.cause == nil {
		return ErrPaused.Error()
	}
	return ErrPaused.Error() + ": " + e.cause.Error()
}

func (e *pauseError) Unwrap() []error {
	if e.cause == nil {
		return []error{ErrPaused}
	}
	return []error{ErrPaused, e.cause}
}

// take spends a try, or returns a *pauseError.
func (p *pace) take(now time.Time) error {
	if rest := p.until.Sub(now); rest > 0 {
		return &pauseError{rest, p.cause}
	}
	r := p.bucket.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return &pauseError{wait, p.cause}
	}
	return nil
}

// failed notes that a connection came to nothing before its first answer.
func (p *pace) failed(now time.Time, cause error) {
	p.failures++
	p.cause = cause
	p.until = now.Add(doubled(firstWait, p.failures, longestRest))
}

// answered notes that a connection works.
func (p *pace) answered() {
	p.failures, p.cause, p.until = 0, nil, time.Time{}
}
