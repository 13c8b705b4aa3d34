package store

import (
	"bytes"
	"fmt"
	"sync"

	"pocketpass/store/kv"
)

// memos hold what every download needs: the campaign and the template of a pass.
type memos struct {
	campaigns memo[Campaign]
	templates memo[Template]
}

func newMemos() *memos { return &memos{campaigns: newMemo(campaigns), templates: newMemo(templates)} }

// memo spares decoding records that are read far more often than they change. An
// entry counts only while the database holds the very bytes that it was decoded
// from, so nothing has to be invalidated, here or in another process. Nobody changes
// in place what T refers to, for all copies share it.
type memo[T any] struct {
	table table[T]
	mu    *sync.RWMutex
	byKey map[string]decoded[T]
}

type decoded[T any] struct {
	raw   []byte
	value T
}

// maxMemo bounds the records of a kind that are kept; each has some hundred bytes.
const maxMemo = 4096

func newMemo[T any](t table[T]) memo[T] {
	return memo[T]{table: t, mu: new(sync.RWMutex), byKey: make(map[string]decoded[T])}
}

func (m memo[T]) get(r kv.Reader, key []byte) (T, error) {
	var v T
	raw, ok, err := r.Get(m.table.name, key)
	if err != nil {
		return v, fmt.Errorf("read %s: %w", m.table.name, err)
	}
	if !ok {
		return v, ErrNotFound
	}
	m.mu.RLock()
	known, ok := m.byKey[string(key)]
	m.mu.RUnlock()
	if ok && bytes.Equal(known.raw, raw) {
		return known.value, nil
	}
	if err := m.table.decode(raw, &v); err != nil {
		return v, err
	}
	m.keep(key, decoded[T]{bytes.Clone(raw), v})
	return v, nil
}

func (m memo[T]) keep(key []byte, d decoded[T]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.byKey) >= maxMemo {
		clear(m.byKey)
	}
	m.byKey[string(key)] = d
}
