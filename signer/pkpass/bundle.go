package pkpass

import (
	"crypto/sha1" // the format demands SHA-1 in the manifest
	"hash/crc32"
)

// File is the content of one archive entry with the two sums that the format
// wants of it. Make it once with NewFile and share it: an image that stands
// in a million passes is hashed once.
type File struct {
	Data  []byte
	SHA1  [sha1.Size]byte
	CRC32 uint32 // IEEE, as ZIP wants it
}

// NewFile hashes data, which must not change afterwards.
func NewFile(data []byte) File {
	return File{Data: data, SHA1: sha1.Sum(data), CRC32: crc32.ChecksumIEEE(data)}
}

// Bundle holds the files of a pass before sealing: pass.json, images,
// localised folders; neither manifest.json nor signature. Keys are paths
// relative to the archive's root, with forward slashes ("en.lproj/pass.strings").
type Bundle map[string]File
