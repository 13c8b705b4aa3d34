package barcode

import "strings"

const (
	latchBytes     = 901 // the number of bytes is no multiple of six
	latchBytesFull = 924 // it is one
)

// The sub-modes of text compaction: two characters a codeword, each a
// position in the alphabet of the sub-mode in force.
const (
	upperSet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ "
	lowerSet = "abcdefghijklmnopqrstuvwxyz "
	mixedSet = "0123456789&\r\t,:#-.$/+%*=^\x00 " // position 25 is a latch
	punctSet = ";<>@[\\]_`~!\r\t,:\n-.$/\"|*()?{}'"
)

const (
	toPunct = 29 // for one character, from every sub-mode; also the filler
	toLower = 27
	toMixed = 28
	toUpper = 28 // from mixed; from lower the way leads through mixed
)

// compact turns bytes into codewords: as text when every byte has a place in
// the text alphabets, as bytes otherwise.
func compact(data string) []int {
	values, ok := textValues(data)
	if !ok {
		return byteWords(data)
	}
	if len(values)%2 == 1 {
		values = append(values, toPunct)
	}
	words := make([]int, 0, len(values)/2)
	for i := 0; i < len(values); i += 2 {
		words = append(words, 30*values[i]+values[i+1])
	}
	return words
}

// textValues spells data in sub-modes, from capitals on, which is where a
// reader starts. Punctuation is always shifted to, never latched.
func textValues(data string) ([]int, bool) {
	var out []int
	set := upperSet
	for i := range len(data) {
		c := data[i]
		if strings.IndexByte(set, c) < 0 || c == 0 {
			next, latch := latchTo(set, c)
			set, out = next, append(out, latch...)
		}
		pos := strings.IndexByte(set, c)
		if pos < 0 || c == 0 {
			out = append(out, toPunct)
			pos = strings.IndexByte(punctSet, c)
		}
		if pos < 0 {
			return nil, false
		}
		out = append(out, pos)
	}
	return out, true
}

// latchTo names the sub-mode that holds c and the values that lead there from
// set; set itself if only punctuation holds it.
func latchTo(set string, c byte) (string, []int) {
	switch {
	case c >= 'A' && c <= 'Z' && set == lowerSet:
		return upperSet, []int{toMixed, toUpper}
	case c >= 'A' && c <= 'Z':
		return upperSet, []int{toUpper}
	case c >= 'a' && c <= 'z':
		return lowerSet, []int{toLower}
	case c != 0 && strings.IndexByte(mixedSet, c) >= 0:
		return mixedSet, []int{toMixed}
	}
	return set, nil
}

// byteWords packs six bytes into five codewords, base 256 into base 900; what
// is left over takes a codeword a byte.
func byteWords(data string) []int {
	out := []int{latchBytes}
	if len(data)%6 == 0 {
		out[0] = latchBytesFull
	}
	for ; len(data) >= 6; data = data[6:] {
		var n uint64
		for i := range 6 {
			n = n<<8 | uint64(data[i])
		}
		group := make([]int, 5)
		for i := 4; i >= 0; i-- {
			group[i], n = int(n%900), n/900
		}
		out = append(out, group...)
	}
	for i := range len(data) {
		out = append(out, int(data[i]))
	}
	return out
}
