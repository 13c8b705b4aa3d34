package pkpass

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of what is read as pass.json. Real ones have a few kilobytes, some
// hundred values and a depth of six.
const (
	MaxDocument = 1 << 20 // bytes
	maxDepth    = 32
	maxValues   = 1 << 16
)

var (
	errTooLarge  = fmt.Errorf("document is longer than %d bytes; leave large content out", MaxDocument)
	errTooDeep   = fmt.Errorf("document nests deeper than %d levels; flatten it", maxDepth)
	errTooMany   = fmt.Errorf("document has more than %d values; leave some out", maxValues)
	errNumber    = errors.New("a number is outside the range of a double; write it as text")
	errBOM       = errors.New("document begins with a byte order mark; write plain UTF-8")
	errNotUTF8   = errors.New("document is not UTF-8; write it in UTF-8")
	errNotObject = errors.New("document is not a JSON object; write { … }")
)

type nodeKind byte

const (
	nullNode nodeKind = iota
	boolNode
	numberNode
	stringNode
	arrayNode
	objectNode
)

func (k nodeKind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// node is one JSON value as it was written.
type node struct {
	kind  nodeKind
	text  string   // of a string its content, of a number or a boolean its literal
	names []string // of an object, one for each item, in order, with duplicates
	items []node   // of an array or an object
}

// readTree reads one JSON value under the limits.
func readTree(data []byte) (node, error) {
	switch {
	case len(data) > MaxDocument:
		return node{}, errTooLarge
	case bytes.HasPrefix(data, []byte("\ufeff")):
		return node{}, errBOM
	case !utf8.Valid(data):
		return node{}, errNotUTF8
	}
	if err := checkSyntax(data); err != nil {
		return node{}, err
	}
	r := treeReader{data: data}
	n := r.value(0)
	return n, r.err
}

// syntaxError is what is wrong with the JSON, and where: both counts begin at 1,
// columns count bytes.
type syntaxError struct {
	line, column int
	offset       int // of the first byte that does not fit
	cause        error
}

func (e *syntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %v", e.line, e.column, e.cause)
}

func (e *syntaxError) Unwrap() error { return e.cause }

func checkSyntax(data []byte) error {
	var all json.RawMessage
	err := json.Unmarshal(data, &all)
	bad, ok := errors.AsType[*json.SyntaxError](err)
	if !ok {
		return err
	}
	at := max(0, min(int(bad.Offset)-1, len(data)))
	before := data[:at]
	return &syntaxError{
		line:   bytes.Count(before, []byte("\n")) + 1,
		column: at - bytes.LastIndexByte(before, '\n'),
		offset: at,
		cause:  err,
	}
}

// treeReader reads JSON whose syntax was checked, so it meets no surprises but
// the limits.
type treeReader struct {
	data   []byte
	at     int
	values int
	err    error
}

func (r *treeReader) value(depth int) node {
	if r.values++; r.values > maxValues {
		r.err = errTooMany
	} else if depth > maxDepth {
		r.err = errTooDeep
	}
	if r.err != nil {
		return node{}
	}
	switch r.next() {
	case '{':
		return r.object(depth)
	case '[':
		return r.array(depth)
	case '"':
		return node{kind: stringNode, text: r.string()}
	case 't', 'f':
		return node{kind: boolNode, text: r.literal()}
	case 'n':
		r.literal()
		return node{kind: nullNode}
	default:
		return node{kind: numberNode, text: r.number()}
	}
}

// next skips blanks, commas and colons, and returns the byte that it stops at.
func (r *treeReader) next() byte {
	for {
		switch c := r.data[r.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
			r.at++
		default:
			return c
		}
	}
}

func (r *treeReader) object(depth int) node {
	n := node{kind: objectNode}
	r.at++
	for r.err == nil && r.next() != '}' {
		n.names = append(n.names, r.string())
		n.items = append(n.items, r.value(depth+1))
	}
	r.at++
	return n
}

func (r *treeReader) array(depth int) node {
	n := node{kind: arrayNode}
	r.at++
	for r.err == nil && r.next() != ']' {
		n.items = append(n.items, r.value(depth+1))
	}
	r.at++
	return n
}

func (r *treeReader) string() string {
	start := r.at
	escaped := false
	for r.at++; r.data[r.at] != '"'; r.at++ {
		if r.data[r.at] == '\\' {
			escaped = true
			r.at++
		}
	}
	r.at++
	if !escaped {
		return string(r.data[start+1 : r.at-1])
	}
	var s string
	if err := json.Unmarshal(r.data[start:r.at], &s); err != nil {
		r.err = err
	}
	return s
}

// number refuses what no double can hold: Apple's reader gives up on the whole
// file, others make infinity of it.
func (r *treeReader) number() string {
	s := r.literal()
	if _, err := strconv.ParseFloat(s, 64); err != nil {
		r.err = errNumber
	}
	return s
}

func (r *treeReader) literal() string {
	start := r.at
	for r.at < len(r.data) && strings.IndexByte(" \t\r\n,:]}", r.data[r.at]) < 0 {
		r.at++
	}
	return string(r.data[start:r.at])
}

// append writes the value without blanks, its keys in the order in which they
// were read.
func (n node) append(b []byte) []byte {
	switch n.kind {
	case nullNode:
		return append(b, "null"...)
	case stringNode:
		return appendString(b, n.text)
	case arrayNode, objectNode:
		return n.appendItems(b)
	default:
		return append(b, n.text...)
	}
}

func (n node) appendItems(b []byte) []byte {
	open, shut := byte('['), byte(']')
	if n.kind == objectNode {
		open, shut = '{', '}'
	}
	b = append(b, open)
	for i, item := range n.items {
		if i > 0 {
			b = append(b, ',')
		}
		if n.kind == objectNode {
			b = append(appendString(b, n.names[i]), ':')
		}
		b = item.append(b)
	}
	return append(b, shut)
}
