package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"pocketpass/store/kv"
)

// ErrNewer means that the database was written by a newer program.
var ErrNewer = errors.New("the database was written by a newer Pocketpass: start that version, or restore the backup made before the upgrade")

var versionKey, goesOnKey = []byte("version"), []byte("migration")

// A migration that says where to go on is run again from there, in a commit of its own.
type migration func(tx Tx, from []byte) (next []byte, err error)

// migrations bring a database from one version to the next; the version is
// their number. Append only: what a released program ran is never changed.
var migrations = []migration{
	once(createDefaultOrganisation),
	filling(passes, passByOrganisation),
	once(registerTags),
	filling(passes, passByRevocation),
	filling(deliveries, deliveryBySubject),
	once(indexTemplates),
	filling(entries, redeemByCampaign),
	filling(registrations, registrationByAge),
	filling(passes, passByCreation, passByArrival),
}

// once is a migration that one commit has room for.
func once(do func(Tx) error) migration {
	return func(tx Tx, _ []byte) ([]byte, error) { return nil, do(tx) }
}

// Schema is the version of the records that this program writes.
func Schema() int { return len(migrations) }

func createDefaultOrganisation(tx Tx) error {
	id, err := tx.NewID()
	if err != nil {
		return err
	}
	return tx.PutOrganisation(Organisation{ID: id, Name: DefaultOrganisation, Created: tx.Now})
}

// indexTemplates fills the index of an organisation's templates, and writes their styles
// into campaigns, which have their own index of those.
func indexTemplates(tx Tx) error {
	var all []Template
	err := tx.kv.Scan(templates.name, kv.Range{}, func(_, raw []byte) error {
		var t Template
		err := templates.decode(raw, &t)
		all = append(all, t)
		return err
	})
	for _, t := range all {
		if err == nil && t.listed() {
			err = tx.kv.Put(templateByOrg, join(t.Org, t.ID), nil)
		}
		if err != nil {
			return err
		}
		err = tx.PutTemplate(t)
	}
	return err
}

// fillRecords is how many records one commit of filling looks at. What they are written
// into may lie on as many pages, all of which a commit has in memory.
const fillRecords = 5_000

// filling writes indexes that came later than their table.
func filling[T any](t table[T], names ...kv.Table) migration {
	return func(tx Tx, from []byte) (next []byte, err error) {
		n := 0
		err = tx.kv.Scan(t.name, kv.Range{From: from}, func(primary, raw []byte) error {
			if n++; n > fillRecords {
				next = bytes.Clone(primary)
				return kv.ErrStop
			}
			return t.fill(tx.kv, primary, raw, names)
		})
		return next, err
	}
}

// fill writes what some indexes have of a record.
func (t table[T]) fill(w kv.Writer, primary, raw []byte, names []kv.Table) error {
	var v T
	err := t.decode(raw, &v)
	for _, ix := range t.indexes {
		if !slices.Contains(names, ix.name) {
			continue
		}
		for _, key := range ix.keys(&v) {
			if err == nil {
				err = w.Put(ix.name, key, bytes.Clone(ix.entry().value(primary)))
			}
		}
	}
	return err
}

// registerTags makes the records of tags, which came later than tags themselves.
func registerTags(tx Tx) error {
	var tagged []Pass
	err := tx.kv.Scan(passes.name, kv.Range{}, func(_, raw []byte) error {
		var p Pass
		err := passes.decode(raw, &p)
		if len(p.Tags) > 0 && p.Deleted.IsZero() {
			tagged = append(tagged, Pass{Org: p.Org, Tags: p.Tags})
		}
		return err
	})
	for n := range tagged {
		if err != nil {
			return err
		}
		err = tx.countTags(nil, &tagged[n])
	}
	return err
}

// migrate runs each missing migration in commits of its own, so that a crash between two
// of them is resumed.
func (s *Store) migrate(ctx context.Context) error {
	for {
		done := false
		err := s.Update(ctx, func(tx Tx) (err error) {
			done, err = tx.migrate()
			return err
		})
		if err != nil || done {
			return err
		}
	}
}

// migrate does what one commit does. The version is that of the migration from its first
// commit on: no older program may change what is half done.
func (tx Tx) migrate() (done bool, err error) {
	at, err := tx.version()
	if err != nil {
		return false, err
	}
	from, err := tx.goesOn()
	if err != nil || at == Schema() && from == nil {
		return true, err
	}
	if at > Schema() {
		return false, ErrNewer
	}
	if from != nil {
		at--
	}
	next, err := migrations[at](tx, from)
	if err != nil {
		return false, fmt.Errorf("migrate to version %d: %w", at+1, err)
	}
	if next == nil {
		err = tx.kv.Delete(metaTable, goesOnKey)
	} else {
		err = tx.kv.Put(metaTable, goesOnKey, wrap(next))
	}
	return false, errors.Join(err, tx.kv.Put(metaTable, versionKey, wrap(binary.BigEndian.AppendUint64(nil, uint64(at+1)))))
}

// goesOn is where the last migration has more to do, nil if it has not.
func (r Reader) goesOn() ([]byte, error) {
	raw, ok, err := r.kv.Get(metaTable, goesOnKey)
	if err != nil || !ok {
		return nil, err
	}
	return unwrap(raw)
}

func (r Reader) version() (int, error) {
	raw, ok, err := r.kv.Get(metaTable, versionKey)
	if err != nil || !ok {
		return 0, err
	}
	b, err := unwrap(raw)
	if err != nil || len(b) != 8 {
		return 0, errors.Join(fmt.Errorf("read the database's version: %w", ErrDamaged), err)
	}
	return int(binary.BigEndian.Uint64(b)), nil
}
