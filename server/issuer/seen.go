package issuer

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"pocketpass/store"
)

// observations are what phones were seen doing. They are kept in memory and
// written once a second: the only thing that a crash may lose.
type observations struct {
	mu sync.Mutex
	notes
	callers callers
}

// notes wait to be written: of everything that can be observed the last
// time, and of visits how many there were.
type notes struct {
	lists   map[deviceKey]listSeen
	fetches map[fetchKey]fetchSeen
	lines   map[lineKey]lineSeen
	visits  map[visitKey]visit
	calls   map[callKey]int64
}

type deviceKey struct{ passType, library string }

type listSeen struct {
	at         time.Time
	since, tag string
}

// fetchKey says what was asked for and by which devices it may have been.
type fetchKey struct {
	pass             store.ID // zero when the token was wrong
	passType, serial string   // then these name it
	libraries        string   // with betweenLibraries between them; empty if nothing is known
}

type fetchSeen struct {
	at       time.Time
	status   int
	revision uint64
}

// maxSeen bounds what waits to be written; beyond it observations are dropped.
const maxSeen = 10_000

// maxSeenTag is how much of a tag is kept, in bytes; ours are shorter.
const maxSeenTag = 32

// maxPassType is the length of the longest passTypeIdentifier, in bytes.
const maxPassType = 127

func (o *observations) listed(passType, library, since string, c Changed, from netip.Addr, now time.Time) {
	tag := c.Tag
	if len(c.SerialNumbers) == 0 {
		tag = ""
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	put(&o.lists, deviceKey{passType, library}, listSeen{now, strings.Clone(truncate(since, maxSeenTag)), tag}, maxSeen)
	o.callers.note(from, passType, library, now)
}

func (o *observations) fetched(pass store.ID, q LatestQuestion, status int, revision uint64, now time.Time) {
	k := fetchKey{pass: pass}
	if pass == 0 {
		if k.passType, k.serial = q.PassTypeIdentifier, q.SerialNumber; !goodSerial.MatchString(k.serial) || len(k.passType) > maxPassType {
			return // nothing of ours
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	k.libraries = o.callers.who(q.From, q.PassTypeIdentifier, now)
	put(&o.fetches, k, fetchSeen{now, status, revision}, maxSeen)
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

// callers remembers which devices asked from an address a short while ago: a
// fetch carries no device identifier, but follows the device's question for
// what is new. It is never stored.
type callers struct {
	byFrom map[callerKey][]caller // last caller last
}

type callerKey struct {
	from     netip.Addr
	passType string
}

type caller struct {
	library string
	at      time.Time
}

const (
	callerMemory = 2 * time.Minute
	maxCallers   = 10_000
	maxSharing   = 8 // devices remembered of one address; there may be more if there are as many
)

func (c *callers) note(from netip.Addr, passType, library string, now time.Time) {
	if c.byFrom == nil || len(c.byFrom) >= maxCallers {
		c.byFrom = make(map[callerKey][]caller)
	}
	k := callerKey{from, passType}
	others := slices.DeleteFunc(c.byFrom[k], func(o caller) bool {
		return o.library == library || now.Sub(o.at) >= callerMemory
	})
	if len(others) == maxSharing {
		others = slices.Delete(others, 0, 1)
	}
	c.byFrom[k] = append(others, caller{library, now})
}

// betweenLibraries separates device library identifiers, which have no control characters.
const betweenLibraries = "\n"

// who lists the devices that asked from an address, with betweenLibraries between them.
func (c *callers) who(from netip.Addr, passType string, now time.Time) string {
	var all []string
	for _, o := range c.byFrom[callerKey{from, passType}] {
		if now.Sub(o.at) < callerMemory {
			all = append(all, o.library)
		}
	}
	slices.Sort(all)
	return strings.Join(all, betweenLibraries)
}
