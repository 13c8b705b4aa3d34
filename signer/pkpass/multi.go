package pkpass

import (
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
)

// What one .pkpasses may hold.
const (
	MaxMultiPasses = 10
	MaxMultiBytes  = 150_000_000

	// MaxReadBytes is the size from which on a file is not looked at.
	MaxReadBytes = 200_000_000

	multiExtension  = ".pkpass"
	multiNameLength = 40
)

// NamedPass is one pass of a .pkpasses.
type NamedPass struct {
	Name string // "ticket-1.pkpass": letters, digits, '-', '_' and '.', at most 40 bytes
	Data []byte // a complete .pkpass
}

// Multi writes a .pkpasses, in the order given. A reader is known that
// recognises the file by the name of its first entry, so names are short and
// nothing but passes is in it.
//
// It fails with a LimitError for more than 10 passes or 150 MB.
func Multi(passes []NamedPass) ([]byte, error) {
	if len(passes) == 0 {
		return nil, errors.New("bundle of passes: it needs at least one pass")
	}
	if err := withinLimit("passes", int64(len(passes)), MaxMultiPasses); err != nil {
		return nil, fmt.Errorf("bundle of passes: %w", err)
	}
	entries, err := multiEntries(passes)
	if err != nil {
		return nil, err
	}
	if err := withinLimit("bytes", int64(storedSize(entries)), MaxMultiBytes); err != nil {
		return nil, fmt.Errorf("bundle of passes: %w", err)
	}
	for i := range entries {
		entries[i].crc = crc32.ChecksumIEEE(entries[i].data)
	}
	return writeStored(entries), nil
}

// multiEntries checks the names; sums are left for when the sizes are accepted.
func multiEntries(passes []NamedPass) ([]storedEntry, error) {
	entries, seen := make([]storedEntry, 0, len(passes)), map[string]bool{}
	for _, p := range passes {
		lower := strings.ToLower(p.Name)
		if !isMultiName(p.Name) || seen[lower] {
			return nil, fmt.Errorf("bundle of passes: name %q: use a name of its own in ASCII, at most %d bytes, that ends in %s",
				p.Name, multiNameLength, multiExtension)
		}
		seen[lower] = true
		entries = append(entries, storedEntry{name: p.Name, data: p.Data})
	}
	return entries, nil
}

func isMultiName(name string) bool {
	stem, ok := strings.CutSuffix(name, multiExtension)
	return ok && stem != "" && len(name) <= multiNameLength && stem[0] != '.' &&
		!strings.ContainsFunc(stem, func(r rune) bool {
			return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.", r))
		})
}
