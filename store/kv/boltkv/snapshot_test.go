package boltkv_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"pocketpass/store/kv"
)

// TestSnapshotDoesNotHoldUpWriters copies to a reader that stands still while the
// file grows to many times its size.
func TestSnapshotDoesNotHoldUpWriters(t *testing.T) {
	d := openNew(t)
	if err := d.Update(t.Context(), putKey("before")); err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	copied := make(chan error, 1)
	go func() { copied <- errors.Join(d.Snapshot(context.Background(), w), w.Close()) }()
	head := make([]byte, 1)
	if _, err := io.ReadFull(r, head); err != nil { // it has begun
		t.Fatal(err)
	}
	size := d.Stats().FileBytes
	for i := range 20 {
		err := d.Update(t.Context(), func(w kv.Writer) error {
			return w.Put("a", fmt.Appendf(nil, "%d", i), make([]byte, 2<<20))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if grown := d.Stats().FileBytes; grown < 2*size {
		t.Fatalf("the file has %d bytes, from %d: it did not outgrow a mapping", grown, size)
	}
	rest, err := io.ReadAll(r)
	if err := errors.Join(err, <-copied); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, append(head, rest...), 0o600); err != nil {
		t.Fatal(err)
	}
	c := openAt(t, path)
	wantCount(t, c, "a", 1)
	if err := c.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSnapshotSized(t *testing.T) {
	d := openNew(t)
	var announced, written int64
	err := d.SnapshotSized(t.Context(), func(size int64) (io.Writer, error) {
		announced = size
		return counter{&written}, nil
	})
	if err != nil || announced == 0 || announced != written {
		t.Errorf("announced %d, wrote %d bytes (%v)", announced, written, err)
	}
	refused := errors.New("refused")
	err = d.SnapshotSized(t.Context(), func(int64) (io.Writer, error) { return nil, refused })
	if !errors.Is(err, refused) {
		t.Errorf("got %v, want the error of begin", err)
	}
}

func TestSnapshotEndsWithContext(t *testing.T) {
	d := openNew(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := d.Snapshot(ctx, writerFunc(func(p []byte) (int, error) { cancel(); return len(p), nil }))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if n := d.Stats().OpenViews; n != 0 {
		t.Errorf("%d snapshots are still open", n)
	}
}

type counter struct{ n *int64 }

func (c counter) Write(p []byte) (int, error) { *c.n += int64(len(p)); return len(p), nil }

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
