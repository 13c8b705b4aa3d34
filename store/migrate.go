package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"pocketpass/store/kv"
)

// ErrNewer means that the database was written by a newer program.
var ErrNewer = errors.New("the database was written by a newer Pocketpass: start that version, or restore the backup made before the upgrade")

var versionKey = []byte("version")

// migrations bring a database from one version to the next; the version is
// their number. Append only: what a released program ran is never changed.
var migrations = []func(Tx) error{
	createDefaultOrganisation,
	indexPassesByOrganisation,
	registerTags,
	indexRevokedPasses,
	indexDeliveriesBySubject,
	indexTemplates,
	indexRedeems,
	indexRegistrationsByAge,
	indexBackdatedPasses,
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

// indexPassesByOrganisation fills an index that came later.
func indexPassesByOrganisation(tx Tx) error {
	return tx.fillIndex(passByOrganisation, func(p *Pass) [][]byte { return visible(p, p.Org, p.ID) })
}

// indexRevokedPasses fills another one.
func indexRevokedPasses(tx Tx) error {
	return tx.fillIndex(passByRevocation, func(p *Pass) [][]byte {
		if !p.Revoked() {
			return nil
		}
		return [][]byte{join(p.Org, p.ID)}
	})
}

// fillIndex writes the entries of a bare index of passes.
func (tx Tx) fillIndex(ix kv.Table, keys func(*Pass) [][]byte) error {
	var all [][]byte
	err := tx.kv.Scan(passes.name, kv.Range{}, func(_, raw []byte) error {
		var p Pass
		err := passes.decode(raw, &p)
		all = append(all, keys(&p)...)
		return err
	})
	for _, key := range all {
		if err != nil {
			return err
		}
		err = tx.kv.Put(ix, key, nil)
	}
	return err
}

// indexDeliveriesBySubject fills an index that came later than deliveries.
func indexDeliveriesBySubject(tx Tx) error { return fill(tx, deliveries, deliveryBySubject) }

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

func indexRedeems(tx Tx) error { return fill(tx, entries, redeemByCampaign) }

func indexRegistrationsByAge(tx Tx) error { return fill(tx, registrations, registrationByAge) }

func indexBackdatedPasses(tx Tx) error {
	return errors.Join(fill(tx, passes, passByCreation), fill(tx, passes, passByArrival))
}

// fill writes an index that came later than its table.
func fill[T any](tx Tx, t table[T], name kv.Table) error {
	ix := t.indexes[slices.IndexFunc(t.indexes, func(ix index[T]) bool { return ix.name == name })]
	all := make(map[string][]byte)
	err := tx.kv.Scan(t.name, kv.Range{}, func(primary, raw []byte) error {
		var v T
		err := t.decode(raw, &v)
		for _, key := range ix.keys(&v) {
			all[string(key)] = bytes.Clone(ix.value(primary))
		}
		return err
	})
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if err != nil {
			return err
		}
		err = tx.kv.Put(name, []byte(key), all[key])
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

// migrate runs each missing migration in a commit of its own, so that a crash
// between two of them is resumed.
func (s *Store) migrate(ctx context.Context) error {
	for {
		done := false
		err := s.Update(ctx, func(tx Tx) error {
			at, err := tx.version()
			if err != nil {
				return err
			}
			if at > Schema() {
				return ErrNewer
			}
			if done = at == Schema(); done {
				return nil
			}
			if err := migrations[at](tx); err != nil {
				return fmt.Errorf("migrate to version %d: %w", at+1, err)
			}
			return tx.kv.Put(metaTable, versionKey, wrap(binary.BigEndian.AppendUint64(nil, uint64(at+1))))
		})
		if err != nil || done {
			return err
		}
	}
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
