// Package store holds the records of Pocketpass and their typed transactions.
//
// It knows no rules: package issuer decides what may change, this package keeps
// every record whole and every index in step with it. Code that only reads gets
// a Reader, which cannot write. What is true of one organisation is never
// visible to another: every accessor that takes an organisation answers
// ErrNotFound for what belongs to somebody else.
package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"pocketpass/store/kv"
)

// ErrNotFound means that there is no such record, or that it belongs to
// another organisation.
var ErrNotFound = errors.New("not found")

// ErrExists means that a value that must be unique is taken.
var ErrExists = errors.New("already exists")

// Store is the database with its records.
type Store struct {
	engine kv.Engine
	now    func() time.Time
	memo   *memos
	views  atomic.Int64
	queued chan struct{} // holds one when deliveries were queued
}

// Ascending are the tables whose keys begin with an id that grows with time, for
// engines that make use of it.
var Ascending = []kv.Table{passes.name, passByOrganisation, passByCampaign, passByTemplate, passByArrival, events.name, entries.name, entryByID, entryByCampaign, redeemByCampaign, entryByKey, feed.name, deliveries.name}

// Open migrates the engine's records to this program's version. A database
// written by a newer program is refused. A nil now is the system's clock.
func Open(ctx context.Context, engine kv.Engine, now func() time.Time) (*Store, error) {
	if now == nil {
		now = time.Now
	}
	s := &Store{engine: engine, now: now, memo: newMemos(), queued: make(chan struct{}, 1)}
	if err := s.migrate(ctx); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

// View runs fn on a consistent state. Nothing that fn got from the Reader's
// engine outlives it; records do, they are copies.
func (s *Store) View(ctx context.Context, fn func(Reader) error) error {
	s.views.Add(1)
	return s.engine.View(ctx, func(r kv.Reader) error {
		return fn(s.reader(r))
	})
}

// Views is how often View was called: whoever has much to do can see whether it is in
// the way of others.
func (s *Store) Views() int64 { return s.views.Load() }

// Update runs fn and commits what it wrote, all or nothing; it returns once the
// change is on disk. fn may run more than once and must do nothing but read
// and write through tx.
func (s *Store) Update(ctx context.Context, fn func(Tx) error) error {
	queued := false
	err := s.engine.Update(ctx, func(w kv.Writer) error {
		tx := Tx{Reader: s.reader(w), kv: w, pending: new(pending)}
		tx.counting = make(counting)
		if err := fn(tx); err != nil {
			return err
		}
		queued = tx.pending.deliveries
		if err := tx.pending.write(w, DayOf(tx.Now)); err != nil {
			return err
		}
		if err := tx.counting.write(w); err != nil {
			return err
		}
		return tx.clock.write(w)
	})
	if err == nil && queued {
		select {
		case s.queued <- struct{}{}:
		default:
		}
	}
	return err
}

// Queued receives after commits of this process that made deliveries due.
func (s *Store) Queued() <-chan struct{} { return s.queued }

// Engine is the database beneath, for backups and health.
func (s *Store) Engine() kv.Engine { return s.engine }

// reader reads the clock, cut to milliseconds, which is what records keep, so
// that a record is the same before and after it was stored.
func (s *Store) reader(r kv.Reader) Reader {
	return Reader{kv: r, Now: s.now().UTC().Truncate(time.Millisecond), clock: new(clock), memo: s.memo, recent: new(recent)}
}

// Reader reads records within one transaction.
type Reader struct {
	kv  kv.Reader
	Now time.Time // one clock reading per transaction, UTC, milliseconds

	clock    *clock
	memo     *memos
	recent   *recent
	counting counting // nil outside a Tx
}

// Tx reads and writes records within one transaction.
type Tx struct {
	Reader
	kv      kv.Writer
	pending *pending
}

// Awaited says whether another transaction waits for the end of this one, as far as
// the engine can tell. One that cannot is taken to be in demand.
func (tx Tx) Awaited() bool {
	w, tells := tx.kv.(kv.Awaited)
	return !tells || w.Awaited()
}
