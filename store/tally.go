package store

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"pocketpass/store/kv"
)

// Metric is something that is counted by the day.
type Metric int

// The metrics, in the order in which they are stored: new ones go to the end.
const (
	Creates    Metric = iota // passes issued
	Views                    // pages of a pass or campaign opened
	Downloads                // files fetched from pages and links
	Installs                 // registrations added
	Uninstalls               // registrations removed
	Fetches                  // passes fetched by wallets
	Updates                  // passes changed
	Pushes                   // pushes that the push service took
	Redeems                  // redemptions
	Undone                   // redemptions taken back
	Voids                    // passes voided
	Expires                  // passes that expired
	Removes                  // passes deleted
	Messages                 // passes that a message was sent to
	Deliveries               // mails and text messages sent
	Webhooks                 // events that a receiver took
	Calls                    // authenticated calls of an API that addressed the campaign
	InstallsApple
	InstallsAndroid
	InstallsOther
	UninstallsApple
	UninstallsAndroid
	UninstallsOther
	LinkChanges // links to passes made and changed
	metrics
)

// Metrics is how many metrics there are.
const Metrics = int(metrics)

// Counts are numbers by metric.
type Counts [Metrics]int64

// Day is a day in UTC: days since 1970.
type Day uint32

// DayOf is the day of t.
func DayOf(t time.Time) Day { return Day(t.Unix() / 86400) }

// Time is when the day begins.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Scope is what a tally is about: a campaign, a template, a key, or a tag of an
// organisation. One of the organisation itself has neither.
type Scope struct {
	Org ID
	ID  ID     // of the campaign, template or key
	Tag string // of the organisation
}

func (s Scope) prefix() []byte { return join(s.Org, s.ID, s.Tag) }

// Tally is what happened on one day within a scope.
type Tally struct {
	Scope  Scope
	Day    Day
	Counts Counts
}

func (t *Tally) fields(f *fields) {
	number(f, &t.Scope.Org)
	number(f, &t.Scope.ID)
	text(f, &t.Scope.Tag)
	day := uint64(t.Day)
	number(f, &day)
	t.Day = Day(day)
	n := f.count(Metrics) // fewer in a record of an older program
	for m := range n {
		if m < Metrics {
			number(f, &t.Counts[m])
		}
	}
}

var tallies = table[Tally]{
	name:   "tally",
	fields: (*Tally).fields,
	key:    func(t *Tally) []byte { return tallyKey(t.Scope, t.Day) },
}

func tallyKey(s Scope, d Day) []byte { return append(s.prefix(), dayKey(d)...) }

func dayKey(d Day) []byte { return binary.BigEndian.AppendUint32(nil, uint32(d)) }

// Tallies lists the days from one to another, both included, on which something
// happened within a scope.
func (r Reader) Tallies(s Scope, from, to Day) (out []Tally, err error) {
	within := kv.Range{From: tallyKey(s, from), To: tallyKey(s, to+1)}
	err = r.kv.Scan(tallies.name, within, func(_, raw []byte) error {
		var t Tally
		err := tallies.decode(raw, &t)
		out = append(out, t)
		return err
	})
	return out, err
}

// pending is what a transaction leaves for its end: the numbers that it adds, which
// are written once however often it counts, and whether it made deliveries due.
type pending struct {
	counts     map[Scope]*Counts
	tried      undoable
	deliveries bool
}

// Tally counts n more of m today within each of the scopes.
func (tx Tx) Tally(m Metric, n int64, scopes ...Scope) {
	if n == 0 {
		return
	}
	for _, s := range scopes {
		tx.pending.add(s, m, n)
		if u := &tx.pending.tried; u.Writer != nil {
			u.counted = append(u.counted, counted{s, m, n})
		}
	}
}

func (p *pending) add(s Scope, m Metric, n int64) {
	if p.counts == nil {
		p.counts = make(map[Scope]*Counts)
	}
	c := p.counts[s]
	if c == nil {
		c = new(Counts)
		p.counts[s] = c
	}
	c[m] += n
}

// write adds what is pending to the tallies of day.
func (p *pending) write(w kv.Writer, day Day) error {
	scopes := slices.SortedFunc(maps.Keys(p.counts), func(a, b Scope) int { return slices.Compare(a.prefix(), b.prefix()) })
	for _, s := range scopes {
		t, err := tallies.previous(w, tallyKey(s, day))
		if err != nil {
			return err
		}
		if t == nil {
			t = &Tally{Scope: s, Day: day}
		}
		for m, n := range p.counts[s] {
			t.Counts[m] += n
		}
		raw, err := tallies.encode(w, t)
		if err != nil {
			return err
		}
		if err := w.Put(tallies.name, tallies.key(t), raw); err != nil {
			return err
		}
	}
	return nil
}
