package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"pocketpass/store/kv"
)

const counterTable kv.Table = "counter"

// Names of counters. Each is a fact, kept in step in the commit that changes it.
const (
	CountPasses     = "passes"     // issued and not deleted
	CountIssued     = "issued"     // ever issued
	CountRegistered = "registered" // registrations now
	CountRedeemed   = "redeemed"   // redemptions that stand
	CountItems      = "items "     // and the shelf: its items, of the organisation
	CountFormer     = "former "    // and the service: items and passes that came from it, of the organisation
	CountSkipped    = "skipped"    // numbers that a campaign's codes left out
	countShifted    = "shifted"    // times that a pass was deleted or came back, of the campaign and of the organisation
)

// counterKey names a counter.
type counterKey struct {
	owner ID
	name  string
}

func (a counterKey) compare(b counterKey) int {
	return cmp.Or(cmp.Compare(a.owner, b.owner), cmp.Compare(a.name, b.name))
}

// counting are the numbers that a transaction will have added to counters at its end.
type counting map[counterKey]int64

// Counter returns a number kept about a record, 0 if nothing was counted.
func (r Reader) Counter(owner ID, name string) (int64, error) {
	n, err := storedCounter(r.kv, owner, name)
	return n + r.counting[counterKey{owner, name}], err
}

func storedCounter(r kv.Reader, owner ID, name string) (int64, error) {
	raw, ok, err := r.Get(counterTable, join(owner, name))
	if err != nil || !ok {
		return 0, err
	}
	b, err := unwrap(raw)
	if err != nil || len(b) != 8 {
		return 0, fmt.Errorf("read counter %s: %w", name, ErrDamaged)
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}

// Count adds n to a counter. What a transaction counts is written once, at its end.
func (tx Tx) Count(owner ID, name string, n int64) error {
	k := counterKey{owner, name}
	tx.counting[k] += n
	if u := &tx.pending.tried; u.Writer != nil {
		u.numbered = append(u.numbered, numbered{k, n})
	}
	return nil
}

// write adds what was counted to what is stored, always in the same order.
func (c counting) write(w kv.Writer) error {
	for _, k := range slices.SortedFunc(maps.Keys(c), counterKey.compare) {
		n, err := storedCounter(w, k.owner, k.name)
		if err != nil {
			return err
		}
		if c[k] == 0 {
			continue
		}
		if err := w.Put(counterTable, join(k.owner, k.name), wrap(binary.BigEndian.AppendUint64(nil, uint64(n+c[k])))); err != nil {
			return err
		}
	}
	return nil
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
