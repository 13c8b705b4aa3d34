package pkpass

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"
)

// rgb is an opaque colour; pass.json has no transparency.
type rgb struct{ r, g, b uint8 }

// parseColor reads rgb(r, g, b), and #RRGGBB or #RGB, which Wallet takes
// although only rgb() is documented.
func parseColor(s string) (rgb, bool) {
	if strings.HasPrefix(s, "#") {
		return parseHex(s)
	}
	return parseRGB(s)
}

func parseRGB(s string) (rgb, bool) {
	inner, ok := strings.CutPrefix(s, "rgb(")
	if !ok || !strings.HasSuffix(inner, ")") {
		return rgb{}, false
	}
	if strings.Count(inner, ",") != 2 {
		return rgb{}, false
	}
	var c [3]uint8
	rest := strings.TrimSuffix(inner, ")")
	for i := range c {
		var part string
		part, rest, _ = strings.Cut(rest, ",")
		n, err := strconv.ParseUint(strings.TrimSpace(part), 10, 8)
		if err != nil {
			return rgb{}, false
		}
		c[i] = uint8(n)
	}
	return rgb{c[0], c[1], c[2]}, true
}

func parseHex(s string) (rgb, bool) {
	digits := s[1:]
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != 3 {
		return rgb{}, false
	}
	return rgb{b[0], b[1], b[2]}, true
}

// contrast is the ratio of WCAG 2, from 1 (equal) to 21 (black on white).
func contrast(a, b rgb) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func (c rgb) luminance() float64 {
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

func linear(channel uint8) float64 {
	x := float64(channel) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}
