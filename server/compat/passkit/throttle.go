package passkit

import (
	"sync"

	"golang.org/x/time/rate"

	"pocketpass/store"
)

// throttle holds a bucket of requests for each API key.
type throttle struct {
	mu    sync.Mutex
	byKey map[store.ID]*rate.Limiter
}

const (
	usualBurst    = 100
	maxThrottlers = 10_000
)

// allow takes a request out of the bucket of a key, if requests are limited.
func (t *throttle) allow(s *Service, key store.ID) bool {
	if s.PerSecond <= 0 {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.byKey[key]
	if l == nil {
		if t.byKey == nil || len(t.byKey) >= maxThrottlers {
			t.byKey = make(map[store.ID]*rate.Limiter)
		}
		burst := s.Burst
		if burst == 0 {
			burst = usualBurst
		}
		l = rate.NewLimiter(rate.Limit(s.PerSecond), burst)
		t.byKey[key] = l
	}
	return l.AllowN(s.Now(), 1)
}
