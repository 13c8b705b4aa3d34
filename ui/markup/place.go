package markup

import "strings"

// place is what a value at the end of a page would be.
type place string

const (
	text      place = "a text"
	address   place = "an address"
	forbidden place = "code or half an attribute"
)

// want panics unless a value of a kind may stand at the end of the page.
func (p *Page) want(kind place) {
	if is := p.place(); is != kind {
		const shown = 60
		so := p.String()
		panic("markup: " + string(kind) + " where " + string(is) + " stands, after " + so[max(0, len(so)-shown):])
	}
}

// place looks at the last tag. Only constants can hold the characters that it looks for:
// in values they are escaped.
func (p *Page) place() place {
	so := p.String()
	at := strings.LastIndexByte(so, '<')
	tag := so[at+1:]
	switch {
	case at >= 0 && !strings.Contains(tag, ">"):
		return attribute(tag)
	case strings.HasPrefix(tag, "script"), strings.HasPrefix(tag, "style"):
		return forbidden
	}
	return text
}

// attribute is the place at the end of a tag that is still open.
func attribute(tag string) place {
	before, quoted := strings.CutSuffix(tag, `="`)
	name := before[strings.LastIndexAny(before, " \n")+1:]
	switch {
	case !quoted || name == "style" || name == "srcdoc" || name == "srcset" || strings.HasPrefix(name, "on"):
		return forbidden
	case name == "href" || name == "src" || name == "action" || name == "formaction" || name == "poster" || name == "data":
		return address
	}
	return text
}
