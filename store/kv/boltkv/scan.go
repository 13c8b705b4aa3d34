package boltkv

import (
	"bytes"

	"go.etcd.io/bbolt"

	"pocketpass/store/kv"
)

// checkEvery is after how many keys a Scan looks whether its context is done.
const checkEvery = 128

func (r *reader) Scan(t kv.Table, rng kv.Range, visit func(key, value []byte) error) error {
	next, err := r.walk(t, rng)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		key, value, err := next()
		if key == nil || err != nil {
			return err
		}
		if err := visit(key, value); err == kv.ErrStop {
			return nil
		} else if err != nil {
			return err
		}
		if n%checkEvery == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
	}
}

// step returns the next key of a walk and its value, or a nil key at the end.
type step func() (key, value []byte, err error)

func (r *reader) walk(t kv.Table, rng kv.Range) (next step, err error) {
	if r.tables == nil {
		return nil, errEnded
	}
	defer guard(&err)
	b := r.tables.find(t)
	switch {
	case b == nil:
		return func() ([]byte, []byte, error) { return nil, nil, nil }, nil
	case rng.Reverse:
		return downwards(b.Cursor(), rng), nil
	}
	return upwards(b.Cursor(), rng), nil
}

func upwards(c *bbolt.Cursor, rng kv.Range) step {
	move := func() ([]byte, []byte) { return c.Seek(rng.From) } // nil seeks the first
	return func() (key, value []byte, err error) {
		defer guard(&err)
		key, value = move()
		move = c.Next
		if key == nil || (rng.To != nil && bytes.Compare(key, rng.To) >= 0) {
			return nil, nil, nil
		}
		return key, value, nil
	}
}

// downwards goes from the highest key down to the lowest. Deleting leaves empty
// pages until the commit, where bbolt's Prev answers nil although there is more to
// the left, and its Last never returns if there is nothing else. So the lowest key
// is looked up first, and the walk is over only when it was met.
func downwards(c *bbolt.Cursor, rng kv.Range) step {
	var lowest []byte
	move := func() ([]byte, []byte) {
		if lowest, _ = c.First(); lowest == nil || (rng.To != nil && bytes.Compare(lowest, rng.To) >= 0) {
			return nil, nil
		}
		return before(c, rng.To)
	}
	return func() (key, value []byte, err error) {
		defer guard(&err)
		key, value = move()
		move = func() ([]byte, []byte) {
			if bytes.Equal(key, lowest) {
				return nil, nil
			}
			return previous(c)
		}
		if key == nil || bytes.Compare(key, rng.From) < 0 {
			return nil, nil, nil
		}
		return key, value, nil
	}
}

// before returns the highest key below to, of which there must be one.
func before(c *bbolt.Cursor, to []byte) (key, value []byte) {
	if to == nil {
		return c.Last()
	}
	if key, _ := c.Seek(to); key == nil {
		return c.Last()
	}
	return previous(c)
}

// previous goes left, of which there must be something, over empty pages.
func previous(c *bbolt.Cursor) (key, value []byte) {
	for key == nil {
		key, value = c.Prev()
	}
	return key, value
}
