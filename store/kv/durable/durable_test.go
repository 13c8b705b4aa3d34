package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"pocketpass/store/kv/durable"
)

func TestPlaceNeverReplaces(t *testing.T) {
	dir := t.TempDir()
	first, second, name := filepath.Join(dir, "1"), filepath.Join(dir, "2"), filepath.Join(dir, "name")
	write(t, first, "first")
	write(t, second, "second")
	if err := durable.Place(first, name); err != nil {
		t.Fatal(err)
	}
	if err := durable.Place(second, name); !errors.Is(err, fs.ErrExist) {
		t.Errorf("placing over a file: got %v, want fs.ErrExist", err)
	}
	wantFile(t, name, "first")
	wantGone(t, first)
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	fresh, name := filepath.Join(dir, "fresh"), filepath.Join(dir, "name")
	write(t, name, "old")
	write(t, fresh, "new")
	if err := durable.Replace(fresh, name); err != nil {
		t.Fatal(err)
	}
	wantFile(t, name, "new")
	wantGone(t, fresh)
}

func TestSyncDirOfMissingFolder(t *testing.T) {
	if err := durable.SyncDir(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantFile(t *testing.T, path, content string) {
	t.Helper()
	if b, err := os.ReadFile(path); err != nil || string(b) != content {
		t.Errorf("%s holds %q (%v), want %q", filepath.Base(path), b, err, content)
	}
}

func wantGone(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there (%v)", filepath.Base(path), err)
	}
}
