// Package kv is the seam between the store and a database engine: named tables
// of ordered keys and values, read and changed in transactions.
//
// It knows nothing of passes. An engine lives in a package of its own
// (boltkv is the embedded default). Code above this seam may not assume a
// single process, a global lock in memory, or one writer at a time: it
// may rely only on a transaction seeing a consistent state and being applied
// whole or not at all.
package kv

import (
	"context"
	"errors"
	"io"
)

// Table names one ordered set of keys.
type Table string

// ErrFailed means that a write or a sync went wrong earlier: the engine serves
// reads and refuses every further write, because a sync that failed once
// cannot be trusted when it succeeds later.
var ErrFailed = errors.New("database stopped accepting writes after a failed write")

// ErrFull means that the storage has no room left: nothing was changed, reads
// go on, and a later write may succeed.
var ErrFull = errors.New("no space left for the database")

// ErrStop, returned by a visit function, ends a Scan without an error.
var ErrStop = errors.New("stop scan")

// Range bounds a Scan: From ≤ key < To in byte order. A nil From is the first
// key, a nil To is past the last one.
type Range struct {
	From, To []byte
	Reverse  bool // visit from the highest key down
}

// Reader reads within one transaction and is of no use after it. Slices that it returns or passes to a
// visit function are valid only until the transaction ends and must not be
// changed.
type Reader interface {
	// Get returns the value under key and whether there is one.
	Get(t Table, key []byte) (value []byte, ok bool, err error)
	// Scan visits the keys of r in order until visit returns an error.
	// ErrStop ends the scan and is not returned.
	Scan(t Table, r Range, visit func(key, value []byte) error) error
}

// Writer reads and changes within one transaction; it sees its own changes.
// An empty key is refused; a nil value is an empty one. Deleting what is not
// there is no error.
// Keys and values that are handed in may not be changed until the transaction ends.
// A visit function of Scan must not write to the table that is being scanned.
type Writer interface {
	Reader
	Put(t Table, key, value []byte) error
	Delete(t Table, key []byte) error
}

// Awaited is what a Writer offers besides when it knows whether anybody waits for the
// end of its transaction, so that those with much to write can let others through.
type Awaited interface{ Awaited() bool }

// Engine is a database.
type Engine interface {
	// View runs fn on a consistent snapshot. Keep fn short: an open snapshot
	// keeps old pages from being reused.
	View(ctx context.Context, fn func(Reader) error) error

	// Update runs fn and makes its changes durable, all or none. It returns
	// after they are on disk. Concurrent calls may share one commit, and fn
	// may run more than once, so it must have no side effects but its writes.
	// An error of fn is returned as it is, with nothing changed, and a panic of
	// fn reaches the caller that passed it. fn must not call Update itself.
	Update(ctx context.Context, fn func(Writer) error) error

	// Snapshot writes a consistent copy of the whole database, in the engine's
	// own file format, while reads and writes go on.
	Snapshot(ctx context.Context, w io.Writer) error

	// Healthy returns nil while writes are accepted, and the reason otherwise.
	Healthy() error

	Close() error
}

type apartKey struct{}

// Apart makes calls of Update begin a commit of their own, which others may join, rather
// than join one that others have begun: what they write takes long, and those who came
// before are in a hurry. An Engine may ignore it.
func Apart(ctx context.Context) context.Context { return context.WithValue(ctx, apartKey{}, true) }

// IsApart says whether a call of Update was asked for by Apart.
func IsApart(ctx context.Context) bool { return ctx.Value(apartKey{}) != nil }

// Sized is what an Engine offers besides when it knows the length of a snapshot
// before it is written, which the header of an archive needs.
type Sized interface {
	// SnapshotSized is Snapshot that first tells begin the number of bytes that
	// follow, and writes them to what begin returns.
	SnapshotSized(ctx context.Context, begin func(size int64) (io.Writer, error)) error
}
