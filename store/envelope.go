package store

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// The engine's data pages carry no checksum, so each record has its own:
//
//	version (1 byte) | length of the payload (4, big-endian) | CRC-32C of the payload (4) | payload
const (
	envelopeVersion = 1
	envelopeHead    = 9
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrDamaged means that a record's bytes are not those that were written. The
// remedy is a restore from a backup.
var ErrDamaged = errors.New("record is damaged: restore the newest backup")

func wrap(payload []byte) []byte {
	b := make([]byte, envelopeHead, envelopeHead+len(payload))
	return seal(append(b, payload...))
}

// seal writes the head of an envelope into the bytes that were left for it.
func seal(b []byte) []byte {
	payload := b[envelopeHead:]
	b[0] = envelopeVersion
	binary.BigEndian.PutUint32(b[1:], uint32(len(payload)))
	binary.BigEndian.PutUint32(b[5:], crc32.Checksum(payload, castagnoli))
	return b
}

func unwrap(b []byte) ([]byte, error) {
	if len(b) < envelopeHead || b[0] != envelopeVersion {
		return nil, ErrDamaged
	}
	payload := b[envelopeHead:]
	if binary.BigEndian.Uint32(b[1:]) != uint32(len(payload)) ||
		binary.BigEndian.Uint32(b[5:]) != crc32.Checksum(payload, castagnoli) {
		return nil, ErrDamaged
	}
	return payload, nil
}
