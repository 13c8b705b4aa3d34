package pkpass

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"slices"
)

// Archive writes the .pkpass: the bundle's files with manifest and signature,
// stored without compression, pass.json first and the rest sorted by name. The
// same input gives the same bytes. It trusts the sums in the files and copies
// each byte once.
//
// It fails for a name that cannot stand in an archive and, with a LimitError,
// for what Read would not read by its default limits. Everything else that is
// wrong with a pass is for the checks to find.
func (b Bundle) Archive(manifest, signature []byte) ([]byte, error) {
	entries := make([]storedEntry, 0, len(b)+2)
	for name, f := range b {
		if err := archivableName(name); err != nil {
			return nil, err
		}
		entries = append(entries, storedEntry{name: name, data: f.Data, crc: f.CRC32})
	}
	entries = append(entries,
		storedEntry{name: manifestName, data: manifest, crc: crc32.ChecksumIEEE(manifest)},
		storedEntry{name: signatureName, data: signature, crc: crc32.ChecksumIEEE(signature)})
	slices.SortFunc(entries, compareEntries)
	if err := archivableSize(entries); err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	return writeStored(entries), nil
}

func archivableSize(entries []storedEntry) error {
	l := Limits{}.orDefault()
	if err := withinLimit("entries", int64(len(entries)), int64(l.Entries)); err != nil {
		return err
	}
	return withinLimit("bytes", int64(storedSize(entries)), l.Packed)
}

// compareEntries puts pass.json first, where readers that stream find it at once.
func compareEntries(a, b storedEntry) int {
	if (a.name == documentName) != (b.name == documentName) {
		if a.name == documentName {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.name, b.name)
}

func archivableName(name string) error {
	if name == manifestName || name == signatureName {
		return fmt.Errorf("archive: %q is written by the archive itself: take it out of the bundle", name)
	}
	if fault := nameFault(name); fault != nil {
		return fmt.Errorf("archive: file name %q: %s", name, fault.remedy)
	}
	return withinLimit("bytes in a file name", int64(len(name)), defaultNameLength)
}
