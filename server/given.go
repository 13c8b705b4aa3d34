package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
)

// OpenGiven opens a file that the operator named, and refuses what is none: a pipe is
// waited for until somebody writes into it, and a device may have no end. /dev/null has
// one, and descriptors that a shell passes on, as /dev/stdin, are its affair.
func OpenGiven(path string) (*os.File, error) {
	if err := demandFile(path, false); err != nil {
		return nil, err
	}
	return os.Open(path)
}

// ReadGiven reads a file that the operator named, of at most limit bytes. It may be a pipe:
// programs that keep secrets hand them over so.
func ReadGiven(path string, limit Size) ([]byte, error) {
	if err := demandFile(path, true); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err == nil && len(data) > int(limit) {
		err = fmt.Errorf("%s is larger than %s: it is not the file that is meant", path, limit)
	}
	return data, err
}

// passedOn are descriptors as shells name them.
var passedOn = regexp.MustCompile(`^(/dev/fd|/proc/[a-z0-9-]+/fd)/[0-9]+$`)

// demandFile leaves it to whoever opens path to say that there is nothing.
func demandFile(path string, orPipe bool) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode().IsRegular() || path == os.DevNull || path == "/dev/stdin" || passedOn.MatchString(path) {
		return nil
	}
	kind := "a device"
	switch {
	case orPipe && info.Mode()&fs.ModeNamedPipe != 0:
		return nil
	case info.IsDir():
		kind = "a folder"
	case info.Mode()&fs.ModeNamedPipe != 0:
		kind = "a pipe"
	case info.Mode()&fs.ModeSocket != 0:
		kind = "a socket"
	}
	return &fs.PathError{Op: "open", Path: path, Err: errors.New("is " + kind + ": name a file")}
}
