package access

import (
	"errors"

	"pocketpass/store"
)

// Once makes a repeated request change nothing. The zero value does not.
type Once struct {
	Caller  store.ID // API key that asks
	Key     string   // the client's idempotency key
	Request string   // hash of what is asked
}

// ErrReused means that an idempotency key came with another request before.
var ErrReused = errors.New("this Idempotency-Key came with another request before; use a new key for a new request")

// do runs make unless it ran for this key before, and returns the record that
// came of it.
func (o Once) do(tx store.Tx, make func() (store.ID, error)) (store.ID, error) {
	if o.Key == "" {
		return make()
	}
	old, err := tx.Remembered(o.Caller, o.Key)
	if err == nil && old.Request != o.Request {
		return 0, ErrReused
	}
	if !errors.Is(err, store.ErrNotFound) {
		return old.Result, err
	}
	id, err := make()
	if err != nil {
		return 0, err
	}
	return id, tx.Remember(store.Remembered{Caller: o.Caller, Key: o.Key, Request: o.Request, Result: id, At: tx.Now})
}
