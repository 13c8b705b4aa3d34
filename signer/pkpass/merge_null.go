package pkpass

import (
	"bytes"
	"reflect"
)

// MergeJSON is Merge with a patch that is JSON still, which it returns read as well. A
// null in it takes a member of d away, also of a field in one of its style's groups.
func (d *Document) MergeJSON(patch []byte) (merged, own *Document, err error) {
	if own, err = ParseDocument(patch); err != nil {
		return nil, nil, err
	}
	merged = d.Merge(own)
	if !bytes.Contains(patch, []byte("null")) {
		return merged, own, nil
	}
	n, err := readTree(patch)
	if err != nil {
		return nil, nil, err
	}
	v := reflect.ValueOf(merged).Elem()
	erase(v, n)
	for name, style := range merged.Styles() {
		if at := n.member(name); at.kind == objectNode {
			eraseInStyle(style, at)
		}
	}
	return merged, own, nil
}

// member is that of an object, the null of another value or of an absent one.
func (n node) member(name string) node {
	for i := range n.names {
		if n.names[i] == name {
			return n.items[i]
		}
	}
	return node{}
}

// erase unsets the members of v that n has as null.
func erase(v reflect.Value, n node) {
	p := plans[v.Type()]
	for i, name := range n.names {
		if m := p.byName[name]; m != nil && n.items[i].kind == nullNode {
			v.FieldByIndex(m.index).SetZero()
		}
	}
}

// eraseInStyle does so for the style itself and for the fields that n names by key.
func eraseInStyle(s *Style, n node) {
	erase(reflect.ValueOf(s).Elem(), n)
	for name := range s.Groups() {
		for _, field := range n.member(name).items {
			if f := s.FieldByKey(field.member("key").text); f != nil {
				erase(reflect.ValueOf(f).Elem(), field)
			}
		}
	}
}
