package boltkv

import (
	"context"
	"slices"
	"sync"
)

// line gives the turn to one goroutine after another, first come, first served.
// Unlike a mutex it can be left by who is tired of waiting, and whoever has the
// turn can see whether there is anyone to pass it to. The zero value is ready.
type line struct {
	mu      sync.Mutex
	taken   bool
	waiting []waiter // in order of arrival
}

// waiter is one who stands in line.
type waiter struct {
	turn  chan struct{} // closed to give the turn
	apart bool          // is not passed the turn, but takes it when it is released
}

// take waits for the turn, or until ctx is done. After a nil the turn must be
// passed on, even if ctx is done by then.
func (l *line) take(ctx context.Context, apart bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	turn := l.stand(apart)
	if turn == nil {
		return nil
	}
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		if l.leave(turn) {
			return ctx.Err()
		}
		return nil // it came at the same moment
	}
}

// stand takes the turn if it is free and returns nil, or joins the end.
func (l *line) stand(apart bool) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.taken {
		l.taken = true
		return nil
	}
	turn := make(chan struct{})
	l.waiting = append(l.waiting, waiter{turn, apart})
	return turn
}

func (l *line) leave(turn chan struct{}) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.waiting, func(w waiter) bool { return w.turn == turn })
	if i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	return i >= 0
}

// pass gives the turn to the next in line and reports whether there was one that takes
// it so. If not, the caller keeps the turn.
func (l *line) pass() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 || l.waiting[0].apart {
		return false
	}
	l.give()
	return true
}

// release gives the turn to the next in line, or to whoever comes.
func (l *line) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.taken = false
		return
	}
	l.give()
}

// give gives the turn to the next in line.
func (l *line) give() {
	close(l.waiting[0].turn)
	l.waiting = slices.Delete(l.waiting, 0, 1)
}

// len returns how many wait.
func (l *line) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}
