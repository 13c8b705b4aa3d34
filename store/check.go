package store

import (
	"bytes"
	"context"
	"fmt"

	"pocketpass/store/kv"
)

// Fault is something that Check found wrong.
type Fault struct {
	Table kv.Table
	Key   []byte
	What  string
}

func (f Fault) String() string { return fmt.Sprintf("%s %x: %s", f.Table, f.Key, f.What) }

// checkers compare each kind of record with its indexes.
var checkers = []func(kv.Reader) ([]Fault, error){
	organisations.check, keys.check, certificates.check, assets.check,
	campaigns.check, templates.check, drafts.check, templateRevisions.check,
	passes.check, devices.check, registrations.check, passTypes.check,
	events.check, remembered.check, pushes.check, fanouts.check,
	people.check, tallies.check, tags.check,
	jobs.check, ownContents.check, takeovers.check, jobErrors.check, chunks.check,
	entries.check, items.check,
	surroundings.check, campaignMeta.check, freeCodes.check, addresses.check,
	parcels.check,
	feed.check, endpoints.check, deliveries.check,
	links.check, checkLinks, checkSources, consents.check,
	pushCertificates.check, pendings.check, passFiles.check, checkPassFiles,
	checkBlobs, checkPictures, checkRegistrations,
	checkCounts, checkTags, checkLedgers,
	checkEnvelopes,
}

// Check reads every record, verifies its checksum and compares every index with
// the records. It returns what is wrong; an error means that it could not look.
func (s *Store) Check(ctx context.Context) ([]Fault, error) { return CheckEngine(ctx, s.engine) }

// CheckEngine is Check for a database that is not opened as a store, as one that
// is being restored.
func CheckEngine(ctx context.Context, e kv.Engine) ([]Fault, error) {
	var all []Fault
	err := e.View(ctx, func(r kv.Reader) error {
		for _, check := range checkers {
			if err := ctx.Err(); err != nil {
				return err
			}
			found, err := check(r)
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
		return nil
	})
	return all, err
}

// check verifies that every record can be read and stands in every index it
// should, and that no index holds anything else.
func (t table[T]) check(r kv.Reader) ([]Fault, error) {
	c := checkup{r: r, table: t.name, want: make([]int, len(t.indexes))}
	for _, ix := range t.indexes {
		c.indexes = append(c.indexes, ix.entry())
	}
	c.place = func(raw []byte) (key []byte, entries [][][]byte, err error) {
		var v T
		if err := t.decode(raw, &v); err != nil {
			return nil, nil, err
		}
		for _, ix := range t.indexes {
			entries = append(entries, ix.keys(&v))
		}
		return t.key(&v), entries, nil
	}
	return c.run()
}

// checkup compares records of any kind with their indexes.
type checkup struct {
	r       kv.Reader
	table   kv.Table
	indexes []entry
	place   func(record []byte) (key []byte, entries [][][]byte, err error) // where it belongs, and its keys in each index
	want    []int                                                           // entries that were found of each index
	out     []Fault
}

func (c *checkup) fault(table kv.Table, key []byte, what string) {
	c.out = append(c.out, Fault{table, bytes.Clone(key), what})
}

func (c *checkup) run() ([]Fault, error) {
	err := c.r.Scan(c.table, kv.Range{}, c.record)
	for n := range c.indexes {
		if err == nil {
			err = c.surplus(n)
		}
	}
	return c.out, err
}

func (c *checkup) record(key, raw []byte) error {
	own, entries, err := c.place(raw)
	if err != nil {
		c.fault(c.table, key, err.Error())
		return nil
	}
	if !bytes.Equal(own, key) {
		c.fault(c.table, key, "the record belongs under another key")
	}
	for n, keys := range entries {
		for _, k := range keys {
			held, ok, err := c.r.Get(c.indexes[n].name, k)
			switch {
			case err != nil:
				return err
			case !ok || !bytes.Equal(held, c.indexes[n].value(key)):
				c.fault(c.indexes[n].name, k, "the index lacks a record")
			default:
				c.want[n]++
			}
		}
	}
	return nil
}

// surplus finds entries of an index that no record asks for. Their number tells first
// whether there are any.
func (c *checkup) surplus(n int) error {
	have, name := 0, c.indexes[n].name
	err := c.r.Scan(name, kv.Range{}, func(_, _ []byte) error { have++; return nil })
	if err != nil || have == c.want[n] {
		return err
	}
	return c.r.Scan(name, kv.Range{}, func(key, value []byte) error {
		raw, ok, err := c.r.Get(c.table, named(key, value))
		if err != nil {
			return err
		}
		if ok {
			_, entries, err := c.place(raw)
			ok = err == nil && contains(entries[n], key)
		}
		if !ok {
			c.fault(name, key, "no record asks for this entry")
		}
		return nil
	})
}
