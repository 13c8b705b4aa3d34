package servertest

import (
	"sync"
	"time"
)

// Start is where the clock of a test stands.
var Start = time.Date(2026, 6, 1, 9, 30, 0, 0, time.UTC)

// Clock is the server's clock. It stands still until a test moves it.
type Clock struct {
	mu   sync.Mutex
	now  time.Time
	tick time.Duration // added at every reading
}

// NewClock returns a clock that shows t.
func NewClock(t time.Time) *Clock { return &Clock{now: t} }

// Now reads the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(c.tick)
	return c.now
}

// Advance moves the clock on. Server.Advance also wakes whoever waits for the time.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
