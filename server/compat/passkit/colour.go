package passkit

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// colour is a colour as templates show it.
type colour struct {
	Red   uint8 `json:"red"`
	Green uint8 `json:"green"`
	Blue  uint8 `json:"blue"`
}

// hex is the colour as passes show it.
func (c colour) hex() string { return fmt.Sprintf("#%02X%02X%02X", c.Red, c.Green, c.Blue) }

// rgb is the colour as Wallet reads it.
func (c colour) rgb() string { return fmt.Sprintf("rgb(%d, %d, %d)", c.Red, c.Green, c.Blue) }

var (
	sixDigits   = regexp.MustCompile(`^#?([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})$`)
	threeDigits = regexp.MustCompile(`^#([0-9A-Fa-f])([0-9A-Fa-f])([0-9A-Fa-f])$`)
	threeParts  = regexp.MustCompile(`^rgb\( *([0-9]{1,3}) *, *([0-9]{1,3}) *, *([0-9]{1,3}) *\)$`)
)

// colour reads a colour in any of its forms. given is false if the member is absent or an
// object without members; an empty text is a nil colour.
func (o object) colour(member string) (c *colour, given bool, err error) {
	raw, ok := o.get(member)
	if !ok {
		return nil, false, nil
	}
	if raw[0] == '{' || raw[0] == '[' {
		return readColourObject(raw, member)
	}
	text, _ := textOf(raw)
	if text = strings.TrimSpace(text); text == "" {
		return nil, true, nil
	}
	if c = parseColour(text); c == nil {
		return nil, false, invalidField(member, "must be a colour like #1B3A4B")
	}
	return c, true, nil
}

func parseColour(text string) *colour {
	base, m := 16, sixDigits.FindStringSubmatch(text)
	if m == nil {
		if m = threeDigits.FindStringSubmatch(text); m != nil {
			m[1], m[2], m[3] = m[1]+m[1], m[2]+m[2], m[3]+m[3]
		}
	}
	if m == nil {
		base, m = 10, threeParts.FindStringSubmatch(text)
	}
	if m == nil {
		return nil
	}
	var parts [3]uint8
	for n := range parts {
		v, err := strconv.ParseUint(m[n+1], base, 8)
		if err != nil {
			return nil
		}
		parts[n] = uint8(v)
	}
	return &colour{parts[0], parts[1], parts[2]}
}

func readColourObject(raw json.RawMessage, member string) (*colour, bool, error) {
	o, err := readObject(raw, member)
	if err != nil || o == nil {
		return nil, false, err
	}
	var parts [3]uint8
	for n, name := range []string{"red", "green", "blue"} {
		v, err := o.integer(name)
		if err != nil || v == nil || *v < 0 || *v > 255 {
			return nil, false, invalidField(member, "must have red, green and blue from 0 to 255")
		}
		parts[n] = uint8(*v)
	}
	return &colour{parts[0], parts[1], parts[2]}, true, nil
}
