package issuer

import (
	"container/list"
	"sync"
)

// cache keeps the values used last within a budget of bytes.
type cache[K comparable, V any] struct {
	mu     sync.Mutex
	budget int64
	used   int64
	order  *list.List // of *entry, the one used last in front
	byKey  map[K]*list.Element
}

type entry[K comparable, V any] struct {
	key   K
	value V
	size  int64
}

// entryOverhead is roughly what the bookkeeping of an entry costs in bytes.
const entryOverhead = 256

func newCache[K comparable, V any](budget int64) *cache[K, V] {
	return &cache[K, V]{budget: budget, order: list.New(), byKey: make(map[K]*list.Element)}
}

func (c *cache[K, V]) get(k K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.byKey[k]
	if !ok {
		var zero V
		return zero, false
	}
	c.order.MoveToFront(el)
	return el.Value.(*entry[K, V]).value, true
}

// put keeps v, whose memory is size bytes. What is larger than half of the budget
// is not kept: it would drive out everything else.
func (c *cache[K, V]) put(k K, v V, size int64) {
	size += entryOverhead
	if size > c.budget/2 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(c.byKey[k])
	c.byKey[k] = c.order.PushFront(&entry[K, V]{k, v, size})
	c.used += size
	for c.used > c.budget {
		c.drop(c.order.Back())
	}
}

func (c *cache[K, V]) drop(el *list.Element) {
	if el == nil {
		return
	}
	e := c.order.Remove(el).(*entry[K, V])
	delete(c.byKey, e.key)
	c.used -= e.size
}
