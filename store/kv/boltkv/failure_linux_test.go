package boltkv_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"pocketpass/store/kv"
	"pocketpass/store/kv/boltkv"
)

// swap puts device in the place of the open database file, behind the engine's
// back, until the returned function is called. Writing to /dev/full finds no
// space; /dev/null takes every write and cannot be synced.
func swap(t *testing.T, path, device string) (restore func()) {
	t.Helper()
	fd := descriptor(t, path)
	kept, err := syscall.Dup(fd)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Dup3(int(f.Fd()), fd, syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	restore = func() {
		if err := errors.Join(syscall.Dup3(kept, fd, syscall.O_CLOEXEC), syscall.Close(kept)); err != nil {
			t.Error(err)
		}
	}
	return restore
}

// descriptor finds the number under which this process has path open.
func descriptor(t *testing.T, path string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if target, _ := os.Readlink("/proc/self/fd/" + e.Name()); target == path {
			fd, _ := strconv.Atoi(e.Name())
			return fd
		}
	}
	t.Fatalf("%s is not open", path)
	return 0
}

// openWithRoom returns a database that has free pages, so that small writes need
// not grow the file.
func openWithRoom(t *testing.T) (d *boltkv.DB, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "test.db")
	d = openAt(t, path)
	for _, change := range []func(kv.Writer, []byte) error{
		func(w kv.Writer, key []byte) error { return w.Put("a", key, make([]byte, 1000)) },
		func(w kv.Writer, key []byte) error { return w.Delete("a", key) },
	} {
		err := d.Update(t.Context(), func(w kv.Writer) error {
			for i := range 500 {
				if err := change(w, fmt.Appendf(nil, "%04d", i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Update(t.Context(), putKey("acknowledged")); err != nil {
		t.Fatal(err)
	}
	return d, path
}

func TestFullDisk(t *testing.T) {
	d, path := openWithRoom(t)
	restore := swap(t, path, "/dev/full")
	for _, err := range queue(t, d, putKey("1"), putKey("2")) {
		if !errors.Is(err, kv.ErrFull) {
			t.Errorf("got %v, want kv.ErrFull", err)
		}
	}
	wantCount(t, d, "a", 1)
	restore()
	if err := errors.Join(d.Healthy(), d.Update(t.Context(), putKey("3")), d.Check(t.Context())); err != nil {
		t.Errorf("with space again: %v", err)
	}
	wantCount(t, d, "a", 2)
	d.Close()
	wantCount(t, openAt(t, path), "a", 2)
}

func TestFailedSync(t *testing.T) {
	d, path := openWithRoom(t)
	exists := errors.New("exists")
	claim := func(w kv.Writer) error {
		if _, ok, err := w.Get("a", []byte("1")); ok || err != nil {
			return errors.Join(exists, err)
		}
		return nil
	}
	restore := swap(t, path, "/dev/null")
	for i, err := range queue(t, d, putKey("1"), putKey("2"), claim) {
		if !errors.Is(err, kv.ErrFailed) || !errors.Is(err, syscall.EINVAL) || errors.Is(err, exists) {
			t.Errorf("call %d: got %v, want kv.ErrFailed with its cause: nothing of its group is on disk", i, err)
		}
	}
	restore() // the disk is well again, but who knows what it lost
	if err := d.Update(t.Context(), putKey("3")); !errors.Is(err, kv.ErrFailed) {
		t.Errorf("a write after a failed sync: got %v, want kv.ErrFailed", err)
	}
	if err := d.Healthy(); !errors.Is(err, kv.ErrFailed) || !errors.Is(err, syscall.EINVAL) {
		t.Errorf("Healthy: %v", err)
	}
	wantCount(t, d, "a", 1)
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	wantCount(t, openAt(t, path), "a", 1)
}
