package pkpass

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// ParseDocument reads pass.json. Unknown keys go to Extra; null counts as
// absent. It is an error if the data are over the limits, are not one JSON
// object, or a known key has a value of another type; the error names the line
// or the JSON pointer. Validate says everything that is wrong at once.
func ParseDocument(data []byte) (*Document, error) {
	d := new(Document)
	if err := parseInto(reflect.ValueOf(d).Elem(), data); err != nil {
		return nil, err
	}
	return d, nil
}

// SalvageDocument reads what fits of a foreign pass.json: a member of another
// type than its key wants is left out. It returns nil if the data are over the
// limits or not one JSON object.
func SalvageDocument(data []byte) *Document {
	d := new(Document)
	err := parseInto(reflect.ValueOf(d).Elem(), data)
	if _, partly := errors.AsType[misfit](err); err != nil && !partly {
		return nil
	}
	return d
}

// UnmarshalJSON is ParseDocument, for documents inside other JSON.
func (d *Document) UnmarshalJSON(data []byte) error {
	in, err := ParseDocument(data)
	if err != nil {
		return err
	}
	*d = *in
	return nil
}

func parseInto(v reflect.Value, data []byte) error {
	n, err := readTree(data)
	if err != nil {
		return err
	}
	if n.kind != objectNode {
		return errNotObject
	}
	var dec decoder
	dec.object(v, n, &place{index: -1})
	if len(dec.misfits) > 0 {
		return dec.misfits[0]
	}
	return nil
}

// misfit is a value of another type than its key wants. The decoder leaves the
// member unset and goes on, so that a foreign document can be judged as a whole.
type misfit struct {
	at   *place
	want string
	got  node
}

func (m misfit) Error() string {
	return fmt.Sprintf("%s must be %s, not %s", m.at.pointer(), m.want, m.got.describe())
}

// describe names the kind, and "a number in quotes" where quotes are the mistake.
func (n node) describe() string {
	switch {
	case n.kind == stringNode && isNumber(n.text):
		return "a number in quotes"
	case n.kind == stringNode && (strings.EqualFold(n.text, "true") || strings.EqualFold(n.text, "false")):
		return "a boolean in quotes"
	case n.kind == arrayNode || n.kind == objectNode:
		return "an " + n.kind.String()
	case n.kind == numberNode && strings.ContainsAny(n.text, ".eE"):
		return "the number " + n.text[:min(len(n.text), 24)]
	default:
		return "a " + n.kind.String()
	}
}

type decoder struct {
	misfits []misfit
}

func (d *decoder) fail(at *place, want string, got node) {
	d.misfits = append(d.misfits, misfit{at, want, got})
}

// any sets v from n. A misfit leaves v as it was.
func (d *decoder) any(v reflect.Value, n node, at *place) {
	if n.kind == nullNode {
		return
	}
	switch v.Kind() {
	case reflect.String:
		if n.kind != stringNode {
			d.fail(at, "a string", n)
			return
		}
		v.SetString(n.text)
	case reflect.Bool:
		if n.kind != boolNode {
			d.fail(at, "a boolean", n)
			return
		}
		v.SetBool(n.text == "true")
	case reflect.Int, reflect.Int64, reflect.Float64:
		d.number(v, n, at)
	case reflect.Pointer:
		d.pointer(v, n, at)
	case reflect.Slice:
		d.slice(v, n, at)
	default:
		d.object(v, n, at)
	}
}

// number accepts 3.0 and 3e0 for a whole number, since JSON does not tell them apart.
func (d *decoder) number(v reflect.Value, n node, at *place) {
	if n.kind != numberNode {
		d.fail(at, "a number", n)
		return
	}
	f, _ := strconv.ParseFloat(n.text, 64) // the tree holds none that is out of range
	if v.Kind() == reflect.Float64 {
		v.SetFloat(f)
		return
	}
	whole, err := strconv.ParseInt(n.text, 10, 64)
	if err != nil {
		if whole = int64(f); float64(whole) != f || f >= 1<<53 || f <= -1<<53 {
			d.fail(at, "a whole number", n)
			return
		}
	}
	v.SetInt(whole)
}

// pointer keeps a nil pointer where its content did not fit, and a struct with
// what did fit.
func (d *decoder) pointer(v reflect.Value, n node, at *place) {
	fresh := reflect.New(v.Type().Elem())
	before := len(d.misfits)
	d.any(fresh.Elem(), n, at)
	if len(d.misfits) == before || n.kind == objectNode {
		v.Set(fresh)
	}
}

func (d *decoder) slice(v reflect.Value, n node, at *place) {
	if v.Type() == rawType {
		v.SetBytes(n.append(nil))
		return
	}
	if n.kind != arrayNode {
		d.fail(at, "an array", n)
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		if item.kind == nullNode {
			d.fail(at.item(i), "a value", item)
			continue
		}
		d.any(out.Index(i), item, at.item(i))
	}
	v.Set(out)
}

func (d *decoder) object(v reflect.Value, n node, at *place) {
	if v.Type() == valueType {
		d.value(v, n, at)
		return
	}
	if n.kind != objectNode {
		d.fail(at, "an object", n)
		return
	}
	p := plans[v.Type()]
	var extra map[string]json.RawMessage
	for i, name := range n.names {
		if m := p.byName[name]; m != nil {
			d.any(v.FieldByIndex(m.index), n.items[i], at.member(name))
			continue
		}
		if extra == nil {
			extra = make(map[string]json.RawMessage)
		}
		extra[name] = n.items[i].append(nil)
	}
	v.Field(p.extra).Set(reflect.ValueOf(extra))
}

func (d *decoder) value(v reflect.Value, n node, at *place) {
	out, ok := valueOf(n)
	if !ok {
		d.fail(at, "a string or a number", n)
		return
	}
	*v.Addr().Interface().(*Value) = out
}
