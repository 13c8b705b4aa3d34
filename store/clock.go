package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"pocketpass/store/kv"
)

const metaTable kv.Table = "meta"

var clockKey = []byte("clock")

// counters are the numbers that one database hands out once: three of 8 bytes,
// big-endian, in this order.
type counters struct {
	ID       ID     // last id given
	Revision uint64 // last revision given
	Modified int64  // highest Last-Modified given, Unix seconds
}

// Version says when something that phones see last changed.
type Version struct {
	// Revision grows with every committed change in the database; it is the
	// update tag of Apple's protocol.
	Revision uint64 `json:"rev"`
	// Modified is the Last-Modified of this change in Unix seconds. HTTP dates
	// have whole seconds, so a second change within one second gets the next.
	Modified int64 `json:"mod"`
	// At is when it was made, in Unix milliseconds. Modified may run ahead of it.
	At int64 `json:"at"`
}

// Later returns the version with the higher revision.
func (v Version) Later(w Version) Version {
	if w.Revision > v.Revision {
		return w
	}
	return v
}

// Moment is when the change was made, to the millisecond; it grows with every change that
// a phone can see, and cut to whole seconds it is Modified.
func (v Version) Moment() time.Time { return time.UnixMilli(max(v.At, v.Modified*1000)).UTC() }

// NewID returns a number that no record has. Ids grow with time and with every
// call, also when the clock steps back.
func (tx Tx) NewID() (ID, error) {
	c, err := tx.clock.read(tx.kv)
	if err != nil {
		return 0, err
	}
	ms := max(0, tx.Now.UnixMilli()-idEpoch)
	c.ID = max(c.ID+1, ID(ms)<<seqBits)
	tx.clock.set(c)
	return c.ID, nil
}

// NextVersion is the version of a change to a pass whose effective version was prev.
func (tx Tx) NextVersion(prev Version) (Version, error) {
	return tx.nextVersion(func(counters) int64 { return prev.Modified })
}

// NextSharedVersion is the version of a change that many passes show at once, of
// a template or a campaign: its Modified is higher than that of every pass.
func (tx Tx) NextSharedVersion() (Version, error) {
	return tx.nextVersion(func(c counters) int64 { return c.Modified })
}

func (tx Tx) nextVersion(before func(counters) int64) (Version, error) {
	c, err := tx.clock.read(tx.kv)
	if err != nil {
		return Version{}, err
	}
	c.Revision++
	v := Version{Revision: c.Revision, Modified: max(tx.Now.Unix(), before(c)+1), At: tx.Now.UnixMilli()}
	c.Modified = max(c.Modified, v.Modified)
	tx.clock.set(c)
	return v, nil
}

// NextRevision is the number of a change that no phone can see, as a registration.
func (tx Tx) NextRevision() (uint64, error) {
	c, err := tx.clock.read(tx.kv)
	if err != nil {
		return 0, err
	}
	c.Revision++
	tx.clock.set(c)
	return c.Revision, nil
}

// Revision is the number of the last committed change.
func (r Reader) Revision() (uint64, error) {
	c, err := r.clock.read(r.kv)
	return c.Revision, err
}

// clock spares a transaction from reading and writing the counters again and
// again: most take several numbers.
type clock struct {
	known    bool
	moved    bool // must be written before the transaction ends
	counters counters
}

func (k *clock) read(r kv.Reader) (counters, error) {
	if k.known {
		return k.counters, nil
	}
	raw, ok, err := r.Get(metaTable, clockKey)
	if err != nil || !ok {
		return counters{}, err
	}
	b, err := unwrap(raw)
	if err != nil || len(b) != 24 {
		return counters{}, fmt.Errorf("read the database's counters: %w", ErrDamaged)
	}
	k.known, k.counters = true, counters{
		ID:       ID(binary.BigEndian.Uint64(b)),
		Revision: binary.BigEndian.Uint64(b[8:]),
		Modified: int64(binary.BigEndian.Uint64(b[16:])),
	}
	return k.counters, nil
}

func (k *clock) set(c counters) { k.known, k.moved, k.counters = true, true, c }

// write writes the counters if a number was taken.
func (k *clock) write(w kv.Writer) error {
	if !k.moved {
		return nil
	}
	b := binary.BigEndian.AppendUint64(nil, uint64(k.counters.ID))
	b = binary.BigEndian.AppendUint64(b, k.counters.Revision)
	b = binary.BigEndian.AppendUint64(b, uint64(k.counters.Modified))
	return w.Put(metaTable, clockKey, wrap(b))
}
