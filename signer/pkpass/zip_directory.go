package pkpass

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// zipEntry is what the archive's directory says of one entry.
type zipEntry struct {
	name   string // as it stands in the archive
	path   string // the name by which its content is known
	flags  uint16
	method uint16
	crc    uint32
	packed int64
	size   int64
	offset int64 // of the local header
	mode   uint32
}

func (e zipEntry) isSymlink() bool { return e.mode&modeType == modeSymlink }

// isZIP64 reports that a size or the offset stands in an extra field.
func (e zipEntry) isZIP64() bool {
	return e.packed == zip64Marker || e.size == zip64Marker || e.offset == zip64Marker
}

// zipDirectory is the list of entries, and where in the archive it begins: no
// entry may reach beyond.
type zipDirectory struct {
	entries []zipEntry
	start   int64
}

// readDirectory follows the archive's directory within limits, which are
// checked before anything of that size is allocated. Its errors are a
// LimitError or wrap ErrNotZIP.
func readDirectory(data []byte, l Limits) (zipDirectory, error) {
	if err := withinLimit("bytes", int64(len(data)), l.Packed); err != nil {
		return zipDirectory{}, err
	}
	end, err := findEnd(data)
	if err != nil {
		return zipDirectory{}, err
	}
	if err := withinLimit("entries", int64(end.entries), int64(l.Entries)); err != nil {
		return zipDirectory{}, err
	}
	entries, err := readEntries(data[end.start:end.start+end.size], end.entries)
	if err != nil {
		return zipDirectory{}, err
	}
	return zipDirectory{entries: entries, start: end.start}, l.check(entries)
}

// zipEnd is the record that ends an archive.
type zipEnd struct {
	entries     int
	start, size int64 // of the directory
}

// findEnd looks for the last end record whose comment fits into the file.
func findEnd(data []byte) (zipEnd, error) {
	signature := binary.LittleEndian.AppendUint32(nil, endSignature)
	oldest := max(0, len(data)-endSize-0xffff)
	for tail := data[oldest:]; ; {
		i := bytes.LastIndex(tail, signature)
		if i < 0 {
			return zipEnd{}, fmt.Errorf("%w: its end is missing, the file is cut short or of another kind", ErrNotZIP)
		}
		record := data[oldest+i:]
		if len(record) >= endSize && len(record)-endSize >= int(binary.LittleEndian.Uint16(record[20:])) {
			return parseEnd(record, int64(oldest+i))
		}
		tail = tail[:i]
	}
}

func parseEnd(record []byte, at int64) (zipEnd, error) {
	le := binary.LittleEndian
	end := zipEnd{
		entries: int(le.Uint16(record[10:])),
		size:    int64(le.Uint32(record[12:])),
		start:   int64(le.Uint32(record[16:])),
	}
	if le.Uint32(record[4:]) != 0 || int(le.Uint16(record[8:])) != end.entries {
		return zipEnd{}, fmt.Errorf("%w: it is one part of several", ErrNotZIP)
	}
	if end.start+end.size > at {
		return zipEnd{}, fmt.Errorf("%w: its directory is not where its end says", ErrNotZIP)
	}
	return end, nil
}

// readEntries reads exactly count records that fill the directory. Surplus
// bytes are an error: some readers would find hidden entries in them.
func readEntries(directory []byte, count int) ([]zipEntry, error) {
	entries := make([]zipEntry, 0, count)
	for i := range count {
		e, length := parseEntry(directory)
		if length == 0 {
			return nil, fmt.Errorf("%w: entry %d of its directory is broken", ErrNotZIP, i+1)
		}
		entries = append(entries, e)
		directory = directory[length:]
	}
	if len(directory) > 0 {
		return nil, fmt.Errorf("%w: its directory holds more than the %d entries declared", ErrNotZIP, count)
	}
	return entries, nil
}

// parseEntry reads the first record and returns its length, 0 if broken.
func parseEntry(b []byte) (zipEntry, int) {
	le := binary.LittleEndian
	if len(b) < directorySize || le.Uint32(b) != directorySignature {
		return zipEntry{}, 0
	}
	nameEnd := directorySize + int(le.Uint16(b[28:]))
	length := nameEnd + int(le.Uint16(b[30:])) + int(le.Uint16(b[32:]))
	if len(b) < length {
		return zipEntry{}, 0
	}
	e := zipEntry{
		name:   string(b[directorySize:nameEnd]),
		flags:  le.Uint16(b[8:]),
		method: le.Uint16(b[10:]),
		crc:    le.Uint32(b[16:]),
		packed: int64(le.Uint32(b[20:])),
		size:   int64(le.Uint32(b[24:])),
		offset: int64(le.Uint32(b[42:])),
	}
	e.path = e.name
	if le.Uint16(b[4:])&0xff00 == madeByUnix {
		e.mode = le.Uint32(b[38:]) >> 16
	}
	return e, length
}
