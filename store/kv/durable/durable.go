// Package durable gives files their names in a way that a crash or a power cut
// cannot undo or do by half.
//
// It moves finished files; whoever wrote them has synced their content before.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// SyncDir makes the names in dir durable: a file that was created, renamed or
// removed there stays so after a power cut.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" { // folders cannot be synced there; the file system journals names
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Replace renames oldpath to newpath, over a file of that name, and syncs the folder.
func Replace(oldpath, newpath string) error {
	if err := os.Rename(oldpath, newpath); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(newpath))
}

// Place renames oldpath to newpath and syncs the folder. It answers
// fs.ErrExist when newpath is taken, also by a process that was faster, so two
// that create the same file cannot overwrite each other.
func Place(oldpath, newpath string) error {
	err := os.Link(oldpath, newpath) // unlike a rename, never replaces
	switch {
	case err == nil:
		err = os.Remove(oldpath)
	case !errors.Is(err, fs.ErrExist):
		err = placeUnlinked(oldpath, newpath)
	}
	if err != nil {
		return err
	}
	return SyncDir(filepath.Dir(newpath))
}

// placeUnlinked serves file systems without hard links (FAT, some network
// mounts), where looking first is the best there is.
func placeUnlinked(oldpath, newpath string) error {
	if _, err := os.Lstat(newpath); err == nil {
		return fmt.Errorf("%s: %w", newpath, fs.ErrExist)
	}
	return os.Rename(oldpath, newpath)
}
