package boltkv

import (
	"context"
	"fmt"
	"io"
)

// Snapshot writes a copy of the file as of now; reads and writes go on. Space
// that is freed meanwhile is used again only afterwards, so a slow w lets the
// file grow.
func (d *DB) Snapshot(ctx context.Context, w io.Writer) error {
	return d.SnapshotSized(ctx, func(int64) (io.Writer, error) { return w, nil })
}

// SnapshotSized is Snapshot that tells begin the number of bytes first.
func (d *DB) SnapshotSized(ctx context.Context, begin func(size int64) (io.Writer, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tx, err := d.bolt.Begin(false)
	if err != nil {
		return fmt.Errorf("begin read: %w", err)
	}
	defer tx.Rollback()
	w, err := begin(tx.Size())
	if err != nil {
		return err
	}
	out := &interruptible{ctx: ctx, w: w}
	if _, err = tx.WriteTo(out); out.err != nil {
		return out.err
	}
	return err
}

// interruptible ends a long copy when its context is done. It keeps the first
// error, of which bbolt passes on only the text.
type interruptible struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (i *interruptible) Write(p []byte) (n int, err error) {
	if err = i.ctx.Err(); err == nil {
		n, err = i.w.Write(p)
	}
	i.err = err // the copy ends with the first
	return n, err
}
