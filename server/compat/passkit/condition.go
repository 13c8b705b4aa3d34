package passkit

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"pocketpass/store"
)

// condition says whether something holds of a pass.
type condition func(q *searching, p store.Pass) (bool, error)

// operation compares a value with an operand. What is not there is neither more nor less
// than anything.
type operation struct {
	name    string
	operand json.RawMessage
}

var operators = []string{"gt", "gte", "lt", "lte", "eq", "exists"}

// operations reads an object of operators, or a scalar, which has to be equal.
func operations(member string, raw json.RawMessage) ([]operation, error) {
	if raw[0] != '{' {
		if _, scalar := textOf(raw); !scalar {
			return nil, badFilter(member)
		}
		return []operation{{"eq", raw}}, nil
	}
	o, err := readMap(raw, member)
	if err != nil {
		return nil, err
	}
	var out []operation
	for _, name := range sortedKeys(o) {
		if _, scalar := textOf(o[name]); !slices.Contains(operators, name) || !scalar {
			return nil, badFilter(member + "." + name)
		}
		out = append(out, operation{name, o[name]})
	}
	if len(out) == 0 {
		return nil, badFilter(member)
	}
	return out, nil
}

// badFilter refuses what is not known: without it a search would find more, and clients
// go on to invalidate what it finds.
func badFilter(name string) *failure {
	return invalidField("passFilter", "%s is not known", name)
}

// says is whether a comparison comes out as an operator wants it.
func says(operator string, order int) bool {
	switch operator {
	case "gt":
		return order > 0
	case "gte":
		return order >= 0
	case "lt":
		return order < 0
	case "lte":
		return order <= 0
	}
	return order == 0
}

// compared is a condition made of operations, of which each compares by itself.
func compared[T any](member string, ops []operation, read func(json.RawMessage) (T, bool), order func(T, T) int,
	value func(q *searching, p store.Pass) (v T, there bool, err error)) (condition, error) {
	type test struct {
		operation
		operand T
		exists  bool
	}
	var tests []test
	for _, op := range ops {
		t := test{operation: op}
		ok := true
		if op.name == "exists" {
			t.exists, ok = truthOf(op.operand)
		} else {
			t.operand, ok = read(op.operand)
		}
		if !ok {
			return nil, invalidField("passFilter", "%s.%s cannot be compared with %s", member, op.name, op.operand)
		}
		tests = append(tests, t)
	}
	return func(q *searching, p store.Pass) (bool, error) {
		v, there, err := value(q, p)
		for _, t := range tests {
			if t.name == "exists" && there != t.exists || t.name != "exists" && (!there || !says(t.name, order(v, t.operand))) {
				return false, err
			}
		}
		return true, err
	}, nil
}

func truthOf(raw json.RawMessage) (value, ok bool) {
	b, err := object{"b": raw}.boolean("b")
	return b != nil && *b, err == nil && b != nil
}

// dateForms are dates of which the rest may be left out.
var dateForms = append([]string{"2006", "2006-01", "2006-01-02T15:04"}, times...)

func readMoment(raw json.RawMessage) (time.Time, bool) {
	text, _ := textOf(raw)
	for _, form := range dateForms {
		if at, err := time.Parse(form, strings.TrimSpace(text)); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

func readNumber(raw json.RawMessage) (float64, bool) {
	text, _ := textOf(raw)
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return n, err == nil
}

// ofDate compares a moment of a pass, in whole seconds as clients are told it.
func ofDate(member string, ops []operation, at func(store.Pass) time.Time) (condition, error) {
	return compared(member, ops, readMoment, time.Time.Compare, func(_ *searching, p store.Pass) (time.Time, bool, error) {
		t := at(p)
		return t.Truncate(time.Second), !t.IsZero(), nil
	})
}

// spanOf is when passes were created that a condition on it lets through, or a little longer.
func spanOf(ops []operation) (out store.Span) {
	for _, op := range ops {
		at, ok := readMoment(op.operand)
		if !ok {
			continue
		}
		switch op.name {
		case "gt", "gte":
			out.Since(at)
		case "lt", "lte":
			out.Before(at.Add(time.Second))
		case "eq":
			out.Since(at)
			out.Before(at.Add(time.Second))
		}
	}
	return out
}

func ofText(member string, ops []operation, fold bool, text func(store.Pass) (string, error)) (condition, error) {
	order := strings.Compare
	if fold {
		order = func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }
	}
	return compared(member, ops, textOf, order, func(_ *searching, p store.Pass) (string, bool, error) {
		v, err := text(p)
		return v, v != "", err
	})
}

// ofData compares a value of the data of passes. With a number it is compared as one, if
// it is one.
func ofData(key string, ops []operation) (condition, error) {
	var all []condition
	for _, op := range ops {
		one := []operation{op}
		var c condition
		var err error
		if _, isText := strings.CutPrefix(string(op.operand), `"`); isText || op.operand[0] == 't' || op.operand[0] == 'f' {
			c, err = ofText("dynamicData."+key, one, false, func(p store.Pass) (string, error) {
				text, _ := textOf(p.Values[key])
				return text, nil
			})
		} else {
			c, err = compared("dynamicData."+key, one, readNumber, cmp.Compare[float64], func(_ *searching, p store.Pass) (float64, bool, error) {
				n, ok := readNumber(p.Values[key])
				return n, ok, nil
			})
		}
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return func(q *searching, p store.Pass) (bool, error) {
		for _, c := range all {
			if ok, err := c(q, p); !ok || err != nil {
				return false, err
			}
		}
		return true, nil
	}, nil
}
