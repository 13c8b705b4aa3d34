package issuer

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"pocketpass/store"
)

// observations are what phones were seen doing. They are kept in memory and
// written once a second: the only thing that a crash may lose.
type observations struct {
	mu      sync.Mutex
	lists   map[deviceKey]listSeen
	fetches []fetchSeen
	lines   []lineSeen
	callers callers
}

type deviceKey struct{ passType, library string }

type listSeen struct {
	at         time.Time
	since, tag string
}

type fetchSeen struct {
	pass     store.ID
	library  string // empty if it is not known which device asked
	passType string // with serial, when the token was wrong and pass is zero
	serial   string
	at       time.Time
	status   int
	revision uint64
}

// maxSeen bounds what waits to be written; beyond it observations are dropped.
const maxSeen = 10_000

func (o *observations) listed(passType, library, since string, c Changed, from string, now time.Time) {
	tag := c.Tag
	if len(c.SerialNumbers) == 0 {
		tag = ""
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lists == nil {
		o.lists = make(map[deviceKey]listSeen)
	}
	if len(o.lists) < maxSeen {
		o.lists[deviceKey{passType, library}] = listSeen{now, since, tag}
	}
	o.callers.note(from, passType, library, now)
}

func (o *observations) fetched(pass store.ID, q LatestQuestion, status int, revision uint64, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.fetches) >= maxSeen {
		return
	}
	o.fetches = append(o.fetches, fetchSeen{pass: pass, library: o.callers.who(q.From, q.PassTypeIdentifier, now),
		passType: q.PassTypeIdentifier, serial: q.SerialNumber, at: now, status: status, revision: revision})
}

func fetchStatus(err error, notModified bool) int {
	switch {
	case notModified:
		return http.StatusNotModified
	case err == nil:
		return http.StatusOK
	case KindOf(err) == Denied:
		return http.StatusUnauthorized
	case KindOf(err) == Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// callers remembers which device asked from an address a short while ago: a
// fetch carries no device identifier, but follows the device's question for
// what is new. Addresses are never stored.
type callers struct {
	byFrom map[[2]string]caller // address and pass type
}

type caller struct {
	library string
	at      time.Time
	several bool // more than one device behind this address: a fetch cannot be told
}

const (
	callerMemory = 2 * time.Minute
	maxCallers   = 10_000
)

func (c *callers) note(from, passType, library string, now time.Time) {
	if c.byFrom == nil || len(c.byFrom) >= maxCallers {
		c.byFrom = make(map[[2]string]caller)
	}
	k := [2]string{from, passType}
	old, ok := c.byFrom[k]
	several := ok && now.Sub(old.at) < callerMemory && (old.several || old.library != library)
	c.byFrom[k] = caller{library, now, several}
}

func (c *callers) who(from, passType string, now time.Time) string {
	seen, ok := c.byFrom[[2]string{from, passType}]
	if !ok || seen.several || now.Sub(seen.at) >= callerMemory {
		return ""
	}
	return seen.library
}

// FlushSeen writes what was observed since the last call.
func (i *Issuer) FlushSeen(ctx context.Context) error {
	i.seen.mu.Lock()
	lists, fetches, lines := i.seen.lists, i.seen.fetches, i.seen.lines
	i.seen.lists, i.seen.fetches, i.seen.lines = nil, nil, nil
	i.seen.mu.Unlock()
	if len(lists)+len(fetches)+len(lines) == 0 {
		return nil
	}
	return i.db.Update(ctx, func(tx store.Tx) error {
		for k, seen := range lists {
			if err := noteList(tx, k, seen); err != nil {
				return err
			}
		}
		for _, f := range fetches {
			if err := noteFetch(tx, f); err != nil {
				return err
			}
		}
		for _, l := range lines {
			if err := noteLine(tx, l); err != nil {
				return err
			}
		}
		return nil
	})
}

func noteList(tx store.Tx, k deviceKey, seen listSeen) error {
	d, err := tx.Device(k.passType, k.library)
	if errors.Is(err, store.ErrNotFound) {
		return nil // it never registered, or is gone again
	}
	if err != nil {
		return err
	}
	d.Listed, d.ListedSince, d.ListedTag = seen.at, truncate(seen.since, 32), seen.tag
	return tx.PutDevice(d)
}

// noteFetch writes a fetch to the registration of the device that made it; to
// the only registration if it is not known which device it was.
func noteFetch(tx store.Tx, f fetchSeen) error {
	if f.pass == 0 { // refused: find the pass to tell its owner
		p, err := tx.PassBySerial(f.passType, f.serial)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		f.pass = p.ID
	}
	all, err := tx.RegistrationsOfPass(f.pass)
	for _, g := range all {
		if err != nil {
			return err
		}
		if g.Library != f.library && (f.library != "" || len(all) > 1) {
			continue
		}
		g.Fetched, g.FetchedStatus = f.at, f.status
		if f.revision > 0 {
			g.FetchedRevision = f.revision
		}
		err = tx.PutRegistration(g)
	}
	return err
}

func truncate(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
