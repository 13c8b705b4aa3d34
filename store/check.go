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
	var out []Fault
	want := make(map[kv.Table]int)
	err := r.Scan(t.name, kv.Range{}, func(key, raw []byte) error {
		var v T
		if err := t.decode(raw, &v); err != nil {
			out = append(out, Fault{t.name, bytes.Clone(key), err.Error()})
			return nil
		}
		if !bytes.Equal(t.key(&v), key) {
			out = append(out, Fault{t.name, bytes.Clone(key), "the record belongs under another key"})
		}
		for _, ix := range t.indexes {
			missing, err := ix.missing(r, key, &v)
			if err != nil {
				return err
			}
			out = append(out, missing...)
			want[ix.name] += len(ix.keys(&v)) - len(missing)
		}
		return nil
	})
	for _, ix := range t.indexes {
		if err != nil {
			return out, err
		}
		var extra []Fault
		extra, err = t.surplus(r, ix, want[ix.name])
		out = append(out, extra...)
	}
	return out, err
}

func (ix index[T]) missing(r kv.Reader, primary []byte, v *T) ([]Fault, error) {
	var out []Fault
	for _, k := range ix.keys(v) {
		held, ok, err := r.Get(ix.name, k)
		if err != nil {
			return nil, err
		}
		if !ok || !bytes.Equal(held, ix.value(primary)) {
			out = append(out, Fault{ix.name, k, "the index lacks a record"})
		}
	}
	return out, nil
}

// surplus finds entries that no record asks for. Their number tells first whether
// there are any.
func (t table[T]) surplus(r kv.Reader, ix index[T], want int) ([]Fault, error) {
	have := 0
	err := r.Scan(ix.name, kv.Range{}, func(_, _ []byte) error { have++; return nil })
	if err != nil || have == want {
		return nil, err
	}
	var out []Fault
	err = r.Scan(ix.name, kv.Range{}, func(key, value []byte) error {
		v, err := t.get(r, named(key, value))
		if err != nil || !contains(ix.keys(&v), key) {
			out = append(out, Fault{ix.name, bytes.Clone(key), "no record asks for this entry"})
		}
		return nil
	})
	return out, err
}
