package push

import "time"

const (
	firstWait     = time.Second
	longestWait   = 15 * time.Minute
	throttledWait = time.Minute    // least wait after 429, and while configuration is wrong
	obeyedWait    = 24 * time.Hour // longest Retry-After that is believed
	jitter        = 0.2
)

// Backoff returns how long to wait after the attempt-th try (from 1) ended in
// r: a second, doubled with each try up to 15 minutes, 20 % more or less; at
// least a minute after Throttled and Stop; never less than r.RetryAfter, and 0
// for an outcome that is not tried again. rnd gives numbers from 0 up to 1.
func Backoff(attempt int, r Result, rnd func() float64) time.Duration {
	var least time.Duration
	switch r.Outcome {
	case Retry:
	case Throttled, Stop:
		least = throttledWait
	default:
		return 0
	}
	least = max(least, min(r.RetryAfter, obeyedWait))
	spread := jitter * (2*rnd() - 1)
	d := scale(doubled(firstWait, attempt, longestWait), spread)
	if d < least { // spread upwards only, so that nobody comes early and not all come at once
		return scale(least, max(spread, -spread))
	}
	return d
}

// doubled returns first × 2^(n-1), at most longest.
func doubled(first time.Duration, n int, longest time.Duration) time.Duration {
	d := first
	for ; n > 1 && d < longest; n-- {
		d *= 2
	}
	return min(d, longest)
}

func scale(d time.Duration, by float64) time.Duration {
	return d + time.Duration(float64(d)*by)
}
