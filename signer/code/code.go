// Package code makes and reads signed codes: short texts for a barcode that any scanner
// can verify without a network, with nothing but the organisation's public key.
//
// A code is the text "PP1:" and the base 32 (RFC 4648, upper case, no padding) of
// these 89 bytes; numbers are big-endian. All its characters are in the
// alphanumeric mode of a QR code; it needs a version 8 at level M.
//
//	 0   1  version, 1
//	 1   1  number of the key that signed, from 1
//	 2   1  flags: 1 good for one use; all others are 0
//	 3   8  id of the pass
//	11   8  id of its campaign
//	19   3  not valid before, in hours since 1970-01-01T00:00Z
//	22   3  not valid from then on, in the same hours; 0 means no end
//	25  64  Ed25519 signature (RFC 8032) of the 29 bytes "PP1:" ‖ bytes 0 to 24
//
// Letters may come in lower case. Everything else that differs from the above is
// refused: no two texts but for the case of letters are the same code.
//
// What a code cannot know: that the pass was voided, redeemed or given back after it was
// made (see List), that its end was moved forward (void such a pass, and it is on the List),
// and that somebody else shows a copy of it. A scanner without a network has
// to remember what it has let in; two of them let the same copy in twice.
package code

import (
	"crypto/ed25519"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

// Prefix begins every code, so that a scanner knows one when it reads one.
const Prefix = "PP1:"

// Code is what a barcode says.
type Code struct {
	Key       uint8 // number of the key that signed
	SingleUse bool
	Pass      uint64
	Campaign  uint64
	NotBefore time.Time // to the hour
	NotAfter  time.Time // no longer good from then on; zero means no end
}

// What may be wrong with a code.
var (
	ErrMalformed = errors.New("this is no signed code")
	ErrVersion   = errors.New("the code is of a version that this program does not know")
	ErrKey       = errors.New("the code was signed with a key that is not known here")
	ErrForged    = errors.New("the signature of the code is wrong")
	ErrEarly     = errors.New("the code is not valid yet")
	ErrExpired   = errors.New("the code has expired")
)

const (
	version    = 1
	flagSingle = 1
	signedLen  = 25
	codeLen    = signedLen + ed25519.SignatureSize
	maxHours   = 1<<24 - 1
)

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Is says whether text is meant to be a signed code.
func Is(text string) bool {
	return len(text) >= len(Prefix) && strings.EqualFold(text[:len(Prefix)], Prefix)
}

// Sign makes the text of c: always the same for the same key. NotBefore is rounded
// down to the hour and NotAfter up, so that a code is never good for less than it was meant.
func Sign(key ed25519.PrivateKey, c Code) string {
	b := append(make([]byte, 0, len(Prefix)+codeLen), Prefix...)
	flags := byte(0)
	if c.SingleUse {
		flags = flagSingle
	}
	b = append(b, version, c.Key, flags)
	b = binary.BigEndian.AppendUint64(b, c.Pass)
	b = binary.BigEndian.AppendUint64(b, c.Campaign)
	b = appendHours(b, hours(c.NotBefore, 0, 0))
	b = appendHours(b, hours(c.NotAfter, time.Hour-1, 1))
	b = append(b, ed25519.Sign(key, b)...)
	return Prefix + encoding.EncodeToString(b[len(Prefix):])
}

// hours are those since 1970 of t, but not fewer than least; 0 of the zero time. What does
// not fit into 24 bits is cut.
func hours(t time.Time, round time.Duration, least int64) uint32 {
	if t.IsZero() {
		return 0
	}
	return uint32(min(max(t.Add(round).Unix()/3600, least), maxHours))
}

func appendHours(b []byte, h uint32) []byte { return append(b, byte(h>>16), byte(h>>8), byte(h)) }

func readHours(b []byte) time.Time {
	h := int64(b[0])<<16 | int64(b[1])<<8 | int64(b[2])
	if h == 0 {
		return time.Time{}
	}
	return time.Unix(h*3600, 0).UTC()
}

// Keys finds a public key by its number; nil if there is none.
type Keys func(number uint8) ed25519.PublicKey

// Verify reads a code that one of the keys signed and that is good at the time
// now. ErrEarly and ErrExpired come with the code, all other errors without.
func Verify(text string, keys Keys, now time.Time) (Code, error) {
	raw, err := decode(text)
	if err != nil {
		return Code{}, err
	}
	c := read(raw)
	key := keys(c.Key)
	if key == nil {
		return Code{}, ErrKey
	}
	signed := append([]byte(Prefix), raw[:signedLen]...)
	if !ed25519.Verify(key, signed, raw[signedLen:]) {
		return Code{}, ErrForged
	}
	return c, c.at(now)
}

func (c Code) at(now time.Time) error {
	switch {
	case now.Before(c.NotBefore):
		return ErrEarly
	case !c.NotAfter.IsZero() && !now.Before(c.NotAfter):
		return ErrExpired
	}
	return nil
}

// decode returns the bytes of a code of this version. It refuses a last character
// with bits that stand for nothing, which the decoder would ignore.
func decode(text string) ([]byte, error) {
	if !Is(text) {
		return nil, ErrMalformed
	}
	body := strings.Map(upper, text[len(Prefix):])
	raw, err := encoding.DecodeString(body)
	if err != nil || len(raw) == 0 || encoding.EncodeToString(raw) != body {
		return nil, ErrMalformed
	}
	if raw[0] != version {
		return nil, ErrVersion
	}
	if len(raw) != codeLen || raw[2]&^flagSingle != 0 {
		return nil, ErrMalformed
	}
	return raw, nil
}

// upper leaves everything but a to z as it is; there are other letters whose capital is one of A to Z.
func upper(c rune) rune {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

func read(raw []byte) Code {
	return Code{
		Key: raw[1], SingleUse: raw[2]&flagSingle != 0,
		Pass: binary.BigEndian.Uint64(raw[3:]), Campaign: binary.BigEndian.Uint64(raw[11:]),
		NotBefore: readHours(raw[19:]), NotAfter: readHours(raw[22:]),
	}
}
