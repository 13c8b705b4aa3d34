package pkpass

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Value is the value of a field: text (also a date) or a number, whose digits
// are kept as they were written. The zero Value is an absent one.
type Value struct {
	kind    valueKind
	content string // the text, or the number's literal
}

type valueKind byte

const (
	absentValue valueKind = iota
	textValue
	numberValue
)

// Text makes a value of a text, a key into pass.strings, or a date.
func Text(s string) Value { return Value{textValue, s} }

// Number makes a value of a JSON number's literal. An empty or malformed
// literal is found when the document is encoded.
func Number(n json.Number) Value { return Value{numberValue, n.String()} }

// IsZero says whether the value is absent. An empty text is present.
func (v Value) IsZero() bool { return v.kind == absentValue }

// IsText says whether the value is a text.
func (v Value) IsText() bool { return v.kind == textValue }

// IsNumber says whether the value is a number.
func (v Value) IsNumber() bool { return v.kind == numberValue }

// String returns the text or the number's literal.
func (v Value) String() string { return v.content }

// Number returns the literal of a number, and false for anything else.
func (v Value) Number() (json.Number, bool) {
	if v.kind != numberValue {
		return "", false
	}
	return json.Number(v.content), true
}

// MarshalJSON writes a string, a number, or null for an absent value.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.kind == absentValue {
		return []byte("null"), nil
	}
	return v.append(nil)
}

// UnmarshalJSON takes a string, a number, or null for an absent value.
func (v *Value) UnmarshalJSON(data []byte) error {
	n, err := readTree(data)
	if err != nil {
		return err
	}
	out, ok := valueOf(n)
	if !ok {
		return errors.New("value must be a string or a number")
	}
	*v = out
	return nil
}

func valueOf(n node) (Value, bool) {
	switch n.kind {
	case stringNode:
		return Text(n.text), true
	case numberNode:
		return Value{numberValue, n.text}, true
	case nullNode:
		return Value{}, true
	default:
		return Value{}, false
	}
}

func (v Value) append(b []byte) ([]byte, error) {
	if v.kind == textValue {
		return appendString(b, v.content), nil
	}
	if !isNumber(v.content) {
		return nil, fmt.Errorf("%q is not a JSON number; use text for anything else", v.content)
	}
	return append(b, v.content...), nil
}

// isNumber tells a JSON number, which has no leading zero, plus sign or blank.
func isNumber(s string) bool {
	return s != "" && (s[0] == '-' || isDigit(s[0])) && isDigit(s[len(s)-1]) && json.Valid([]byte(s))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// appendFloat writes small and large numbers with an exponent, as encoding/json does.
func appendFloat(b []byte, f float64) []byte {
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(b, f, format, -1, 64)
}
