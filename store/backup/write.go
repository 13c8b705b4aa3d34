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

// Save writes an archive that it reads from r to a file of mode 0600. It appears
// under its name when it is complete, synced and verified, and does not replace another:
// an older one is looked for first, so that nobody waits for an archive that has no place.
func Save(ctx context.Context, r io.Reader, path string) error {
	if err := save(ctx, r, path); err != nil {
		return fmt.Errorf("save backup: %w", err)
	}
	return nil
}

func save(ctx context.Context, r io.Reader, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s is there already: choose another name or move it away: %w", path, fs.ErrExist)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // of mode 0600
	if err != nil {
		return fmt.Errorf("%s: %w: name a file in a folder that is there and can be written", path, causeOf(err))
	}
	defer os.Remove(tmp.Name())
	err = copyVerified(tmp, interruptible{ctx, r})
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return durable.Place(tmp.Name(), path)
}

// causeOf is err without the name of a file that nobody asked for.
func causeOf(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// copyVerified fills f and reads it again.
func copyVerified(f *os.File, r io.Reader) error {
	if _, err := io.Copy(f, r); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := Verify(f)
	return err
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
