package pkpass

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Strings are the texts of one language: what stands in pass.json → what is shown.
type Strings map[string]string

// MaxStrings is the limit of a strings file, in bytes.
const MaxStrings = 1 << 20

// EncodeStrings writes pass.strings with its keys sorted. It is UTF-16 with a
// byte order mark, big-endian: the one form that also those readers take which
// know UTF-8 only by guessing and assume big-endian where they do not.
func EncodeStrings(s Strings) []byte {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(s)) {
		fmt.Fprintf(&b, "\"%s\" = \"%s\";\n", stringsEscapes.Replace(key), stringsEscapes.Replace(s[key]))
	}
	units := utf16.Encode([]rune(b.String()))
	out := make([]byte, 0, 2+2*len(units))
	out = append(out, 0xfe, 0xff)
	for _, u := range units {
		out = append(out, byte(u>>8), byte(u))
	}
	return out
}

var stringsEscapes = strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\r", `\r`)

// ParseStrings reads a strings file in UTF-8 or UTF-16, with or without a byte
// order mark, with comments, and with keys that lack quotes. The last of equal
// keys counts. An error names the line.
func ParseStrings(data []byte) (Strings, error) {
	content, err := decodeStrings(data)
	if err != nil {
		return nil, err
	}
	p := stringsParser{rest: content, line: 1}
	out := make(Strings)
	for p.skip(); p.err == nil && p.rest != ""; p.skip() {
		key := p.token("key")
		p.expect('=')
		value := p.token("value")
		p.expect(';')
		if p.err == nil {
			out[key] = value
		}
	}
	if p.err != nil {
		return nil, fmt.Errorf("line %d: %w", p.line, p.err)
	}
	return out, nil
}

// decodeStrings finds the encoding: by the byte order mark, otherwise by the
// zero bytes that UTF-16 has in any text with quotes and semicolons.
func decodeStrings(data []byte) (string, error) {
	if len(data) > MaxStrings {
		return "", fmt.Errorf("strings file is longer than %d bytes; split off what is not shown", MaxStrings)
	}
	switch s := string(data); {
	case strings.HasPrefix(s, "\xfe\xff"):
		return decodeUTF16(data[2:], 1)
	case strings.HasPrefix(s, "\xff\xfe"):
		return decodeUTF16(data[2:], 0)
	case len(s) >= 2 && s[0] == 0:
		return decodeUTF16(data, 1)
	case len(s) >= 2 && s[1] == 0:
		return decodeUTF16(data, 0)
	case !utf8.ValidString(s):
		return "", errors.New("strings file is neither UTF-8 nor UTF-16; write UTF-16 with a byte order mark")
	default:
		return strings.TrimPrefix(s, "\ufeff"), nil
	}
}

// decodeUTF16 takes the position of the low byte within each pair.
func decodeUTF16(data []byte, low int) (string, error) {
	if len(data)%2 != 0 {
		return "", errors.New("strings file in UTF-16 has an odd number of bytes; write it anew")
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = uint16(data[2*i+1-low])<<8 | uint16(data[2*i+low])
	}
	return string(utf16.Decode(units)), nil
}

// hasBOM says whether a reader need not guess the encoding.
func hasBOM(data []byte) bool {
	s := string(data[:min(len(data), 3)])
	return strings.HasPrefix(s, "\xfe\xff") || strings.HasPrefix(s, "\xff\xfe") || s == "\ufeff"
}

type stringsParser struct {
	rest string
	line int
	err  error // the first one; then every step does nothing
}

func (p *stringsParser) advance(n int) {
	p.line += strings.Count(p.rest[:n], "\n")
	p.rest = p.rest[n:]
}

// skip passes over blanks and comments.
func (p *stringsParser) skip() {
	for p.err == nil {
		blanks := len(p.rest) - len(strings.TrimLeft(p.rest, " \t\r\n\u2028\u2029"))
		p.advance(blanks)
		end, shut := "", 0
		switch {
		case strings.HasPrefix(p.rest, "/*"):
			end, shut = "*/", 2
		case strings.HasPrefix(p.rest, "//"):
			end = "\n"
		default:
			return
		}
		n := strings.Index(p.rest[2:], end)
		if n < 0 && shut > 0 {
			p.err = errors.New("comment is not closed; end it with */")
			return
		}
		if n < 0 {
			n = len(p.rest) - 2
		}
		p.advance(2 + n + shut)
	}
}

func (p *stringsParser) expect(c byte) {
	p.skip()
	if p.err != nil {
		return
	}
	if p.rest == "" || p.rest[0] != c {
		p.err = fmt.Errorf("%q is missing; write \"key\" = \"value\";", string(c))
		return
	}
	p.advance(1)
}

func (p *stringsParser) token(what string) string {
	p.skip()
	switch {
	case p.err != nil:
		return ""
	case strings.HasPrefix(p.rest, `"`):
		return p.quoted(what)
	}
	n := strings.IndexFunc(p.rest, func(r rune) bool { return !isBare(r) })
	if n < 0 {
		n = len(p.rest)
	}
	if n == 0 {
		p.err = fmt.Errorf("%s is missing or lacks its quotes; write \"key\" = \"value\";", what)
	}
	bare := p.rest[:n]
	p.advance(n)
	return bare
}

// isBare tells what may stand without quotes.
func isBare(r rune) bool {
	return r < utf8.RuneSelf && (isAlphanumeric(byte(r)) || strings.ContainsRune("_$:.-", r))
}

func isAlphanumeric(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func (p *stringsParser) quoted(what string) string {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case '"':
			p.advance(i + 1)
			return b.String()
		case '\\':
			r, size := unescape(p.rest[i+1:])
			b.WriteRune(r)
			i += size
		default:
			b.WriteByte(c)
		}
	}
	p.err = fmt.Errorf("%s has no closing quote; write \"key\" = \"value\";", what)
	return ""
}

// unescape reads what follows a backslash and returns how many bytes that was.
// An unknown escape stands for the character itself.
func unescape(s string) (rune, int) {
	r, size := utf8.DecodeRuneInString(s)
	switch r {
	case 'n':
		return '\n', 1
	case 'r':
		return '\r', 1
	case 't':
		return '\t', 1
	case 'u', 'U':
		if len(s) >= 5 {
			if n, err := strconv.ParseUint(s[1:5], 16, 16); err == nil {
				return unescapeUnit(rune(n), s[5:])
			}
		}
	}
	return r, size
}

// unescapeUnit joins a surrogate with the one that follows it.
func unescapeUnit(r rune, rest string) (rune, int) {
	if utf16.IsSurrogate(r) && len(rest) >= 6 && rest[0] == '\\' && (rest[1] == 'u' || rest[1] == 'U') {
		if low, err := strconv.ParseUint(rest[2:6], 16, 16); err == nil {
			return utf16.DecodeRune(r, rune(low)), 11
		}
	}
	return r, 5
}
