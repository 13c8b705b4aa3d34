package markup

import (
	"fmt"
	"strings"
)

// Text is shown as it is: between elements, as a title, or as an attribute that is
// neither an address nor code.
type Text string

// escapes are for elements and attributes alike. NUL has no place in HTML, and some mail
// readers took a plus sign for the beginning of UTF-7.
var escapes = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

func (t Text) put(p *Page) {
	p.want(text)
	p.write(string(t))
}

func (p *Page) write(s string) { _, _ = escapes.WriteString(&p.text, s) } // a Builder takes everything

// URL is an address for an href, a src or an action. One that would run a script becomes
// "#refused": no scheme is followed but http, https and mailto.
type URL string

func (u URL) put(p *Page) {
	p.want(address)
	if !u.harmless() {
		u = "#refused"
	}
	p.write(u.normal())
}

// harmless judges the scheme as strictly as a browser is lenient: what stands before a
// colon, spaces and line ends with it, is a scheme unless it is part of a path.
func (u URL) harmless() bool {
	scheme, _, found := strings.Cut(string(u), ":")
	if !found || strings.Contains(scheme, "/") {
		return true
	}
	return strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "mailto")
}

// kept are the characters of RFC 3986 that stay as they are, beside letters and digits.
// Quotes and parentheses are not among them: they end strings in other languages.
const kept = "-._~!#$&*+,/:;=?@[]"

// normal percent-encodes what has no place in an address.
func (u URL) normal() string {
	var out strings.Builder
	for i := range len(u) {
		c := u[i]
		if alphanumeric(c) || strings.IndexByte(kept, c) >= 0 || c == '%' && i+2 < len(u) && hex(u[i+1]) && hex(u[i+2]) {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02x", c)
		}
	}
	return out.String()
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func hex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
