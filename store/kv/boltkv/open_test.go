package boltkv_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pocketpass/store/kv"
	"pocketpass/store/kv/boltkv"
)

func TestNewFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "test.db")
	openAt(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %o, want 600: it holds keys and tokens", mode)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("the folder holds %v, want the database alone", entries)
	}
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	d := openAt(t, path)
	if err := d.Update(t.Context(), putKey("k")); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	wantCount(t, openAt(t, path), "a", 1)
}

func TestRefused(t *testing.T) {
	zeros := make([]byte, 64<<10)
	tests := []struct {
		name    string
		prepare func(path string) error
		is      error
		says    string
	}{
		{"folder", func(p string) error { return os.Mkdir(p, 0o700) }, nil, "it is a folder"},
		{"device", func(p string) error { return os.Symlink("/dev/null", p) }, nil, "not a regular file"},
		{"empty", func(p string) error { return os.WriteFile(p, nil, 0o600) }, boltkv.ErrDamaged, "it is empty; restore a backup"},
		{"short", func(p string) error { return os.WriteFile(p, zeros[:5000], 0o600) }, boltkv.ErrDamaged, "5000 bytes only; choose another file"},
		{"text", func(p string) error { return os.WriteFile(p, []byte(strings.Repeat("hello ", 9999)), 0o600) }, boltkv.ErrDamaged, "choose another file"},
		{"zeros", func(p string) error { return os.WriteFile(p, zeros, 0o600) }, boltkv.ErrDamaged, "choose another file"},
		{"missing folder", func(p string) error { return os.Remove(filepath.Dir(p)) }, os.ErrNotExist, "no such file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "folder", "test.db")
			if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), test.prepare(path)); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(path)
			_, err := boltkv.Open(path, boltkv.Options{})
			if err == nil || !strings.Contains(err.Error(), test.says) || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("got %v, want %v saying %q", err, test.is, test.says)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the refused file was changed")
			}
		})
	}
}

func TestReadOnly(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("permissions do not bind root")
	}
	path := filepath.Join(t.TempDir(), "test.db")
	openAt(t, path).Close()
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := boltkv.Open(path, boltkv.Options{}); !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "must own the file") {
		t.Errorf("got %v", err)
	}
}

func TestSecondOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	d := openAt(t, path)
	began := time.Now()
	_, err := boltkv.Open(path, boltkv.Options{LockWait: 100 * time.Millisecond})
	if !errors.Is(err, boltkv.ErrInUse) || !strings.Contains(err.Error(), "process") {
		t.Errorf("got %v, want ErrInUse naming the process", err)
	}
	if waited := time.Since(began); waited > time.Second {
		t.Errorf("refused after %v", waited)
	}
	d.Close()
	openAt(t, path)
}

// TestConcurrentCreation starts many at once on a folder without a database: all
// get the same file, one after the other.
func TestConcurrentCreation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	errs := make(chan error)
	const n = 8
	for i := range n {
		go func() {
			d, err := boltkv.Open(path, boltkv.Options{LockWait: time.Minute})
			if err == nil {
				err = errors.Join(d.Update(t.Context(), putKey(fmt.Sprint(i))), d.Close())
			}
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	wantCount(t, openAt(t, path), "a", n)
}

func TestTruncated(t *testing.T) {
	image := sample(t)
	for _, missing := range []int{1, 4096, len(image) / 9, len(image) / 2, len(image) - 8192} {
		path := filepath.Join(t.TempDir(), "test.db")
		if err := os.WriteFile(path, image[:len(image)-missing], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := boltkv.Open(path, boltkv.Options{}); !errors.Is(err, boltkv.ErrDamaged) {
			t.Errorf("with %d of %d bytes missing: got %v, want ErrDamaged", missing, len(image), err)
		}
	}
}

// TestDamaged opens, checks, reads and writes ruined copies. What is required is
// that the program survives, and that it knows of pages that were wiped.
func TestDamaged(t *testing.T) {
	image := sample(t)
	const page = 4096
	kinds := map[string]func(*rand.Rand, []byte){
		"invert": func(r *rand.Rand, b []byte) {
			for i, at := 0, r.IntN(len(b)-64); i < 64; i++ {
				b[at+i] ^= 0xff
			}
		},
		"wipe":   func(r *rand.Rand, b []byte) { clear(b[r.IntN(len(b)/page)*page:][:page]) },
		"swap":   func(r *rand.Rand, b []byte) { copy(b[r.IntN(len(b)/page)*page:][:page], b[r.IntN(len(b)/page)*page:]) },
		"header": func(r *rand.Rand, b []byte) { b[r.IntN(2*page)] ^= 1 << r.IntN(8) },
	}
	for name, ruin := range kinds {
		t.Run(name, func(t *testing.T) {
			found, path := 0, filepath.Join(t.TempDir(), "test.db")
			for seed := range uint64(40) {
				b := bytes.Clone(image)
				ruin(rand.New(rand.NewPCG(seed, 1)), b)
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := survive(t, path); errors.Is(err, boltkv.ErrDamaged) {
					found++
				} else if err != nil {
					t.Errorf("seed %d: got %v, want ErrDamaged", seed, err)
				}
			}
			t.Logf("%d of 40 found", found)
			if name == "wipe" && found < 35 {
				t.Errorf("only %d of 40 wiped pages were noticed", found)
			}
		})
	}
}

// survive does everything with the file at path and returns the first error.
func survive(t *testing.T, path string) error {
	d, err := boltkv.Open(path, boltkv.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Check(t.Context()); err != nil {
		return err
	}
	err = d.View(t.Context(), func(r kv.Reader) error {
		return r.Scan("a", kv.Range{Reverse: true}, func(key, _ []byte) error {
			_, _, err := r.Get("a", key)
			return err
		})
	})
	return errors.Join(err, d.Update(t.Context(), putKey("k")))
}

// sample returns the bytes of a database of about 500 kB. Its last pages hold
// records: the list of free pages has moved to the front.
func sample(t *testing.T) []byte {
	t.Helper()
	d := openNew(t)
	err := d.Update(t.Context(), func(w kv.Writer) error {
		for i := range 4000 {
			if err := w.Put("a", fmt.Appendf(nil, "%06d", i), make([]byte, 50)); err != nil {
				return err
			}
		}
		return nil
	})
	err = errors.Join(err, d.Update(t.Context(), putKey("000000")))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := d.Snapshot(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
