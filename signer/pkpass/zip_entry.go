package pkpass

import (
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"
)

// Reasons why an entry cannot be read. They stand inside a finding's remedy.
var (
	errEntryPlace    = errors.New("the entry lies outside of the archive's data")
	errEntryHeader   = errors.New("header and directory contradict each other")
	errEntrySize     = errors.New("the unpacked size is not the declared one")
	errEntryChecksum = errors.New("the checksum is wrong")
	errEntryDeflate  = errors.New("the compressed data is broken or too short")
)

// span is where in the archive an entry with its header lies, and where its
// packed data begins.
type span struct {
	start, data, end int64
	zip64            bool // the header, unlike the directory, is that of a huge file
}

// locate reads the entry's local header, which must agree with the directory:
// readers that stream believe the one, others the other. limit is where the
// directory begins.
func (e zipEntry) locate(archive []byte, limit int64) (span, error) {
	if e.offset+localSize > limit {
		return span{}, errEntryPlace
	}
	header, le := archive[e.offset:limit], binary.LittleEndian
	if le.Uint32(header) != localSignature {
		return span{}, errEntryPlace
	}
	nameEnd := localSize + int64(le.Uint16(header[26:]))
	s := span{start: e.offset, data: e.offset + nameEnd + int64(le.Uint16(header[28:]))}
	s.end = s.data + e.packed
	if s.end > limit {
		return span{}, errEntryPlace
	}
	s.zip64 = le.Uint32(header[18:]) == zip64Marker || le.Uint32(header[22:]) == zip64Marker ||
		hasZIP64Field(header[nameEnd:s.data-s.start])
	if string(header[localSize:nameEnd]) != e.name || le.Uint16(header[8:]) != e.method || !e.sameSums(header) {
		return span{}, errEntryHeader
	}
	return s, nil
}

// hasZIP64Field looks for the field among the extra ones of a header. Tools that write
// before they know the size leave one, also in front of small files.
func hasZIP64Field(extra []byte) bool {
	le := binary.LittleEndian
	for len(extra) >= 4 {
		if le.Uint16(extra) == zip64Field {
			return true
		}
		extra = extra[min(4+int(le.Uint16(extra[2:])), len(extra)):]
	}
	return false
}

// sameSums compares checksum and sizes, if the header carries them.
func (e zipEntry) sameSums(header []byte) bool {
	le := binary.LittleEndian
	if le.Uint16(header[6:])&flagDescriptor != 0 {
		return true
	}
	same := func(local uint32, declared int64) bool {
		return local == zip64Marker || int64(local) == declared
	}
	return le.Uint32(header[14:]) == e.crc && same(le.Uint32(header[18:]), e.packed) && same(le.Uint32(header[22:]), e.size)
}

// unpack returns the entry's content, at most the declared size, which the
// caller has found acceptable. Stored content is a part of packed itself.
func (e zipEntry) unpack(packed []byte) ([]byte, error) {
	content := packed
	if e.method == methodDeflate {
		var err error
		if content, err = inflate(packed, e.size); err != nil {
			return nil, err
		}
	}
	if int64(len(content)) != e.size {
		return nil, errEntrySize
	}
	if crc32.ChecksumIEEE(content) != e.crc {
		return nil, errEntryChecksum
	}
	return content[:len(content):len(content)], nil
}

func inflate(packed []byte, size int64) ([]byte, error) {
	r := flate.NewReader(bytes.NewReader(packed))
	out := make([]byte, size)
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, errEntryDeflate
	}
	if !endsCleanly(r) {
		return nil, errEntrySize
	}
	return out, nil
}

// endsCleanly reports that the compressed stream ends here.
func endsCleanly(r io.Reader) bool {
	n, err := r.Read(make([]byte, 1))
	return n == 0 && errors.Is(err, io.EOF)
}

// overlapping finds the entries that begin before the one in front of them
// ends, the trick by which a small archive unpacks to a huge one. Keys are
// indexes into spans, values the index of the entry whose bytes they share.
func overlapping(spans map[int]span) map[int]int {
	order := make([]int, 0, len(spans))
	for i := range spans {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(spans[a].start, spans[b].start), cmp.Compare(a, b))
	})
	out, owner := map[int]int{}, -1
	for _, i := range order {
		if owner >= 0 && spans[i].start < spans[owner].end {
			out[i] = owner
		}
		if owner < 0 || spans[i].end > spans[owner].end {
			owner = i
		}
	}
	return out
}
