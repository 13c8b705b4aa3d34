package pkpass

import "encoding/binary"

// The records of the ZIP format (APPNOTE 4.3) as far as passes need them: no
// ZIP64, no encryption, one disk. Numbers are little-endian.
const (
	localSignature     = 0x04034b50
	directorySignature = 0x02014b50
	endSignature       = 0x06054b50

	localSize     = 30 // without name and extra field
	directorySize = 46 // without name, extra field and comment
	endSize       = 22 // without comment

	methodStore   = 0
	methodDeflate = 8

	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3 // sizes and sum follow the data
	flagUTF8       = 1 << 11

	zip64Marker = 0xffffffff // "see the ZIP64 extra field"
	zip64Field  = 0x0001     // which that is

	versionNeeded = 20
	madeByUnix    = 3 << 8
	modeFile      = 0o100644 // regular file, for tools that unpack
	modeType      = 0o170000
	modeSymlink   = 0o120000

	// fixedDate is 1 January 1980, the earliest the format has: the archive of
	// a pass must not depend on when it is written.
	fixedDate = 1<<5 | 1
)

// storedEntry is a file as it is about to be written, uncompressed.
type storedEntry struct {
	name   string
	data   []byte
	crc    uint32
	offset int
}

func (e *storedEntry) flags() uint16 {
	for i := range len(e.name) {
		if e.name[i] >= 0x80 {
			return flagUTF8
		}
	}
	return 0
}

// appendCommon writes the fields that local header and directory share, from
// "version needed" to the length of the extra field.
func (e *storedEntry) appendCommon(out []byte) []byte {
	le := binary.LittleEndian
	out = le.AppendUint16(out, versionNeeded)
	out = le.AppendUint16(out, e.flags())
	out = le.AppendUint16(out, methodStore)
	out = le.AppendUint16(out, 0) // time of day
	out = le.AppendUint16(out, fixedDate)
	out = le.AppendUint32(out, e.crc)
	out = le.AppendUint32(out, uint32(len(e.data))) // packed
	out = le.AppendUint32(out, uint32(len(e.data))) // unpacked
	out = le.AppendUint16(out, uint16(len(e.name)))
	return le.AppendUint16(out, 0)
}

// appendFile writes local header and data, and remembers where.
func (e *storedEntry) appendFile(out []byte) []byte {
	e.offset = len(out)
	out = binary.LittleEndian.AppendUint32(out, localSignature)
	out = e.appendCommon(out)
	out = append(out, e.name...)
	return append(out, e.data...)
}

func (e *storedEntry) appendDirectory(out []byte) []byte {
	le := binary.LittleEndian
	out = le.AppendUint32(out, directorySignature)
	out = le.AppendUint16(out, madeByUnix|versionNeeded)
	out = e.appendCommon(out)
	out = le.AppendUint16(out, 0) // comment
	out = le.AppendUint16(out, 0) // disk
	out = le.AppendUint16(out, 0) // internal attributes
	out = le.AppendUint32(out, modeFile<<16)
	out = le.AppendUint32(out, uint32(e.offset))
	return append(out, e.name...)
}

func appendEnd(out []byte, entries, start int) []byte {
	le := binary.LittleEndian
	size := len(out) - start
	out = le.AppendUint32(out, endSignature)
	out = le.AppendUint32(out, 0) // this disk, disk of the directory
	out = le.AppendUint16(out, uint16(entries))
	out = le.AppendUint16(out, uint16(entries))
	out = le.AppendUint32(out, uint32(size))
	out = le.AppendUint32(out, uint32(start))
	return le.AppendUint16(out, 0) // comment
}

// storedSize is the exact number of bytes that writeStored makes.
func storedSize(entries []storedEntry) int {
	size := endSize
	for _, e := range entries {
		size += localSize + directorySize + 2*len(e.name) + len(e.data)
	}
	return size
}

// writeStored writes an archive in one allocation. The caller has checked that
// counts and sizes fit the format's 16 and 32 bits.
func writeStored(entries []storedEntry) []byte {
	out := make([]byte, 0, storedSize(entries))
	for i := range entries {
		out = entries[i].appendFile(out)
	}
	start := len(out)
	for i := range entries {
		out = entries[i].appendDirectory(out)
	}
	return appendEnd(out, len(entries), start)
}
