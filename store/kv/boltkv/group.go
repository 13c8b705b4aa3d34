package boltkv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"syscall"

	"go.etcd.io/bbolt"

	"pocketpass/store/kv"
)

// A sync takes far longer than a change, so calls of Update that meet share one.
// They stand in line for the turn. Whoever has it runs its function, on its own
// goroutine, in the open transaction; if somebody waits it passes the turn on with
// the transaction and waits for the result, else it commits for all. A lone writer
// finds nobody behind it and commits at once; there is no timer and no goroutine
// that belongs to the engine. A call that wants to be apart is not passed a
// transaction: the group ends before it, and it begins the next one.
//
// What a function saw of others in its group is not on disk yet, so no answer
// leaves before the commit, be it an error of the function itself. A function that
// fails after it has written cannot be undone alone: the transaction is rolled
// back, the others stand in line again, and it runs once more as the first of a
// new one, to see whether it fails on what is on disk.

const (
	// maxCalls bounds a group, and so how long its first call waits for the last.
	maxCalls = 256
	// maxTries is the try on which a call commits without letting others in, so
	// that no stream of failing calls can keep rolling it back.
	maxTries = 3
)

// errAgain tells the calls of a group that it was rolled back through another's fault.
var errAgain = errors.New("rolled back with another call")

// group is the calls that share one transaction.
type group struct {
	tables *tables
	calls  int           // functions that ran
	dirty  bool          // there is something to commit
	done   chan struct{} // closed when err is final
	err    error
}

// Update runs fn and returns after its changes are on disk. fn runs on the
// caller's goroutine and must be quick, because other writers wait for it. A done
// ctx ends the waiting in line, but not a function or a commit that has begun.
func (d *DB) Update(ctx context.Context, fn func(kv.Writer) error) error {
	d.updates.Add(1)
	for try := 1; ; try++ {
		if err := d.turn.take(ctx, kv.IsApart(ctx)); err != nil {
			return err
		}
		if err := d.share(ctx, fn, try); err != errAgain {
			return err
		}
	}
}

// share runs fn in the open group with the turn, which it passes on.
func (d *DB) share(ctx context.Context, fn func(kv.Writer) error, try int) error {
	g, err := d.join()
	if err != nil {
		d.turn.release()
		return err
	}
	depends := g.dirty // on changes that are not on disk
	wrote, err := d.call(ctx, g, fn)
	if err != nil && wrote {
		d.abandon(g)
		if depends {
			return d.share(ctx, fn, try)
		}
		d.turn.release()
		return err
	}
	d.conclude(g, try)
	if depends || wrote {
		<-g.done
		if g.err != nil {
			return g.err
		}
	}
	return err
}

// join returns the open group, or begins one.
func (d *DB) join() (*group, error) {
	if d.group != nil {
		return d.group, nil
	}
	if err := d.Healthy(); err != nil {
		return nil, err
	}
	tx, err := d.begin()
	if err != nil {
		return nil, fmt.Errorf("begin write: %w", err)
	}
	d.group = &group{tables: d.tables(tx), done: make(chan struct{})}
	return d.group, nil
}

func (d *DB) begin() (tx *bbolt.Tx, err error) {
	defer guard(&err)
	return d.bolt.Begin(true)
}

// call runs fn and reports whether it changed anything. If fn panics or ends its
// goroutine, the group is rolled back and the turn passed on.
func (d *DB) call(ctx context.Context, g *group, fn func(kv.Writer) error) (wrote bool, err error) {
	w := &writer{reader: reader{ctx: ctx, tables: g.tables}, line: &d.turn}
	returned := false
	defer func() {
		w.end()
		if !returned {
			d.abandon(g)
			d.turn.release()
		}
	}()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	if err = ctx.Err(); err == nil {
		err = fn(w)
	}
	returned = true
	g.calls++
	g.dirty = g.dirty || w.wrote
	return w.wrote, err
}

// conclude lets the next in line continue the group, or ends it if there is none.
func (d *DB) conclude(g *group, try int) {
	if try < maxTries && g.calls < maxCalls && d.turn.pass() {
		return
	}
	d.group = nil
	if g.dirty {
		g.err = d.commit(g.tables.tx)
	} else {
		g.tables.tx.Rollback()
	}
	close(g.done)
	d.turn.release()
}

// abandon rolls the group back and sends those who ran in it to stand in line again.
func (d *DB) abandon(g *group) {
	d.group = nil
	g.tables.tx.Rollback()
	g.err = errAgain
	close(g.done)
}

// commit makes tx durable. Any error but a full disk stops writing for good, and
// what became of the changes is known only after a restart.
func (d *DB) commit(tx *bbolt.Tx) error {
	err := commit(tx)
	switch {
	case err == nil:
		d.commits.Add(1)
		return nil
	case full(err):
		return fmt.Errorf("%w: %w", kv.ErrFull, err)
	}
	return d.fail(fmt.Errorf("commit: %w", err))
}

func commit(tx *bbolt.Tx) (err error) {
	defer guard(&err)
	defer tx.Rollback() // gives up the lock after a panic; does nothing otherwise
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return tx.Commit()
}

// full reports whether a write, not a sync, found no room. Then only pages that
// nothing refers to were touched, and bbolt has gone back to the last commit. A
// sync that fails comes from bbolt as a bare errno, and whatever its number, the
// kernel may have dropped the pages it was about, so the next could wrongly succeed.
func full(err error) bool {
	var write *fs.PathError
	return errors.As(err, &write) && write.Op == "write" &&
		(errors.Is(write.Err, syscall.ENOSPC) || errors.Is(write.Err, syscall.EDQUOT))
}
