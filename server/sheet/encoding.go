package sheet

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// UTF-16 is parsed as UTF-8, in which delimiters and quotes are single bytes. What
// has no place in UTF-8 becomes one of two bytes that UTF-8 never uses, so a broken
// cell is found where every other one is and offsets can still be counted back.
const (
	loneSurrogate = 0xff // stands for two bytes
	oddByte       = 0xfe // stands for the one byte at the end of a cut file
)

// order of the bytes of a UTF-16 encoding, nil for any other.
func (e Encoding) order() binary.ByteOrder {
	switch e {
	case UTF16LE:
		return binary.LittleEndian
	case UTF16BE:
		return binary.BigEndian
	}
	return nil
}

// appendUTF16 decodes raw onto dst and says how many bytes it used. Unless raw is
// the end of the file, half a character is left for the next call.
func appendUTF16(dst, raw []byte, order binary.ByteOrder, last bool) ([]byte, int) {
	at := 0
	for ; len(raw)-at >= 2; at += 2 {
		unit := rune(order.Uint16(raw[at:]))
		if !utf16.IsSurrogate(unit) {
			dst = utf8.AppendRune(dst, unit)
			continue
		}
		if len(raw)-at < 4 && !last {
			return dst, at
		}
		pair := rune(utf8.RuneError)
		if len(raw)-at >= 4 {
			pair = utf16.DecodeRune(unit, rune(order.Uint16(raw[at+2:])))
		}
		if pair == utf8.RuneError {
			dst = append(dst, loneSurrogate)
			continue
		}
		dst = utf8.AppendRune(dst, pair)
		at += 2
	}
	if last && at < len(raw) {
		return append(dst, oddByte), len(raw)
	}
	return dst, at
}

// width is how many bytes of the file the decoded text came from.
func (e Encoding) width(text []byte) int64 {
	if e.order() == nil {
		return int64(len(text))
	}
	n := int64(0)
	for _, b := range text {
		switch {
		case b == oddByte:
			n++
		case b == loneSurrogate, b < utf8.RuneSelf, b >= 0xc0 && b < 0xf0:
			n += 2
		case b >= 0xf0:
			n += 4
		}
	}
	return n
}

// invalid says what is wrong with a cell's bytes, or "" if nothing is.
func (e Encoding) invalid(cell []byte) string {
	if e == Windows1252 {
		for _, b := range cell {
			if b >= utf8.RuneSelf && charmap.Windows1252.DecodeByte(b) == utf8.RuneError {
				return fmt.Sprintf("byte 0x%02X is no character of windows-1252; save the table as CSV in UTF-8, or name its encoding", b)
			}
		}
		return ""
	}
	for at := 0; at < len(cell); {
		r, size := utf8.DecodeRune(cell[at:])
		if r != utf8.RuneError || size > 1 {
			at += size
			continue
		}
		if e == UTF8 {
			return fmt.Sprintf("byte 0x%02X is not UTF-8; name the encoding if the file has another one", cell[at])
		}
		return "half a character of UTF-16; save the table anew, as CSV in UTF-8"
	}
	return ""
}

// appendWindows1252 decodes raw onto dst. The five bytes without a character are
// refused before.
func appendWindows1252(dst, raw []byte) []byte {
	for _, b := range raw {
		if b < utf8.RuneSelf {
			dst = append(dst, b)
		} else {
			dst = utf8.AppendRune(dst, charmap.Windows1252.DecodeByte(b))
		}
	}
	return dst
}

// ascii reports whether text needs no decoding. It looks at eight bytes at a time.
func ascii(text []byte) bool {
	for ; len(text) >= 8; text = text[8:] {
		if binary.LittleEndian.Uint64(text)&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, b := range text {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
