package boltkv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// maxProblems is how many findings Check returns; one broken page causes many.
const maxProblems = 10

// Check compares every page with what refers to it and returns ErrDamaged with
// what it found. Writes wait meanwhile (about a second per gigabyte), so a server
// rather checks a snapshot. Memory grows with the file, about 40 bytes a page.
func (d *DB) Check(ctx context.Context) error {
	tx, err := d.bolt.Begin(true) // bbolt's check is not safe beside a writer
	if err != nil {
		return fmt.Errorf("begin check: %w", err)
	}
	defer tx.Rollback()
	if err := walk(ctx, tx); err != nil {
		return err
	}
	return checkPages(tx)
}

// walk reads every byte of every record. bbolt checks on a goroutine of its own,
// where a page that points outside of the file ends the process; here, before,
// it is an error.
func walk(ctx context.Context, tx *bbolt.Tx) (err error) {
	defer guard(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
		if b == nil {
			return fmt.Errorf("%w: %q is no table", ErrDamaged, name)
		}
		return walkTable(ctx, name, b)
	})
}

func walkTable(ctx context.Context, name []byte, b *bbolt.Bucket) error {
	c := b.Cursor()
	var last []byte
	n := 0
	for key, value := c.First(); key != nil; key, value = c.Next() {
		if last != nil && bytes.Compare(last, key) >= 0 {
			return fmt.Errorf("%w: keys of table %q are out of order", ErrDamaged, name)
		}
		crc32.ChecksumIEEE(value) // touches it
		last = key
		if n++; n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

func checkPages(tx *bbolt.Tx) error {
	var problems []error
	for err := range tx.Check() { // has to be drained
		if len(problems) < maxProblems {
			problems = append(problems, err)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrDamaged, errors.Join(problems...))
}
