// Package markup writes HTML in which nothing that is not a constant of the program can
// become markup.
//
// It stands in for html/template, which calls methods by name: a program that can do so
// keeps every exported method of every type, and is a tenth larger. It does not know
// which elements belong together; that is for whoever writes the constants.
package markup

import "strings"

// Page is HTML in the making. The zero value is empty.
type Page struct{ text strings.Builder }

// constant has no exported name, so that no variable can be made one outside.
type constant string

// Value is a Text or a URL.
type Value interface{ put(*Page) }

// Add appends HTML. Each {} in it stands for the next value: between elements, or as all
// of an attribute in double quotes. HTML and values that do not fit each other, such as
// a Text for an href, are a bug of the caller's and panic.
func (p *Page) Add(html constant, values ...Value) {
	rest := string(html)
	for _, v := range values {
		before, after, found := strings.Cut(rest, "{}")
		if !found {
			panic("markup: more values than places in " + string(html))
		}
		p.text.WriteString(before)
		v.put(p)
		rest = after
	}
	if strings.Contains(rest, "{}") {
		panic("markup: fewer values than places in " + string(html))
	}
	p.text.WriteString(rest)
}

// AddIf is Add if wanted, and else nothing.
func (p *Page) AddIf(wanted bool, html constant, values ...Value) {
	if wanted {
		p.Add(html, values...)
	}
}

// String is what was added so far.
func (p *Page) String() string { return p.text.String() }
