package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"pocketpass/store/kv"
)

const counterTable kv.Table = "counter"

// Names of counters. Each is a fact, kept in step in the commit that changes it.
const (
	CountPasses     = "passes"     // issued and not deleted
	CountIssued     = "issued"     // ever issued
	CountRegistered = "registered" // registrations now
	CountRedeemed   = "redeemed"   // redemptions that stand
)

// Counter returns a number kept about a record, 0 if nothing was counted.
func (r Reader) Counter(owner ID, name string) (int64, error) {
	raw, ok, err := r.kv.Get(counterTable, join(owner, name))
	if err != nil || !ok {
		return 0, err
	}
	b, err := unwrap(raw)
	if err != nil || len(b) != 8 {
		return 0, fmt.Errorf("read counter %s: %w", name, ErrDamaged)
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}

// Count adds n to a counter.
func (tx Tx) Count(owner ID, name string, n int64) error {
	old, err := tx.Counter(owner, name)
	if err != nil {
		return err
	}
	return tx.kv.Put(counterTable, join(owner, name), wrap(binary.BigEndian.AppendUint64(nil, uint64(old+n))))
}

const settingTable kv.Table = "setting"

// Setting returns a value of the appliance itself, such as the certificate
// cache, and whether there is one.
func (r Reader) Setting(name string) ([]byte, bool, error) {
	raw, ok, err := r.kv.Get(settingTable, []byte(name))
	if err != nil || !ok {
		return nil, false, err
	}
	b, err := unwrap(raw)
	return bytes.Clone(b), err == nil, err
}

// PutSetting writes a value of the appliance itself.
func (tx Tx) PutSetting(name string, value []byte) error {
	return tx.kv.Put(settingTable, []byte(name), wrap(value))
}

// DeleteSetting removes a value of the appliance itself.
func (tx Tx) DeleteSetting(name string) error { return tx.kv.Delete(settingTable, []byte(name)) }
