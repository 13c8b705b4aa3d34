package issuer

import (
	"sync"

	"pocketpass/store"
)

// listeners hear of changed passes at once, within this process: live pages and
// the demo. What must not be lost goes through the queues instead.
type listeners struct {
	mu   sync.Mutex
	next int
	all  map[int]func(store.Pass)
}

// Watch calls fn after each change of a pass made through this Issuer, until
// stop is called. fn must not block.
func (i *Issuer) Watch(fn func(store.Pass)) (stop func()) {
	l := &i.listeners
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = make(map[int]func(store.Pass))
	}
	l.next++
	n := l.next
	l.all[n] = fn
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.all, n)
	}
}

// watched says whether anybody listens.
func (i *Issuer) watched() bool {
	i.listeners.mu.Lock()
	defer i.listeners.mu.Unlock()
	return len(i.listeners.all) > 0
}

func (i *Issuer) tell(p store.Pass) {
	i.listeners.mu.Lock()
	defer i.listeners.mu.Unlock()
	for _, fn := range i.listeners.all {
		fn(p)
	}
}
