//go:build linux || darwin

package move

import (
	"errors"
	"syscall"
)

// lock keeps other moves from writing into the folder until it is let go of, or the
// process ends.
func (f *Folder) lock() (release func() error, err error) {
	dir, err := f.root.Open(".")
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(errShared, dir.Close())
	}
	return dir.Close, nil // a file system without locks does without
}
