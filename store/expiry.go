package store

import (
	"bytes"
	"fmt"

	"pocketpass/store/kv"
)

// expiredSetting holds the key of the last pass, in the order in which they expire,
// that was noted as expired.
const expiredSetting = "passes.expired"

// ExpiredBatch is a piece of what has expired since the last one.
type ExpiredBatch struct {
	Passes []Pass
	Lost   []error // of passes that were passed over
	More   bool    // there is another batch
	cursor []byte
}

// Expired lists the next passes whose date has passed, by that date, at most limit.
func (r Reader) Expired(limit int) (b ExpiredBatch, err error) {
	within := kv.Range{To: join(uint64(r.Now.UnixMilli()) + 1)}
	if b.cursor, _, err = r.Setting(expiredSetting); err != nil {
		return b, err
	}
	if b.cursor != nil {
		within.From = append(bytes.Clone(b.cursor), 0)
	}
	err = r.kv.Scan(passByExpiry, within, func(key, value []byte) error {
		if len(b.Passes)+len(b.Lost) == limit {
			b.More = true
			return kv.ErrStop
		}
		b.cursor = bytes.Clone(key)
		p, err := passes.follow(r.kv, passByExpiry, key, value)
		if Lost(err) {
			b.Lost = append(b.Lost, fmt.Errorf("pass %x: %w", named(key, value), err))
			return nil
		}
		b.Passes = append(b.Passes, p)
		return err
	})
	return b, err
}

// FinishExpired moves the cursor past b.
func (tx Tx) FinishExpired(b ExpiredBatch) error {
	if len(b.Passes)+len(b.Lost) == 0 {
		return nil
	}
	return tx.PutSetting(expiredSetting, b.cursor)
}

// ExpiryPassed says whether the cursor of Expired is past the date of p: no batch
// will hold p before it has another one.
func (r Reader) ExpiryPassed(p Pass) (bool, error) {
	cursor, begun, err := r.Setting(expiredSetting)
	return begun && bytes.Compare(expiryKey(&p), cursor) <= 0, err
}

func expiryKey(p *Pass) []byte { return join(uint64(p.Expires.UnixMilli()), p.ID) }
