package pkpass

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Color is an opaque colour; pass.json has no transparency.
type Color struct{ R, G, B uint8 }

// ParseColor reads rgb(r, g, b), and #RRGGBB or #RGB, which Wallet takes
// although only rgb() is documented.
func ParseColor(s string) (Color, error) {
	c, ok := parseColor(s)
	if !ok {
		return Color{}, fmt.Errorf("%.40q is not a colour; write it like rgb(96, 56, 19)", s)
	}
	return c, nil
}

func parseColor(s string) (Color, bool) {
	if strings.HasPrefix(s, "#") {
		return parseHex(s)
	}
	return parseRGB(s)
}

// String writes the documented form.
func (c Color) String() string { return fmt.Sprintf("rgb(%d, %d, %d)", c.R, c.G, c.B) }

func parseRGB(s string) (Color, bool) {
	inner, ok := strings.CutPrefix(s, "rgb(")
	if !ok || !strings.HasSuffix(inner, ")") {
		return Color{}, false
	}
	if strings.Count(inner, ",") != 2 {
		return Color{}, false
	}
	var c [3]uint8
	rest := strings.TrimSuffix(inner, ")")
	for i := range c {
		var part string
		part, rest, _ = strings.Cut(rest, ",")
		n, err := strconv.ParseUint(strings.TrimSpace(part), 10, 8)
		if err != nil {
			return Color{}, false
		}
		c[i] = uint8(n)
	}
	return Color{c[0], c[1], c[2]}, true
}

func parseHex(s string) (Color, bool) {
	digits := s[1:]
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != 3 {
		return Color{}, false
	}
	return Color{b[0], b[1], b[2]}, true
}

// contrast is the ratio of WCAG 2, from 1 (equal) to 21 (black on white).
func contrast(a, b Color) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func (c Color) luminance() float64 {
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func linear(channel uint8) float64 {
	x := float64(channel) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}
