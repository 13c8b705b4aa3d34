package pkpass

import (
	"strconv"
	"strings"
)

// place is where in a document something stands, a chain from the inside out.
// It becomes a JSON pointer only when there is something to say.
type place struct {
	up    *place
	name  string // key of a member, or the file's name at the root
	index int    // position in an array, otherwise -1
}

var documentRoot = &place{name: "pass.json", index: -1}

func (p *place) member(name string) *place { return &place{up: p, name: name, index: -1} }

func (p *place) item(i int) *place { return &place{up: p, index: i} }

// String gives "pass.json#/storeCard/headerFields/0", or "pass.json" at the root.
func (p *place) String() string {
	if p.up == nil {
		return p.name
	}
	return p.root().name + "#" + p.pointer()
}

func (p *place) root() *place {
	for p.up != nil {
		p = p.up
	}
	return p
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func (p *place) pointer() string {
	switch {
	case p.up == nil:
		return ""
	case p.index >= 0:
		return p.up.pointer() + "/" + strconv.Itoa(p.index)
	default:
		return p.up.pointer() + "/" + pointerEscapes.Replace(p.name)
	}
}

// outermost returns the key of the document that p stands under, or is.
func (p *place) outermost() *place {
	for p.up != nil && p.up.up != nil {
		p = p.up
	}
	return p
}

// within says whether p is, or stands under, a key of that name.
func (p *place) within(name string) bool {
	for ; p.up != nil; p = p.up {
		if p.index < 0 && p.name == name {
			return true
		}
	}
	return false
}
