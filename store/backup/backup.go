// Package backup writes a whole installation into one archive and puts it back.
//
// The archive is a plain tar, so that it can be looked into and saved from with
// the tools of any system:
//
//	pocketpass-backup      the number of the archive's format
//	pocketpass.db          a snapshot of the database, usable as it is
//	…                      small files that belong to it, if any
//	manifest.json          see Manifest
//	manifest.json.sha256   guards the manifest; readable by sha256sum -c
//
// Hashes are known only at the end, so they stand there, and an archive can be
// written to a pipe in little memory. The package knows nothing of records: whoever
// restores passes a function that judges them.
package backup

import (
	"fmt"
	"slices"
	"time"
)

// Format is the number of the archive format that Write produces.
const Format = 1

// DefaultDatabase is the name of the database file unless Meta says otherwise.
const DefaultDatabase = "pocketpass.db"

const (
	markerName   = "pocketpass-backup"
	manifestName = "manifest.json"
	sumName      = manifestName + ".sha256"
)

// Limits on what is read from an archive. The database is limited by the disk.
const (
	maxFiles     = 64
	maxFileBytes = 16 << 20 // of a small file
	maxManifest  = 1 << 20
	maxNameBytes = 100
)

// Meta is what Write notes in the archive, and the files that go with the database.
type Meta struct {
	Time         time.Time // of the backup
	Program      string    // name and version of the program
	StoreVersion int       // of the records, as the store's migrations count
	Database     string    // file name in the data folder; empty means DefaultDatabase
	Files        []File    // the caller decides, for instance, whether the master key is among them
}

// File is a small file of the data folder.
type File struct {
	Name string // without a folder; small letters, digits, '.', '-' and '_'
	Data []byte // at most 16 MiB
}

// Manifest describes an archive.
type Manifest struct {
	Format       int       `json:"format"`
	Time         time.Time `json:"time"`
	Program      string    `json:"program"`
	StoreVersion int       `json:"storeVersion"`
	Database     string    `json:"database"` // name of the one among Files that is the database
	Files        []Entry   `json:"files"`    // in the order of the archive
}

// Has says whether the archive holds a file of that name.
func (m Manifest) Has(name string) bool {
	return slices.ContainsFunc(m.Files, func(e Entry) bool { return e.Name == name })
}

// Entry is one file of an archive.
type Entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // hexadecimal
}

func (m Meta) validate() error {
	names := []string{m.Database}
	for _, f := range m.Files {
		if len(f.Data) > maxFileBytes {
			return fmt.Errorf("file %s: %d bytes are more than %d", f.Name, len(f.Data), maxFileBytes)
		}
		if slices.Contains(names, f.Name) {
			return fmt.Errorf("file %s: named twice", f.Name)
		}
		names = append(names, f.Name)
	}
	if len(names) > maxFiles {
		return fmt.Errorf("%d files are more than %d", len(names), maxFiles)
	}
	for _, name := range names {
		if err := validName(name); err != nil {
			return err
		}
	}
	return nil
}

// validName accepts what is a plain file name on every system.
func validName(name string) error {
	ok := name != "" && len(name) <= maxNameBytes && name[0] != '.' &&
		!slices.Contains([]string{markerName, manifestName, sumName}, name)
	for _, c := range []byte(name) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_')
	}
	if !ok {
		return fmt.Errorf("file name %q: use small letters, digits, '.', '-' and '_'", name)
	}
	return nil
}
