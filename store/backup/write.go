package backup

import (
	"archive/tar"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"pocketpass/store/kv"
	"pocketpass/store/kv/durable"
)

// WriteFile writes an archive to a file of mode 0600. It appears under its name
// when it is complete and synced, and does not replace another.
func WriteFile(ctx context.Context, engine kv.Engine, path string, meta Meta) error {
	return create(path, func(f *os.File) error { return write(ctx, engine, f, meta) })
}

// Save is WriteFile for an archive that comes from elsewhere. It is verified before
// it gets its name.
func Save(ctx context.Context, r io.Reader, path string) error {
	return create(path, func(f *os.File) error {
		if _, err := io.Copy(f, interruptible{ctx, r}); err != nil {
			return err
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		_, err := Verify(f)
		return err
	})
}

// create makes a file that has its name only when it is complete and synced. It looks
// for an older one first, so that nobody waits for an archive that has no place.
func create(path string, fill func(*os.File) error) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("back up: %s is there already: choose another name or move it away: %w", path, fs.ErrExist)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // of mode 0600
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer os.Remove(tmp.Name())
	if err = errors.Join(fill(tmp), tmp.Sync(), tmp.Close()); err == nil {
		err = durable.Place(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

// Write writes an archive to w while engine serves reads and writes. Everything
// that was acknowledged before the call is in it. After an error, what w got is
// incomplete, and Verify and Restore refuse it.
func Write(ctx context.Context, engine kv.Engine, w io.Writer, meta Meta) error {
	if err := write(ctx, engine, w, meta); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

func write(ctx context.Context, engine kv.Engine, w io.Writer, meta Meta) error {
	meta.Database = cmp.Or(meta.Database, DefaultDatabase)
	if err := meta.validate(); err != nil {
		return err
	}
	sized, ok := engine.(kv.Sized)
	if !ok {
		return errors.New("this database engine has no snapshots that fit an archive; use the database's own tools")
	}
	a := &archive{tar: tar.NewWriter(w), manifest: Manifest{
		Format: Format, Time: meta.Time.UTC(), Program: meta.Program, StoreVersion: meta.StoreVersion, Database: meta.Database,
	}}
	if err := a.add(markerName, fmt.Appendf(nil, "%d\n", Format)); err != nil {
		return err
	}
	if err := a.addDatabase(ctx, sized); err != nil {
		return err
	}
	for _, f := range meta.Files {
		if err := a.addListed(f); err != nil {
			return err
		}
	}
	return a.close()
}

// archive is a tar under construction.
type archive struct {
	tar      *tar.Writer
	manifest Manifest
}

func (a *archive) header(name string, size int64) error {
	return a.tar.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: a.manifest.Time.Truncate(time.Second),
	})
}

func (a *archive) add(name string, data []byte) error {
	if err := a.header(name, int64(len(data))); err != nil {
		return err
	}
	_, err := a.tar.Write(data)
	return err
}

func (a *archive) addListed(f File) error {
	sum := sha256.Sum256(f.Data)
	a.manifest.Files = append(a.manifest.Files, Entry{f.Name, int64(len(f.Data)), hex.EncodeToString(sum[:])})
	return a.add(f.Name, f.Data)
}

func (a *archive) addDatabase(ctx context.Context, engine kv.Sized) error {
	name := a.manifest.Database
	sum, length := sha256.New(), int64(0)
	err := engine.SnapshotSized(ctx, func(size int64) (io.Writer, error) {
		length = size
		return io.MultiWriter(a.tar, sum), a.header(name, size)
	})
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	a.manifest.Files = append(a.manifest.Files, Entry{name, length, hex.EncodeToString(sum.Sum(nil))})
	return a.tar.Flush() // complains if the engine wrote less than it said
}

func (a *archive) close() error {
	data, err := json.MarshalIndent(a.manifest, "", "  ")
	if err != nil {
		return err
	}
	data = append(data, '\n')
	return errors.Join(a.add(manifestName, data), a.add(sumName, sumLine(data)), a.tar.Close())
}

// sumLine is the line that sha256sum would print for the manifest.
func sumLine(manifest []byte) []byte {
	return fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(manifest), manifestName)
}
