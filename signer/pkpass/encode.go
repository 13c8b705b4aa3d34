package pkpass

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Encode writes pass.json. Equal documents give equal bytes: known keys in a
// fixed order, then the unknown ones sorted, no blanks, no HTML escapes. An
// error means a value that JSON cannot hold, named by its key.
func (d *Document) Encode() ([]byte, error) {
	return encodeStruct(reflect.ValueOf(d).Elem())
}

// MarshalJSON is Encode, for documents inside other JSON.
func (d *Document) MarshalJSON() ([]byte, error) { return d.Encode() }

// encodeStruct writes the struct v, which must be addressable. Most documents fit
// the first buffer.
func encodeStruct(v reflect.Value) ([]byte, error) {
	return appendStruct(make([]byte, 0, 4096), v)
}

func appendAny(b []byte, v reflect.Value) ([]byte, error) {
	switch v.Kind() {
	case reflect.String:
		return appendString(b, v.String()), nil
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool()), nil
	case reflect.Int, reflect.Int64:
		return strconv.AppendInt(b, v.Int(), 10), nil
	case reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("%v is not a JSON number; use a finite one", f)
		}
		return appendFloat(b, v.Float()), nil
	case reflect.Pointer:
		return appendAny(b, v.Elem())
	case reflect.Slice:
		return appendSlice(b, v)
	default:
		return appendStruct(b, v)
	}
}

func appendSlice(b []byte, v reflect.Value) ([]byte, error) {
	if v.Type() == rawType {
		return appendRaw(b, v.Bytes())
	}
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendAny(b, v.Index(i)); err != nil {
			return nil, fmt.Errorf("%d: %w", i, err)
		}
	}
	return append(b, ']'), nil
}

func appendStruct(b []byte, v reflect.Value) ([]byte, error) {
	if v.Type() == valueType {
		return v.Addr().Interface().(*Value).append(b)
	}
	p := plans[v.Type()]
	b = append(b, '{')
	for i := range p.members {
		m := &p.members[i]
		f := v.FieldByIndex(m.index)
		if isUnset(f) {
			continue
		}
		var err error
		if b, err = appendAny(append(b, m.head...), f); err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		b = append(b, ',')
	}
	if extra := p.extraOf(v); len(extra) > 0 {
		var err error
		if b, err = p.appendExtra(b, extra); err != nil {
			return nil, err
		}
	}
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return append(b, '}'), nil
}

// isUnset is reflect's IsZero without its slow path for the kinds that are
// most of a document.
func isUnset(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return v.Len() == 0
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return v.IsNil()
	default:
		return v.IsZero()
	}
}

// appendExtra writes the unknown keys, each followed by a comma.
func (p *plan) appendExtra(b []byte, extra map[string]json.RawMessage) ([]byte, error) {
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if p.byName[name] != nil {
			return nil, fmt.Errorf("%s: key is known and must not stand in Extra; set its own field", name)
		}
		b = append(appendString(b, name), ':')
		var err error
		if b, err = appendRaw(b, extra[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		b = append(b, ',')
	}
	return b, nil
}

func appendRaw(b, raw []byte) ([]byte, error) {
	n, err := readTree(raw)
	if err != nil {
		return nil, err
	}
	return n.append(b), nil
}

const hexDigits = "0123456789abcdef"

// appendString quotes s. Only what JSON demands is escaped; a byte that is not
// UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		b = appendEscape(append(b, s[start:i]...), c)
		i += size
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch {
	case c == '"' || c == '\\':
		return append(b, '\\', c)
	case c == '\n':
		return append(b, `\n`...)
	case c == '\r':
		return append(b, `\r`...)
	case c == '\t':
		return append(b, `\t`...)
	case c < ' ':
		return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	default:
		return append(b, "\ufffd"...)
	}
}
