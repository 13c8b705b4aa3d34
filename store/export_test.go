package store

import (
	"context"

	"pocketpass/store/kv"
)

// SetMigrations replaces the list of migrations and returns what puts it back.
func SetMigrations(list ...func(Tx) error) (restore func()) {
	old := migrations
	migrations = nil
	for _, m := range list {
		migrations = append(migrations, once(m))
	}
	return func() { migrations = old }
}

// FirstMigration is what makes an empty database one of version 1.
var FirstMigration = createDefaultOrganisation

// FillRecords is how many records one commit of a migration looks at.
const FillRecords = fillRecords

// ScanBudget is how many records one page looks at.
const ScanBudget = scanBudget

// EncodePass is a pass as it is stored, without its envelope.
func EncodePass(p Pass) []byte {
	raw, err := passes.encode(nil, &p)
	if err != nil {
		panic(err) // fields always encode
	}
	return raw[envelopeHead:]
}

// DecodePass reads what EncodePass wrote.
func DecodePass(payload []byte) (p Pass, err error) {
	err = passes.unmarshal(payload, &p)
	return p, err
}

// EngineSchema reads the version from an engine without opening a store.
func EngineSchema(ctx context.Context, e kv.Engine) (v int, err error) {
	err = e.View(ctx, func(r kv.Reader) error {
		v, err = Reader{kv: r}.version()
		return err
	})
	return v, err
}

// PutEntry writes an entry of a ledger as it is, which nothing else does.
func PutEntry(tx Tx, e Entry) error { return entries.put(tx.kv, &e) }

// RemoveEntry removes an entry of a ledger, which nothing else does.
func RemoveEntry(tx Tx, e Entry) error { return entries.remove(tx.kv, entries.key(&e)) }

// HashEntry is the hash of an entry after another.
func HashEntry(e Entry, previous string) string { return e.link(previous) }

// PassUnmoved says whether p and q are taken to have the same index keys.
func PassUnmoved(p, q Pass) bool { return passes.unmoved(&p, &q) }

// PassKeys are the keys of p in all indexes.
func PassKeys(p Pass) (out []string) {
	for _, ix := range passes.indexes {
		for _, k := range ix.keys(&p) {
			out = append(out, string(ix.name)+" "+string(k))
		}
	}
	return out
}

// Wrap puts a payload into an envelope.
var Wrap = wrap
