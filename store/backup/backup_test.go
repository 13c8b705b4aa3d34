package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/store/backup"
	"pocketpass/store/kv"
	"pocketpass/store/kv/boltkv"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var taken = time.Date(2026, 11, 21, 18, 30, 0, 0, time.UTC)

func meta() backup.Meta {
	return backup.Meta{
		Time: taken, Program: "pocketpass 1.2.3", StoreVersion: 7,
		Files: []backup.File{{Name: "master.key", Data: []byte("secret\n")}},
	}
}

func openAt(t testing.TB, path string) *boltkv.DB {
	t.Helper()
	d, err := boltkv.Open(path, boltkv.Options{LockWait: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// sample is a database with n records.
func sample(t testing.TB, n int) *boltkv.DB {
	t.Helper()
	d := openAt(t, filepath.Join(t.TempDir(), "source.db"))
	err := d.Update(t.Context(), func(w kv.Writer) error {
		for i := range n {
			if err := w.Put("a", fmt.Appendf(nil, "%06d", i), make([]byte, 100)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// archive returns a backup of a database with n records.
func archive(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := backup.Write(t.Context(), sample(t, n), &b, meta()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func records(t *testing.T, e kv.Engine) (n int) {
	t.Helper()
	err := e.View(context.Background(), func(r kv.Reader) error {
		return r.Scan("a", kv.Range{}, func(_, _ []byte) error { n++; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestManifest(t *testing.T) {
	b := archive(t, 1)
	m, err := backup.Verify(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, f := range m.Files {
		names = append(names, f.Name)
	}
	if !m.Time.Equal(taken) || m.Program != "pocketpass 1.2.3" || m.StoreVersion != 7 || !slices.Equal(names, []string{"pocketpass.db", "master.key"}) {
		t.Errorf("got %+v", m)
	}
	if !bytes.Equal(b, archive(t, 1)) {
		t.Error("the same content and time gave another archive")
	}
}

// TestLayout holds the list of files and the manifest, which scripts may rely on.
// The size and hash of the database depend on the page size of the machine.
func TestLayout(t *testing.T) {
	b := archive(t, 1)
	m, err := backup.Verify(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var listing bytes.Buffer
	r := tar.NewReader(bytes.NewReader(b))
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&listing, "%s %o %s\n", h.Name, h.Mode, h.ModTime.UTC().Format(time.RFC3339))
		if h.Name == "manifest.json" {
			io.Copy(&listing, r)
		}
	}
	got := strings.NewReplacer(m.Files[0].SHA256, "HASH", fmt.Sprintf(": %d,", m.Files[0].Size), ": SIZE,").Replace(listing.String())
	golden := filepath.Join("testdata", "layout.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestOrdinaryTools opens an archive without this program.
func TestOrdinaryTools(t *testing.T) {
	for _, tool := range []string{"tar", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool, "is not installed")
		}
	}
	dir := t.TempDir()
	unpack := exec.Command("tar", "-x")
	unpack.Dir, unpack.Stdin = dir, bytes.NewReader(archive(t, 100))
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v %s", err, out)
	}
	check := exec.Command("sha256sum", "-c", "manifest.json.sha256")
	check.Dir = dir
	if out, err := check.CombinedOutput(); err != nil || !strings.Contains(string(out), "manifest.json: OK") {
		t.Errorf("sha256sum: %v %s", err, out)
	}
	if n := records(t, openAt(t, filepath.Join(dir, "pocketpass.db"))); n != 100 {
		t.Errorf("the unpacked database has %d records, want 100", n)
	}
}

// TestWhileWriting takes backups under load: each holds everything that was
// acknowledged before it began.
func TestWhileWriting(t *testing.T) {
	d := sample(t, 0)
	acknowledged, stop := 0, make(chan struct{})
	var mu sync.Mutex
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := d.Update(t.Context(), func(w kv.Writer) error { return w.Put("a", fmt.Appendf(nil, "%06d", i), make([]byte, 500)) }); err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			acknowledged++
			mu.Unlock()
		}
	})
	for range 5 {
		mu.Lock()
		before := acknowledged
		mu.Unlock()
		r, w := io.Pipe()
		go func() { w.CloseWithError(backup.Write(context.Background(), d, w, meta())) }()
		dir := t.TempDir()
		if _, err := backup.Restore(t.Context(), r, dir, options()); err != nil {
			t.Fatal(err)
		}
		restored := openAt(t, filepath.Join(dir, "pocketpass.db"))
		if n := records(t, restored); n < before {
			t.Errorf("the backup has %d records, but %d were acknowledged before", n, before)
		}
		restored.Close()
	}
	close(stop)
	wg.Wait()
}

func TestWriteRefuses(t *testing.T) {
	d := sample(t, 1)
	tests := []struct {
		name  string
		spoil func(*backup.Meta)
		says  string
	}{
		{"folder in a name", func(m *backup.Meta) { m.Files[0].Name = "../master.key" }, `file name "../master.key"`},
		{"own name", func(m *backup.Meta) { m.Files[0].Name = "manifest.json" }, `file name "manifest.json"`},
		{"no name", func(m *backup.Meta) { m.Files[0].Name = "" }, `file name ""`},
		{"same name twice", func(m *backup.Meta) { m.Files[0].Name = "pocketpass.db" }, "named twice"},
		{"too large", func(m *backup.Meta) { m.Files[0].Data = make([]byte, 16<<20+1) }, "are more than"},
		{"too many", func(m *backup.Meta) {
			for i := range 64 {
				m.Files = append(m.Files, backup.File{Name: fmt.Sprint(i)})
			}
		}, "are more than 64"},
	}
	for _, test := range tests {
		m := meta()
		test.spoil(&m)
		var b bytes.Buffer
		if err := backup.Write(t.Context(), d, &b, m); err == nil || !strings.Contains(err.Error(), test.says) || b.Len() > 0 {
			t.Errorf("%s: got %v and %d bytes, want %q and none", test.name, err, b.Len(), test.says)
		}
	}
	if err := backup.Write(t.Context(), struct{ kv.Engine }{d}, io.Discard, meta()); err == nil || !strings.Contains(err.Error(), "own tools") {
		t.Errorf("an engine without sized snapshots: %v", err)
	}
}

// TestBrokenPipe is what happens when the other side goes away.
func TestBrokenPipe(t *testing.T) {
	gone := errors.New("gone")
	for _, after := range []int{0, 1000, 5000, 50_000} {
		if err := backup.Write(t.Context(), sample(t, 2000), &limited{after, gone}, meta()); !errors.Is(err, gone) {
			t.Errorf("after %d bytes: got %v", after, err)
		}
	}
}

type limited struct {
	left int
	err  error
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, l.err
	}
	return len(p), nil
}

func wantFiles(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if slices.Sort(names); !slices.Equal(got, names) {
		t.Errorf("%s holds %q, want %q", filepath.Base(dir), got, names)
	}
}

// Save keeps whole archives only, and no older one is lost for them.
func TestSave(t *testing.T) {
	dir, whole := t.TempDir(), archive(t, 10)
	path := filepath.Join(dir, "backup.tar")
	if err := backup.Save(t.Context(), bytes.NewReader(whole[:len(whole)/2]), path); err == nil {
		t.Error("half an archive was saved")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := backup.Save(ctx, bytes.NewReader(whole), path); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if err := backup.Save(t.Context(), bytes.NewReader(whole), path); err != nil {
		t.Fatal(err)
	}
	if err := backup.Save(t.Context(), bytes.NewReader(archive(t, 1)), path); !errors.Is(err, os.ErrExist) {
		t.Errorf("saving over a backup: %v, want os.ErrExist", err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("the file differs from what was saved: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want 0600: it holds keys", info.Mode(), err)
	}
	wantFiles(t, dir, "backup.tar")
}
