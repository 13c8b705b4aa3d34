package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"pocketpass/store/kv"
	"pocketpass/store/kv/boltkv"
	"pocketpass/store/kv/durable"
)

// RestoreOptions are the settings of Restore.
type RestoreOptions struct {
	Now          time.Time // names the folder in which the replaced files are kept
	StoreVersion int       // newest version of the records that this program can read

	// Check judges the records of the restored database before anything is
	// replaced. It must not write. Nil means that the engine's own check is enough.
	Check func(context.Context, kv.Engine) error
}

// Result says what Restore did.
type Result struct {
	Manifest Manifest
	Kept     string // folder with the files that were replaced; empty if there were none
}

// Restore puts the files of an archive into the data folder dir, which is created
// if absent. It unpacks beside them, compares all hashes, opens and checks the
// database, and only then replaces: a file that the archive does not hold stays,
// one that it replaces moves to a folder of its own in dir. Each name refers at
// any moment to the whole old or the whole new file, the database being the last
// to change; after a crash in between, restore again.
//
// A database that a server has open is refused with boltkv.ErrInUse. A bad archive
// is ErrInvalid, a bad database in it boltkv.ErrDamaged.
func Restore(ctx context.Context, r io.Reader, dir string, o RestoreOptions) (Result, error) {
	result, err := restore(ctx, r, dir, o)
	if err != nil {
		return Result{}, fmt.Errorf("restore into %s: %w", dir, err)
	}
	return result, nil
}

// Prove makes sure that Restore would take an archive, and replaces nothing. It unpacks
// it in dir, which needs the room, and a server may have what lies there open.
func Prove(ctx context.Context, r io.Reader, dir string, o RestoreOptions) (Manifest, error) {
	stage, remove, err := makeStage(dir)
	if err != nil {
		return Manifest{}, fmt.Errorf("prove the backup: %w", err)
	}
	defer remove()
	m, err := o.unpack(ctx, r, stage)
	if err == nil {
		err = prove(ctx, filepath.Join(stage, m.Database), o.Check)
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("prove the backup: %w", err)
	}
	return m, nil
}

// makeStage makes the folder in dir in which an archive is unpacked.
func makeStage(dir string) (stage string, remove func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, err
	}
	stage, err = os.MkdirTemp(dir, ".restore-")
	return stage, func() { os.RemoveAll(stage) }, err
}

func restore(ctx context.Context, r io.Reader, dir string, o RestoreOptions) (Result, error) {
	stage, remove, err := makeStage(dir)
	if err != nil {
		return Result{}, err
	}
	defer remove()
	m, err := o.unpack(ctx, r, stage)
	if err != nil {
		return Result{}, err
	}
	unlock, err := lock(filepath.Join(dir, m.Database))
	if err != nil {
		return Result{}, err
	}
	defer unlock()
	if err := prove(ctx, filepath.Join(stage, m.Database), o.Check); err != nil {
		return Result{}, err
	}
	kept, err := replace(m, stage, dir, "replaced-"+o.Now.UTC().Format("20060102T150405Z"))
	return Result{Manifest: m, Kept: kept}, err
}

// unpack refuses records that are newer than the program.
func (o RestoreOptions) unpack(ctx context.Context, r io.Reader, stage string) (Manifest, error) {
	m, err := unpack(ctx, r, stage)
	if err == nil && m.StoreVersion > o.StoreVersion {
		err = fmt.Errorf("backup of %s has records of version %d, newer than version %d of this program; install that version or a later one",
			m.Program, m.StoreVersion, o.StoreVersion)
	}
	return m, err
}

// unpack writes the files of an archive to stage and syncs them.
func unpack(ctx context.Context, r io.Reader, stage string) (Manifest, error) {
	root, err := os.OpenRoot(stage)
	if err != nil {
		return Manifest{}, err
	}
	defer root.Close()
	return read(interruptible{ctx, r}, func(name string) (io.WriteCloser, error) {
		f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		return synced{f}, err
	})
}

// synced is a file that is on disk once it is closed.
type synced struct{ *os.File }

func (s synced) Close() error { return errors.Join(s.File.Sync(), s.File.Close()) }

// interruptible is a reader that ends when its context is done.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(p)
}

// prove opens the unpacked database and checks its pages and records.
func prove(ctx context.Context, path string, check func(context.Context, kv.Engine) error) error {
	db, err := boltkv.Open(path, boltkv.Options{})
	if err != nil {
		return err
	}
	err = db.Check(ctx)
	if err == nil && check != nil {
		err = check(ctx, db)
	}
	return errors.Join(err, db.Close())
}

// replace moves the files from stage to dir and returns the folder in which it
// keeps the old ones.
func replace(m Manifest, stage, dir, keep string) (string, error) {
	s := &swap{stage: stage, dir: dir, kept: filepath.Join(dir, keep)}
	for _, f := range slices.Backward(m.Files) { // the database is the first of them
		if err := s.file(f.Name); err != nil {
			return "", errors.Join(err, s.undo())
		}
	}
	if len(s.old) == 0 {
		return "", nil
	}
	return s.kept, nil
}

// lock keeps servers off the database at path. There need not be one, and it may
// be the damaged one for whose sake all this is done.
func lock(path string) (unlock func() error, err error) {
	none := func() error { return nil }
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	db, err := boltkv.Open(path, boltkv.Options{})
	switch {
	case err == nil:
		return db.Close, nil
	case errors.Is(err, boltkv.ErrDamaged):
		return none, nil
	}
	return nil, err
}

// swap replaces files and can put them back.
type swap struct {
	stage, dir, kept string
	old, fresh       []string // names that were replaced, and that are new
}

func (s *swap) file(name string) error {
	from, to := filepath.Join(s.stage, name), filepath.Join(s.dir, name)
	if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
		if err := durable.Place(from, to); err != nil { // not over one that a server just created
			return err
		}
		s.fresh = append(s.fresh, name)
		return nil
	}
	if err := s.keep(name); err != nil {
		return err
	}
	s.old = append(s.old, name)
	return durable.Replace(from, to)
}

// keep gives the old file a second name, so that the first is never without one.
func (s *swap) keep(name string) error {
	if len(s.old) == 0 {
		if err := os.Mkdir(s.kept, 0o700); err != nil {
			return err
		}
	}
	from, to := filepath.Join(s.dir, name), filepath.Join(s.kept, name)
	if err := os.Link(from, to); err != nil { // no hard links here
		return durable.Replace(from, to)
	}
	return durable.SyncDir(s.kept)
}

func (s *swap) undo() error {
	var errs []error
	for _, name := range s.old {
		kept := filepath.Join(s.kept, name)
		errs = append(errs, durable.Replace(kept, filepath.Join(s.dir, name)))
		if errs[len(errs)-1] == nil {
			os.Remove(kept) // still there if both names were of one file, for then a rename does nothing
		}
	}
	for _, name := range s.fresh {
		errs = append(errs, os.Remove(filepath.Join(s.dir, name)))
	}
	os.Remove(s.kept) // goes only if it is empty, as it should be
	return errors.Join(errs...)
}
