package boltkv

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"pocketpass/store/kv/durable"
)

// mapAhead is address space, in bytes, that is mapped beyond the end of the file.
// bbolt can map more only while nobody reads, so a snapshot that takes minutes
// would otherwise stop all writing as soon as the file outgrows its mapping. It
// costs no memory. Where addresses have 32 bits there is room for less, which is
// used up more often.
const (
	mapAhead   = 64 << 30
	mapAhead32 = 400 << 20 // with a small file it comes to half a gigabyte: bbolt maps powers of two
)

// Open opens the database at path, or creates it with mode 0600 if there is no
// file. Its folder must exist. The error is ErrInUse, ErrDamaged or says what
// else to do about it.
func Open(path string, o Options) (*DB, error) {
	d, err := open(path, o)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return d, nil
}

func open(path string, o Options) (*DB, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = create(path)
	case err == nil:
		err = acceptable(info)
	}
	if err != nil {
		return nil, explain(path, err)
	}
	return attach(path, o)
}

// create makes an empty database. It gets its name only when it is whole, because
// bbolt cannot open a file whose first pages were cut off by a crash.
func create(path string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err := tmp.Close(); err != nil {
		return err
	}
	bolt, err := bbolt.Open(tmp.Name(), 0o600, &bbolt.Options{Timeout: time.Second}) // writes and syncs the empty pages
	if err != nil {
		return err
	}
	if err := bolt.Close(); err != nil {
		return err
	}
	if err := durable.Place(tmp.Name(), path); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil // another process was faster; its file will do
}

// smallest is the least that bbolt writes: four pages.
const smallest = 4 * 4096

// acceptable refuses what bbolt would wrongly take for a new database, or choke on.
func acceptable(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errors.New("it is a folder; name a file in it")
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case info.Size() == 0:
		return fmt.Errorf("%w: it is empty; restore a backup, or remove it to start anew", ErrDamaged)
	case info.Size() < smallest:
		return fmt.Errorf("%w: it has %d bytes only; choose another file or restore a backup", ErrDamaged, info.Size())
	}
	return nil
}

// attach opens a file that exists.
func attach(path string, o Options) (*DB, error) {
	d := &DB{ascending: o.Ascending}
	err := d.attach(path, o, mapAhead)
	if errors.Is(err, syscall.ENOMEM) { // address space is limited here (ulimit -v): do without
		err = d.attach(path, o, 0)
	}
	if err != nil {
		return nil, explain(path, err)
	}
	if err := d.plausible(path); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	d.pageSize = d.bolt.Info().PageSize
	return d, nil
}

func (d *DB) attach(path string, o Options, ahead int64) (err error) {
	defer func() {
		if err != nil && d.file != nil {
			release(d.file) // bbolt neither closes nor unlocks it when it panics
		}
	}()
	defer guard(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	d.bolt, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:         cmp.Or(o.LockWait, time.Second),
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: mapping(path, ahead),
		NoSync:          o.NoSync,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			d.file, err = os.OpenFile(name, flag&^os.O_CREATE, mode)
			return d.file, err
		},
	})
	return err
}

// mapping returns how many bytes to map. Windows makes the file as long as the
// mapping, and 32 bits leave room for little.
func mapping(path string, ahead int64) int {
	info, err := os.Stat(path)
	if err != nil || ahead == 0 || runtime.GOOS == "windows" {
		return 0
	}
	if math.MaxInt == math.MaxInt32 {
		ahead = min(ahead, mapAhead32)
	}
	return int(min(info.Size()+ahead, math.MaxInt))
}

// plausible finds what bbolt does not look for: a file that was cut short, and
// one that was replaced by another between opening and locking it.
func (d *DB) plausible(path string) error {
	locked, err := d.file.Stat()
	if err != nil {
		return err
	}
	named, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(locked, named) {
		return fmt.Errorf("%w: it was replaced at this moment; try again", ErrInUse)
	}
	tx, err := d.bolt.Begin(false)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if tx.Size() > locked.Size() {
		return fmt.Errorf("%w: it is cut short, %d of %d bytes; restore a backup", ErrDamaged, locked.Size(), tx.Size())
	}
	return nil
}

// explain says in a sentence what stands in the way and what to do.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("%w by %s; stop that one or choose another data folder", ErrInUse, holder(path))
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%w: both headers are unreadable (%w); choose another file or restore a backup", ErrDamaged, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w; the user that runs this program must own the file and its folder", err)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w; choose a data folder that can be written", err)
	}
	return err
}
