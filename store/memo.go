package store

import (
	"bytes"
	"fmt"
	"sync"

	"pocketpass/store/kv"
)

// memos hold what every download needs, the campaign and the template of a pass and
// the campaign's places if it has any, the keys of those who call with their
// organisations, and the endpoints that every event may have to go to.
type memos struct {
	campaigns    memo[Campaign]
	templates    memo[Template]
	surroundings memo[Surroundings]
	keys         memo[Key]
	endpoints    memo[Endpoint]

	organisations memo[Organisation]

	ranks ranks
}

func newMemos() *memos {
	return &memos{campaigns: newMemo(campaigns, maxMemo), templates: newMemo(templates, maxMemo),
		surroundings: newMemo(surroundings, maxLargeMemo), keys: newMemo(keys, maxMemo), endpoints: newMemo(endpoints, maxMemo),
		organisations: newMemo(organisations, maxMemo)}
}

// memo spares decoding records that are read far more often than they change. An
// entry counts only while the database holds the very bytes that it was decoded
// from, so nothing has to be invalidated, here or in another process. Nobody changes
// in place what it holds, for all who ask share it.
type memo[T any] struct {
	table table[T]
	most  int // records that are kept
	mu    *sync.RWMutex
	byKey map[string]*decoded[T]
}

type decoded[T any] struct {
	raw   []byte
	value T
}

// Bounds of the records of a kind that are kept.
const (
	maxMemo      = 4096 // each has some hundred bytes
	maxLargeMemo = 32   // each may have some hundred kilobytes
)

func newMemo[T any](t table[T], most int) memo[T] {
	return memo[T]{table: t, most: most, mu: new(sync.RWMutex), byKey: make(map[string]*decoded[T])}
}

func (m memo[T]) get(r kv.Reader, key []byte) (*T, error) {
	raw, ok, err := r.Get(m.table.name, key)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", m.table.name, err)
	}
	if !ok {
		return nil, ErrNotFound
	}
	m.mu.RLock()
	known, ok := m.byKey[string(key)]
	m.mu.RUnlock()
	if ok && bytes.Equal(known.raw, raw) {
		return &known.value, nil
	}
	d := &decoded[T]{raw: bytes.Clone(raw)}
	if err := m.table.decode(raw, &d.value); err != nil {
		return nil, err
	}
	m.keep(key, d)
	return &d.value, nil
}

// copied is what a memo has, for a caller who may change it.
func copied[T any](v *T, err error) (T, error) {
	if err != nil {
		var zero T
		return zero, err
	}
	return *v, nil
}

func (m memo[T]) keep(key []byte, d *decoded[T]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.byKey) >= m.most {
		clear(m.byKey)
	}
	m.byKey[string(key)] = d
}
