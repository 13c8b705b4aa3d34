// Package charset turns the message of a barcode into bytes of a character set.
//
// It knows all names of IANA's registry, and converts to the sets that barcodes
// are made in. The Chinese and Korean sets are not among them: their tables take
// half a megabyte of the program.
package charset

import (
	_ "embed"
	"errors"
	"strings"
	"sync"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// What Encode may answer.
var (
	ErrUnknown     = errors.New("not a character set of IANA's registry")
	ErrUnsupported = errors.New("a character set that this program cannot convert to")
	ErrUnencodable = errors.New("the text has a character that the set lacks")
)

const ascii = "us-ascii"

// Encode returns text in the bytes of the set, which is named by any name of
// IANA's registry in any case. It fails with one of the errors above.
func Encode(text, set string) (string, error) {
	name, ok := registry()[strings.ToLower(strings.TrimSpace(set))]
	if !ok {
		return "", ErrUnknown
	}
	if name == ascii {
		return plain(text)
	}
	enc, ok := convertible[name]
	if !ok {
		return "", ErrUnsupported
	}
	out, err := enc.NewEncoder().String(text)
	if err != nil {
		return "", ErrUnencodable
	}
	return out, nil
}

func plain(text string) (string, error) {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return "", ErrUnencodable
		}
	}
	return text, nil
}

// names has a line for each set of https://www.iana.org/assignments/character-sets:
// its name, then its aliases, in lower case.
//
//go:embed names.txt
var names string

// registry leads from each name or alias to the name.
var registry = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(names) {
		all := strings.Fields(line)
		for _, alias := range all {
			out[alias] = all[0]
		}
	}
	return out
})

var convertible = map[string]encoding.Encoding{
	"utf-8":           unicode.UTF8,
	"utf-16":          unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"utf-16be":        unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	"utf-16le":        unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	"ibm037":          charmap.CodePage037,
	"ibm437":          charmap.CodePage437,
	"ibm850":          charmap.CodePage850,
	"ibm852":          charmap.CodePage852,
	"ibm855":          charmap.CodePage855,
	"ibm00858":        charmap.CodePage858,
	"ibm860":          charmap.CodePage860,
	"ibm862":          charmap.CodePage862,
	"ibm863":          charmap.CodePage863,
	"ibm865":          charmap.CodePage865,
	"ibm866":          charmap.CodePage866,
	"ibm1047":         charmap.CodePage1047,
	"ibm01140":        charmap.CodePage1140,
	"iso_8859-1:1987": charmap.ISO8859_1,
	"iso_8859-2:1987": charmap.ISO8859_2,
	"iso_8859-3:1988": charmap.ISO8859_3,
	"iso_8859-4:1988": charmap.ISO8859_4,
	"iso_8859-5:1988": charmap.ISO8859_5,
	"iso_8859-6:1987": charmap.ISO8859_6,
	"iso_8859-6-e":    charmap.ISO8859_6E,
	"iso_8859-6-i":    charmap.ISO8859_6I,
	"iso_8859-7:1987": charmap.ISO8859_7,
	"iso_8859-8:1988": charmap.ISO8859_8,
	"iso_8859-8-e":    charmap.ISO8859_8E,
	"iso_8859-8-i":    charmap.ISO8859_8I,
	"iso_8859-9:1989": charmap.ISO8859_9,
	"iso-8859-10":     charmap.ISO8859_10,
	"iso-8859-13":     charmap.ISO8859_13,
	"iso-8859-14":     charmap.ISO8859_14,
	"iso-8859-15":     charmap.ISO8859_15,
	"iso-8859-16":     charmap.ISO8859_16,
	"koi8-r":          charmap.KOI8R,
	"koi8-u":          charmap.KOI8U,
	"macintosh":       charmap.Macintosh,
	"windows-874":     charmap.Windows874,
	"windows-1250":    charmap.Windows1250,
	"windows-1251":    charmap.Windows1251,
	"windows-1252":    charmap.Windows1252,
	"windows-1253":    charmap.Windows1253,
	"windows-1254":    charmap.Windows1254,
	"windows-1255":    charmap.Windows1255,
	"windows-1256":    charmap.Windows1256,
	"windows-1257":    charmap.Windows1257,
	"windows-1258":    charmap.Windows1258,
	"extended_unix_code_packed_format_for_japanese": japanese.EUCJP,
	"iso-2022-jp": japanese.ISO2022JP,
	"shift_jis":   japanese.ShiftJIS,
}
