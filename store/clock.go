package store

import (
	"encoding/json"
	"errors"
	"fmt"

	"pocketpass/store/kv"
)

const metaTable kv.Table = "meta"

var clockKey = []byte("clock")

// counters are the numbers that one database hands out once.
type counters struct {
	ID       ID     `json:"id"`       // last id given
	Revision uint64 `json:"revision"` // last revision given
	Modified int64  `json:"modified"` // highest Last-Modified given, Unix seconds
}

// Version says when something that phones see last changed.
type Version struct {
	// Revision grows with every committed change in the database; it is the
	// update tag of Apple's protocol.
	Revision uint64 `json:"rev"`
	// Modified is the Last-Modified of this change in Unix seconds. HTTP dates
	// have whole seconds, so a second change within one second gets the next.
	Modified int64 `json:"mod"`
}

// Later returns the version with the higher revision.
func (v Version) Later(w Version) Version {
	if w.Revision > v.Revision {
		return w
	}
	return v
}

// NewID returns a number that no record has. Ids grow with time and with every
// call, also when the clock steps back.
func (tx Tx) NewID() (ID, error) {
	var id ID
	err := tx.advance(func(c *counters) {
		ms := max(0, tx.Now.UnixMilli()-idEpoch)
		c.ID = max(c.ID+1, ID(ms)<<seqBits)
		id = c.ID
	})
	return id, err
}

// NextVersion is the version of a change to a pass whose effective version was prev.
func (tx Tx) NextVersion(prev Version) (Version, error) {
	var v Version
	err := tx.advance(func(c *counters) {
		c.Revision++
		v = Version{Revision: c.Revision, Modified: max(tx.Now.Unix(), prev.Modified+1)}
		c.Modified = max(c.Modified, v.Modified)
	})
	return v, err
}

// NextSharedVersion is the version of a change that many passes show at once, of
// a template or a campaign: its Modified is higher than that of every pass.
func (tx Tx) NextSharedVersion() (Version, error) {
	var v Version
	err := tx.advance(func(c *counters) {
		c.Revision++
		c.Modified = max(tx.Now.Unix(), c.Modified+1)
		v = Version{Revision: c.Revision, Modified: c.Modified}
	})
	return v, err
}

// Revision is the number of the last committed change.
func (r Reader) Revision() (uint64, error) {
	c, err := r.counters()
	return c.Revision, err
}

func (tx Tx) advance(change func(*counters)) error {
	c, err := tx.counters()
	if err != nil {
		return err
	}
	change(&c)
	b, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode counters: %w", err)
	}
	return tx.kv.Put(metaTable, clockKey, wrap(b))
}

func (r Reader) counters() (counters, error) {
	var c counters
	raw, ok, err := r.kv.Get(metaTable, clockKey)
	if err != nil || !ok {
		return c, err
	}
	payload, err := unwrap(raw)
	if err == nil {
		err = json.Unmarshal(payload, &c)
	}
	return c, err
}

// ErrNewer means that the database was written by a newer program.
var ErrNewer = errors.New("the database was written by a newer Pocketpass: start that version, or restore the backup made before the upgrade")
