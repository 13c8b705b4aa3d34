package store

import (
	"encoding/json"
	"math"
	"time"

	"pocketpass/store/kv"
)

// OwnDesign is what Pass.Pinned says of a pass that shows OwnContent instead of a
// revision of its template. No template has so many.
const OwnDesign = math.MaxInt32

// ownDesignStored is how records say it, and have since before there were machines
// whose int is too short for it.
const ownDesignStored = 1 << 40

// OwnContent is what a pass shows that was issued elsewhere. It never changes.
type OwnContent struct {
	Pass     ID
	Document json.RawMessage   // pass.json without what the server writes
	Files    map[string]string // the others by name, each the hash of a blob
}

func (c *OwnContent) fields(f *fields) {
	number(f, &c.Pass)
	f.raw(&c.Document)
	pairs(f, &c.Files, text[string])
}

var ownContents = table[OwnContent]{
	name:   "own_content",
	fields: (*OwnContent).fields,
	key:    func(c *OwnContent) []byte { return c.Pass.key() },
}

// Takeover is a pass that phones had before it came here, and when they first called.
type Takeover struct {
	Pass       ID
	Org        ID
	Campaign   ID
	Called     time.Time // first registration or fetch
	Registered time.Time // first registration
}

func (t *Takeover) fields(f *fields) {
	number(f, &t.Pass)
	number(f, &t.Org)
	number(f, &t.Campaign)
	f.time(&t.Called)
	f.time(&t.Registered)
}

var takeovers = table[Takeover]{
	name:   "takeover",
	fields: (*Takeover).fields,
	key:    func(t *Takeover) []byte { return t.Pass.key() },
	indexes: []index[Takeover]{
		{name: takeoverSilent, bare: true, keys: func(t *Takeover) [][]byte { return when(t.Called.IsZero(), t.Campaign, t.Pass) }},
	},
}

// takeoverSilent lists those that nobody has called for.
const takeoverSilent kv.Table = "takeover_silent"

// Counters of a campaign's passes that were taken over.
const (
	CountTaken           = "taken"
	CountTakenCalled     = "taken_called"     // whose phones have called
	CountTakenRegistered = "taken_registered" // that phones have registered for
)

// OwnContent returns what a pass shows that was issued elsewhere.
func (r Reader) OwnContent(pass ID) (OwnContent, error) { return ownContents.get(r.kv, pass.key()) }

// Takeover returns what is known of the phones of a pass that was taken over.
func (r Reader) Takeover(pass ID) (Takeover, error) { return takeovers.get(r.kv, pass.key()) }

// SilentTakeovers lists the passes of a campaign that no phone has called for.
func (r Reader) SilentTakeovers(campaign ID, p Page) ([]Takeover, ID, error) {
	return takeovers.list(r.kv, takeoverSilent, join(campaign), p, nil)
}

// PutOwnContent writes what a pass shows.
func (tx Tx) PutOwnContent(c OwnContent) error { return ownContents.put(tx.kv, &c) }

// PutTakeover writes t.
func (tx Tx) PutTakeover(t Takeover) error { return takeovers.put(tx.kv, &t) }
