package pkpass

import (
	"cmp"
	"errors"
	"fmt"
)

// ErrNotZIP is wrapped by every error that says that the bytes are no ZIP
// archive, or one whose directory cannot be followed.
var ErrNotZIP = errors.New("not a readable ZIP archive")

// Limits bounds the work that an archive from outside can cause. A zero field
// means the default.
type Limits struct {
	Packed     int64 // bytes of the archive itself; default 10 MiB
	Unpacked   int64 // bytes of all entries together; default 50 MiB
	Entries    int   // default 200
	NameLength int   // bytes of one name; default 255
	Ratio      int64 // unpacked to packed bytes of one entry above 64 KiB; default 200
}

const (
	defaultPacked     = 10 << 20
	defaultUnpacked   = 50 << 20
	defaultEntries    = 200
	defaultNameLength = 255
	defaultRatio      = 200

	ratioMatters = 64 << 10 // bytes; smaller entries may shrink as far as they like
)

func (l Limits) orDefault() Limits {
	return Limits{
		Packed:     cmp.Or(l.Packed, defaultPacked),
		Unpacked:   cmp.Or(l.Unpacked, defaultUnpacked),
		Entries:    cmp.Or(l.Entries, defaultEntries),
		NameLength: cmp.Or(l.NameLength, defaultNameLength),
		Ratio:      cmp.Or(l.Ratio, defaultRatio),
	}
}

// LimitError says which limit an archive breaks. Nothing was unpacked.
type LimitError struct {
	What string // "bytes", "entries", …
	Got  int64
	Max  int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("archive has %d %s, the limit is %d", e.Got, e.What, e.Max)
}

func withinLimit(what string, got, most int64) error {
	if got > most {
		return &LimitError{What: what, Got: got, Max: most}
	}
	return nil
}

// check refuses what the directory already shows to be too much.
func (l Limits) check(entries []zipEntry) error {
	var total int64
	for _, e := range entries {
		if err := withinLimit("bytes in a file name", int64(len(e.name)), int64(l.NameLength)); err != nil {
			return err
		}
		if e.size > ratioMatters {
			if err := withinLimit("times the packed size in one entry", e.size/max(e.packed, 1), l.Ratio); err != nil {
				return err
			}
		}
		total += e.size
	}
	return withinLimit("unpacked bytes", total, l.Unpacked)
}
