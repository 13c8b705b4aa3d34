package store

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// ID names a record: a time-ordered number below 2^53, so that it survives
// JavaScript. Each dialect spells it in its own way; no table is needed in
// either direction.
//
// Others have names of their own for records, which are not ids, and differ in who chooses
// them and in what they are unique in:
//
//	ExternalID  the client's, of passes, people, campaigns and templates; of one kind in the
//	            organisation, free again when the record is deleted or over
//	LocalID     the client's, of passes; in the campaign, for somebody whose one number
//	            has a pass in several
//	Former      an old service's, with the name of that service, for records that moved
//	            here; stays beside the others, so that old addresses and lists still lead here
//	SerialNumber, PublicID, Code
//	            what phones, links and tills know a pass by
//
// An Item is no name but a record: what clients of an old service find on that service's
// lists. It has the ID of the campaign that it stands for, or stands for itself.
type ID uint64

// idBits is the width of an ID: 41 bits of milliseconds and 12 of sequence.
const (
	idBits  = 53
	seqBits = 12
	idEpoch = 1704067200000 // 2024-01-01T00:00:00Z in milliseconds
)

// alphabet is Crockford's base 32: no i, l, o, u to confuse or offend.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const shortLen = (idBits + 4) / 5

// Short is the native spelling: 11 characters of base 32, ordered like the number.
func (id ID) Short() string {
	var b [shortLen]byte
	for i := range b {
		b[shortLen-1-i] = alphabet[id>>(5*i)&31]
	}
	return string(b[:])
}

// ParseShort reads what Short wrote; upper case is accepted.
func ParseShort(s string) (ID, bool) {
	if len(s) != shortLen {
		return 0, false
	}
	var id ID
	for _, c := range []byte(s) {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		i := strings.IndexByte(alphabet, c)
		if i < 0 {
			return 0, false
		}
		id = id<<5 | ID(i)
	}
	return id, id.valid()
}

// Decimal spells the id as a number.
func (id ID) Decimal() string { return strconv.FormatUint(uint64(id), 10) }

// ParseDecimal reads what Decimal wrote.
func ParseDecimal(s string) (ID, bool) {
	n, err := strconv.ParseUint(s, 10, 64)
	return ID(n), err == nil && ID(n).valid() && ID(n).Decimal() == s
}

// uuidTail fills the bits of a UUID that the number does not need. It tells our
// UUIDs from foreign ones.
var uuidTail = [6]byte{'p', 'o', 'c', 'k', 'e', 't'}

// UUID spells the id as a version 8 UUID (RFC 9562): the number in the first
// 64 bits around the version, a constant in the rest.
func (id ID) UUID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(id)>>12<<16|8<<12|uint64(id)&0xfff)
	b[8] = 0x80 // variant of RFC 9562
	copy(b[10:], uuidTail[:])
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// ParseUUID reads what UUID wrote, in any case.
func ParseUUID(s string) (ID, bool) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != 16 {
		return 0, false
	}
	n := binary.BigEndian.Uint64(b[:8])
	id := ID(n>>16<<12 | n&0xfff)
	return id, id.valid() && id.UUID() == strings.ToLower(s)
}

// String is the native spelling.
func (id ID) String() string { return id.Short() }

// IDAt is the lowest id of a record made at t or later.
func IDAt(t time.Time) ID {
	return ID(min(max(0, t.UnixMilli()-idEpoch), 1<<(idBits-seqBits)-1)) << seqBits
}

// MaxID is higher than the id of any record that will ever be.
const MaxID ID = 1<<idBits - 1

func (id ID) valid() bool { return id != 0 && id < 1<<idBits }

// time is when the id was given, in milliseconds, unless the clock had stepped back.
func (id ID) time() time.Time { return time.UnixMilli(int64(id>>seqBits) + idEpoch).UTC() }

// key is the id as an ordered key.
func (id ID) key() []byte { return binary.BigEndian.AppendUint64(nil, uint64(id)) }

func idFromKey(b []byte) (ID, error) {
	if len(b) < 8 {
		return 0, fmt.Errorf("key of %d bytes is too short for an id", len(b))
	}
	return ID(binary.BigEndian.Uint64(b)), nil
}

// pair is join of two ids.
func pair(a, b ID) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(make([]byte, 0, 16), uint64(a)), uint64(b))
}

// join builds a key of several parts. A string ends with a zero byte, which no
// stored string contains, so that no key is a prefix of another by accident.
func join(parts ...any) []byte {
	b := make([]byte, 0, 64)
	for _, p := range parts {
		switch p := p.(type) {
		case ID:
			b = binary.BigEndian.AppendUint64(b, uint64(p))
		case uint64:
			b = binary.BigEndian.AppendUint64(b, p)
		case string:
			b = append(append(b, p...), 0)
		default:
			panic("store: key part of type " + reflect.TypeOf(p).String()) // fmt would move all parts to the heap
		}
	}
	return b
}
