// Package boltkv is the embedded engine behind store/kv: one bbolt file, used by
// one process at a time.
//
// A table is a bucket, created by its first Put. Concurrent calls of Update share
// commits; see group.go for how. bbolt's data pages carry no checksum, so records
// bring their own; this package finds damage of structure only.
package boltkv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"pocketpass/store/kv"
)

// ErrInUse means that another process, or another Open in this one, holds the file.
var ErrInUse = errors.New("in use")

// ErrDamaged means that the file is not a database or contradicts itself.
var ErrDamaged = errors.New("damaged or not a database")

// Options are the settings of Open. The zero value is right for a server.
type Options struct {
	LockWait time.Duration // how long Open waits for another process to let go; 0 means one second

	// Ascending names tables whose keys mostly come in order. Their pages are filled
	// almost to the brim when they are split, for nothing will come between.
	Ascending []kv.Table

	// NoSync leaves out every sync, so a power cut loses acknowledged writes and may
	// ruin the file. It exists for tests that have to show that they would notice.
	NoSync bool
}

// DB is an open database file. It implements kv.Engine and kv.Sized.
type DB struct {
	bolt      *bbolt.DB
	file      *os.File // bbolt's own handle, for its size and identity
	pageSize  int
	ascending []kv.Table

	turn  line   // whoever has the turn may touch group
	group *group // calls that share a transaction not yet committed; nil if none

	failure          atomic.Pointer[error] // why writing stopped
	updates, commits atomic.Int64
}

var (
	_ kv.Engine = (*DB)(nil)
	_ kv.Sized  = (*DB)(nil)
)

// View runs fn on a snapshot; writers are not held up by it.
func (d *DB) View(ctx context.Context, fn func(kv.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tx, err := d.bolt.Begin(false)
	if err != nil {
		return fmt.Errorf("begin read: %w", err)
	}
	defer tx.Rollback()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a page that cannot be read is a panic, not the end of the process
	r := &reader{ctx: ctx, tables: d.tables(tx)}
	defer r.end()
	return fn(r)
}

// Healthy returns nil while writes are accepted. Otherwise its error is
// kv.ErrFailed with the cause.
func (d *DB) Healthy() error {
	if err := d.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// fail stops writing for good and returns what Healthy says from now on.
func (d *DB) fail(cause error) error {
	err := fmt.Errorf("%w: %w", kv.ErrFailed, cause)
	d.failure.CompareAndSwap(nil, &err)
	return err
}

// Close waits for running transactions and releases the file. Later calls of
// View and Update are errors, further calls of Close do nothing.
func (d *DB) Close() error { return d.bolt.Close() }

// guard turns a panic of bbolt, which meets damage of the file with one, into
// ErrDamaged. It is deferred around calls of bbolt, never around callers' code.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", ErrDamaged, p)
	}
}
