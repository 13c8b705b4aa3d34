package backup_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pocketpass/store/backup"
	"pocketpass/store/kv"
	"pocketpass/store/kv/boltkv"
)

func options() backup.RestoreOptions {
	return backup.RestoreOptions{Now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), StoreVersion: 7}
}

const keptName = "replaced-20261122T080000Z"

func TestRestoreIntoNewFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "new")
	result, err := backup.Restore(t.Context(), bytes.NewReader(archive(t, 100)), dir, options())
	if err != nil || result.Kept != "" || result.Manifest.StoreVersion != 7 {
		t.Fatalf("%+v, %v", result, err)
	}
	wantFiles(t, dir, "master.key", "pocketpass.db")
	for _, name := range []string{"master.key", "pocketpass.db"} {
		if info, _ := os.Stat(filepath.Join(dir, name)); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", name, info.Mode())
		}
	}
	if n := records(t, openAt(t, filepath.Join(dir, "pocketpass.db"))); n != 100 {
		t.Errorf("%d records, want 100", n)
	}
}

// TestRestoreKeepsWhatItReplaces: what the archive lacks stays where it is.
func TestRestoreKeepsWhatItReplaces(t *testing.T) {
	dir := inhabited(t)
	result, err := backup.Restore(t.Context(), bytes.NewReader(archive(t, 100)), dir, options())
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(dir, keptName)
	if result.Kept != kept {
		t.Errorf("kept in %q, want %q", result.Kept, kept)
	}
	wantFiles(t, dir, "master.key", "other.txt", "pocketpass.db", keptName)
	wantFiles(t, kept, "master.key", "pocketpass.db")
	wantContent(t, filepath.Join(dir, "master.key"), "secret\n")
	wantContent(t, filepath.Join(dir, "other.txt"), "other")
	wantContent(t, filepath.Join(kept, "master.key"), "old")
	if n := records(t, openAt(t, filepath.Join(dir, "pocketpass.db"))); n != 100 {
		t.Errorf("%d records, want 100", n)
	}
	if n := records(t, openAt(t, filepath.Join(kept, "pocketpass.db"))); n != 1 {
		t.Errorf("the kept database has %d records, want 1", n)
	}
}

func TestRestoreOverDamagedDatabase(t *testing.T) {
	dir := inhabited(t)
	if err := os.WriteFile(filepath.Join(dir, "pocketpass.db"), []byte("ruined"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), bytes.NewReader(archive(t, 3)), dir, options()); err != nil {
		t.Fatal(err)
	}
	wantContent(t, filepath.Join(dir, keptName, "pocketpass.db"), "ruined")
	if n := records(t, openAt(t, filepath.Join(dir, "pocketpass.db"))); n != 3 {
		t.Errorf("%d records, want 3", n)
	}
}

func TestRestoreRefusesDatabaseInUse(t *testing.T) {
	dir := inhabited(t)
	d := openAt(t, filepath.Join(dir, "pocketpass.db"))
	_, err := backup.Restore(t.Context(), bytes.NewReader(archive(t, 3)), dir, options())
	if !errors.Is(err, boltkv.ErrInUse) {
		t.Errorf("got %v, want boltkv.ErrInUse", err)
	}
	d.Close()
	wantUntouched(t, dir)
}

// TestProve leaves all as it is, also where a server runs.
func TestProve(t *testing.T) {
	dir := inhabited(t)
	d := openAt(t, filepath.Join(dir, "pocketpass.db"))
	m, err := backup.Prove(t.Context(), bytes.NewReader(archive(t, 3)), dir, options())
	if err != nil || m.StoreVersion != 7 {
		t.Errorf("%+v, %v", m, err)
	}
	d.Close()
	wantUntouched(t, dir)
}

// TestRestoreKeepsServersOut tries to open the old database while the new one is judged.
func TestRestoreKeepsServersOut(t *testing.T) {
	dir := inhabited(t)
	o := options()
	o.Check = func(context.Context, kv.Engine) error {
		_, err := boltkv.Open(filepath.Join(dir, "pocketpass.db"), boltkv.Options{LockWait: 100 * time.Millisecond})
		if !errors.Is(err, boltkv.ErrInUse) {
			t.Errorf("a server got %v, want boltkv.ErrInUse", err)
		}
		return nil
	}
	if _, err := backup.Restore(t.Context(), bytes.NewReader(archive(t, 3)), dir, o); err != nil {
		t.Error(err)
	}
}

// TestRestoreUndoes fails when one file is replaced and the next cannot be, because
// it vanished after it was unpacked.
func TestRestoreUndoes(t *testing.T) {
	for _, vanishing := range []string{"pocketpass.db", "master.key"} {
		dir := inhabited(t)
		o := options()
		o.Check = func(context.Context, kv.Engine) error {
			staged, err := filepath.Glob(filepath.Join(dir, ".restore-*", vanishing))
			if len(staged) != 1 {
				t.Fatalf("unpacked are %v (%v)", staged, err)
			}
			return os.Remove(staged[0])
		}
		if _, err := backup.Restore(t.Context(), bytes.NewReader(archive(t, 3)), dir, o); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("without %s: got %v, want os.ErrNotExist", vanishing, err)
		}
		wantUntouched(t, dir)
	}
}

// TestRestoreUndoesNewFiles fails when a new file is in place and the folder for
// the old ones cannot be made.
func TestRestoreUndoesNewFiles(t *testing.T) {
	dir := inhabited(t)
	if err := errors.Join(os.Remove(filepath.Join(dir, "master.key")), os.Mkdir(filepath.Join(dir, keptName), 0o700),
		os.WriteFile(filepath.Join(dir, keptName, "x"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), bytes.NewReader(archive(t, 3)), dir, options()); !errors.Is(err, os.ErrExist) {
		t.Errorf("got %v, want os.ErrExist", err)
	}
	wantFiles(t, dir, "other.txt", "pocketpass.db", keptName)
}

// TestRestoreRefuses archives that are whole but must not be taken.
func TestRestoreRefuses(t *testing.T) {
	good := archive(t, 3)
	wrong := errors.New("a record is wrong")
	older := options()
	older.StoreVersion = 6
	judged := options()
	judged.Check = func(ctx context.Context, e kv.Engine) error {
		if n := records(t, e); n != 3 {
			t.Errorf("the check sees %d records, want 3", n)
		}
		return wrong
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name    string
		ctx     context.Context
		archive []byte
		options backup.RestoreOptions
		is      error
		says    string
	}{
		{"newer records", t.Context(), good, older, nil, "newer than version 6 of this program"},
		{"records refused", t.Context(), good, judged, wrong, "a record is wrong"},
		{"not a database", t.Context(), build(t, file{"pocketpass.db", "text"}), options(), boltkv.ErrDamaged, "damaged"},
		{"wiped page", t.Context(), build(t, file{"pocketpass.db", wiped(t)}), options(), boltkv.ErrDamaged, "damaged"},
		{"done context", done, good, options(), context.Canceled, "canceled"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := inhabited(t)
			_, err := backup.Restore(test.ctx, bytes.NewReader(test.archive), dir, test.options)
			if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %v saying %q", err, test.is, test.says)
			}
			wantUntouched(t, dir)
			_, err = backup.Prove(test.ctx, bytes.NewReader(test.archive), dir, test.options)
			if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("Prove: got %v, want %v saying %q", err, test.is, test.says)
			}
			wantUntouched(t, dir)
		})
	}
}

// TestBadArchives are refused by Verify and by Restore, in one sentence.
func TestBadArchives(t *testing.T) {
	var zipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	z.Create("pocketpass-backup")
	z.Close()
	db := file{"pocketpass.db", "x"}
	tests := []struct {
		name    string
		archive []byte
		says    string
	}{
		{"empty", nil, "cut short"},
		{"text", []byte(strings.Repeat("hello ", 1000)), "no tar file"},
		{"zip", append(zipped.Bytes(), make([]byte, 1024)...), "no tar file"},
		{"zeros", make([]byte, 4096), "cut short"},
		{"foreign tar", packed(t, file{"etc/passwd", "root"}), `begins with "etc/passwd"`},
		{"later format", packed(t, file{"pocketpass-backup", "2\n"}), "has format 2"},
		{"odd format", packed(t, file{"pocketpass-backup", "one"}), "format is not a number"},
		{"no manifest", packed(t, marker, db), "cut short"},
		{"manifest without sum", packed(t, marker, db, file{"manifest.json", "{}"}), "cut short"},
		{"sum without manifest", packed(t, marker, db, file{"manifest.json.sha256", ""}), "manifest does not match"},
		{"no files", build(t), "does not hold the files"},
		{"parent folder", build(t, db, file{"../up", "x"}), `file name "../up"`},
		{"absolute name", build(t, db, file{"/tmp/x", "x"}), `file name "/tmp/x"`},
		{"hidden name", build(t, db, file{".x", "x"}), `file name ".x"`},
		{"backslash", build(t, db, file{`a\b`, "x"}), "file name"},
		{"twice", build(t, db, db), `"pocketpass.db" is there twice`},
		{"large file", build(t, db, file{"large", strings.Repeat("x", 16<<20+1)}), "more than 16777216"},
		{"too many", build(t, many()...), "more than 64 files"},
		{"after the manifest", packed(t, marker, db, manifest(t, db), file{"extra", "x"}), `"extra" follows the manifest`},
		{"file that is not listed", packed(t, marker, db, file{"extra", "x"}, manifest(t, db), sum(manifest(t, db))), "does not hold the files"},
		{"listed file missing", packed(t, marker, db, manifest(t, db, file{"extra", "x"}), sum(manifest(t, db, file{"extra", "x"}))), "does not hold the files"},
		{"other content", packed(t, marker, db, manifest(t, file{"pocketpass.db", "y"}), sum(manifest(t, file{"pocketpass.db", "y"}))), "does not match its hash"},
		{"manifest that is no JSON", packed(t, marker, db, file{"manifest.json", "x"}, sum(file{"manifest.json", "x"})), "manifest cannot be read"},
		{"symbolic link", links(t), "not a regular file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := backup.Verify(bytes.NewReader(test.archive)); err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Verify: got %v, want one line with %q", err, test.says)
			}
			dir := inhabited(t)
			if _, err := backup.Restore(t.Context(), bytes.NewReader(test.archive), dir, options()); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("Restore: got %v, want %q", err, test.says)
			}
			wantUntouched(t, dir)
		})
	}
}

func TestTruncatedArchive(t *testing.T) {
	b := archive(t, 500)
	end := len(b) - 1024 - 512 // of the last header; the rest is its content, padding and the end mark
	for cut := 0; cut < end; cut += 997 {
		if _, err := backup.Verify(bytes.NewReader(b[:cut])); !errors.Is(err, backup.ErrInvalid) {
			t.Fatalf("with %d of %d bytes: got %v, want ErrInvalid", cut, len(b), err)
		}
	}
	dir := inhabited(t)
	if _, err := backup.Restore(t.Context(), bytes.NewReader(b[:end]), dir, options()); !errors.Is(err, backup.ErrInvalid) {
		t.Errorf("got %v, want ErrInvalid", err)
	}
	wantUntouched(t, dir)
}

// TestFlippedBits changes one bit at a time. Padding and spare fields of the tar
// mean nothing; everything else has to be noticed.
func TestFlippedBits(t *testing.T) {
	b := archive(t, 50)
	want, err := backup.Verify(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	wantText, _ := json.Marshal(want)
	random := rand.New(rand.NewPCG(1, 2))
	noticed := 0
	const rounds = 2000
	for range rounds {
		at, bit := random.IntN(len(b)), byte(1)<<random.IntN(8)
		b[at] ^= bit
		if m, err := backup.Verify(bytes.NewReader(b)); err != nil {
			noticed++
		} else if text, _ := json.Marshal(m); !bytes.Equal(text, wantText) {
			t.Errorf("bit %08b of byte %d changed the manifest unnoticed", bit, at)
		}
		b[at] ^= bit
	}
	if noticed < rounds*8/10 {
		t.Errorf("%d of %d flipped bits were noticed; the database alone is more of the archive", noticed, rounds)
	}
}

// inhabited is a data folder with a database of one record, a key and another file.
func inhabited(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	d := openAt(t, filepath.Join(dir, "pocketpass.db"))
	err := d.Update(t.Context(), func(w kv.Writer) error { return w.Put("a", []byte("old"), nil) })
	for name, content := range map[string]string{"master.key": "old", "other.txt": "other"} {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func wantUntouched(t *testing.T, dir string) {
	t.Helper()
	wantFiles(t, dir, "master.key", "other.txt", "pocketpass.db")
	wantContent(t, filepath.Join(dir, "master.key"), "old")
	d := openAt(t, filepath.Join(dir, "pocketpass.db"))
	defer d.Close()
	if n := records(t, d); n != 1 {
		t.Errorf("the old database has %d records, want 1", n)
	}
}

func wantContent(t *testing.T, path, want string) {
	t.Helper()
	if b, err := os.ReadFile(path); err != nil || string(b) != want {
		t.Errorf("%s holds %q (%v), want %q", filepath.Base(path), b, err, want)
	}
}

// wiped is a database one page of which is zeros.
func wiped(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := sample(t, 1000).Snapshot(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	clear(b.Bytes()[10*4096:][:4096])
	return b.String()
}

// file is a member of an archive made by hand.
type file struct{ name, content string }

var marker = file{"pocketpass-backup", "1\n"}

// build makes an archive of files that are listed with right hashes.
func build(t *testing.T, files ...file) []byte {
	m := manifest(t, files...)
	return packed(t, append(append([]file{marker}, files...), m, sum(m))...)
}

func packed(t *testing.T, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.content)), Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(f.content))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func manifest(t *testing.T, files ...file) file {
	t.Helper()
	m := backup.Manifest{Format: 1, StoreVersion: 7, Database: "pocketpass.db"}
	for _, f := range files {
		m.Files = append(m.Files, backup.Entry{Name: f.name, Size: int64(len(f.content)), SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(f.content)))})
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return file{"manifest.json", string(text)}
}

func sum(m file) file {
	return file{"manifest.json.sha256", fmt.Sprintf("%x  manifest.json\n", sha256.Sum256([]byte(m.content)))}
}

func many() (files []file) {
	files = append(files, file{"pocketpass.db", "x"})
	for i := range 64 {
		files = append(files, file{fmt.Sprint(i), "x"})
	}
	return files
}

func links(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	w.WriteHeader(&tar.Header{Name: marker.name, Size: 2, Mode: 0o600})
	w.Write([]byte(marker.content))
	w.WriteHeader(&tar.Header{Name: "pocketpass.db", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"})
	w.Close()
	return b.Bytes()
}
