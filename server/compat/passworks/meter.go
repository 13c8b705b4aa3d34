package passworks

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Requests in an hour that the service's documents allow.
const (
	knownLimit   = 5000 // of an API username
	unknownLimit = 60   // of an address without one
)

// maxMetered bounds how many clients are counted; those above it count together.
const maxMetered = 10_000

// meter counts the requests of each client in the hour of the clock. Each process
// counts its own.
type meter struct {
	mu   sync.Mutex
	hour time.Time
	used map[string]int
}

// add counts one and returns the count and when it begins anew.
func (m *meter) add(client string, now time.Time) (used int, reset time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if hour := now.Truncate(time.Hour); m.used == nil || !hour.Equal(m.hour) {
		m.hour, m.used = hour, make(map[string]int)
	}
	if _, known := m.used[client]; !known && len(m.used) >= maxMetered {
		client = ""
	}
	m.used[client]++
	return m.used[client], m.hour.Add(time.Hour)
}

// count counts a request and tells the client how many are left. What is above the
// limit is refused only if the operator wants that: the service never did.
func (s *Service) count(w http.ResponseWriter, client string, limit int) error {
	used, reset := s.meter.add(client, s.Now())
	h := w.Header()
	h["X-RateLimit-Limit"] = []string{strconv.Itoa(limit)} // in the documents' own letters
	h["X-RateLimit-Remaining"] = []string{strconv.Itoa(max(0, limit-used))}
	h["X-RateLimit-Reset"] = []string{strconv.FormatInt(reset.Unix(), 10)}
	if s.Limited && used > limit {
		return tooMany
	}
	return nil
}
