package placeholder

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxName is the limit of a name, in bytes.
const maxName = 256

// SyntaxError says what is wrong with a text.
type SyntaxError struct {
	Column int // of the character that does not fit, from 1
	Msg    string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Msg) }

// Parse reads a text. What is wrong with it is a *SyntaxError.
func Parse(s string) (Text, error) {
	p := parser{s: s}
	for p.err == nil && p.at < len(s) {
		n := strings.Index(s[p.at:], "{{")
		if n < 0 {
			n = len(s) - p.at
		}
		p.literal(s[p.at : p.at+n])
		if p.at += n; p.at < len(s) {
			p.placeholder()
		}
	}
	if p.err != nil {
		return Text{}, p.err
	}
	return p.out, nil
}

type parser struct {
	s   string
	at  int
	out Text
	err error // the first one; then every step does nothing
}

func (p *parser) fail(at int, form string, args ...any) {
	if p.err == nil {
		p.err = &SyntaxError{Column: utf8.RuneCountInString(p.s[:at]) + 1, Msg: fmt.Sprintf(form, args...)}
	}
}

// literal adds plain text, to the one before if there is one.
func (p *parser) literal(s string) {
	if n := len(p.out.parts); n > 0 && p.out.parts[n-1].ref == nil {
		p.out.parts[n-1].literal += s
	} else if s != "" {
		p.out.parts = append(p.out.parts, part{literal: s})
	}
}

func (p *parser) placeholder() {
	start := p.at
	p.at += len("{{")
	if p.blanks(); p.peek() == '\'' {
		s := p.singleQuoted()
		if p.shut(start); p.err == nil {
			p.literal(s)
		}
		return
	}
	ref := p.name()
	for p.err == nil {
		if p.blanks(); p.peek() != '|' {
			break
		}
		ref.formats = append(ref.formats, p.format())
	}
	if p.shut(start); p.err == nil {
		p.out.parts = append(p.out.parts, part{ref: ref})
	}
}

func (p *parser) blanks() {
	for p.peek() == ' ' {
		p.at++
	}
}

// peek is the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.at == len(p.s) {
		return 0
	}
	return p.s[p.at]
}

func (p *parser) shut(start int) {
	p.blanks()
	switch {
	case p.err != nil:
	case strings.HasPrefix(p.s[p.at:], "}}"):
		p.at += len("}}")
	case p.at == len(p.s):
		p.fail(start, "the placeholder has no end; close it with }}, or write {{'{{'}} for the braces themselves")
	default:
		p.fail(p.at, "this does not belong into a placeholder; close it with }}, or put an odd name into double quotes")
	}
}

func (p *parser) name() *reference {
	start := p.at
	ref := &reference{quoted: p.peek() == '"'}
	if ref.quoted {
		ref.name = p.doubleQuoted()
	} else {
		ref.name = p.bare(endsName)
	}
	switch {
	case ref.name == "":
		p.fail(start, "the placeholder has no name; write {{name}}, or {{'{{'}} for the braces themselves")
	case len(ref.name) > maxName:
		p.fail(start, "the name is longer than %d bytes; shorten it", maxName)
	}
	return ref
}

func endsName(r rune) bool { return strings.ContainsRune(`|{}"'`, r) || isControl(r) }

func endsArgument(r rune) bool { return r == ',' || endsName(r) }

func isControl(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }

// bare reads up to where ends says, without the blanks around it.
func (p *parser) bare(ends func(rune) bool) string {
	n := strings.IndexFunc(p.s[p.at:], ends)
	if n < 0 {
		n = len(p.s) - p.at
	}
	s := p.s[p.at : p.at+n]
	p.at += n
	return strings.Trim(s, " ")
}

// doubleQuoted reads a text in which a backslash stands before quotes and backslashes.
func (p *parser) doubleQuoted() string {
	start := p.at
	var b strings.Builder
	for p.at++; p.at < len(p.s); p.at++ {
		switch c := p.s[p.at]; {
		case c == '"':
			p.at++
			return b.String()
		case c == '\\' && p.at+1 < len(p.s) && strings.IndexByte(`"\`, p.s[p.at+1]) >= 0:
			p.at++
			b.WriteByte(p.s[p.at])
		case c == '\\':
			p.fail(p.at, `a backslash stands before a quote or a backslash only; write \\`)
			return ""
		default:
			b.WriteByte(c)
		}
	}
	p.fail(start, "the quotes are not closed; add a double quote")
	return ""
}

// singleQuoted reads a literal in which two quotes are one.
func (p *parser) singleQuoted() string {
	start := p.at
	var b strings.Builder
	for p.at++; p.at < len(p.s); p.at++ {
		if p.s[p.at] != '\'' {
			b.WriteByte(p.s[p.at])
			continue
		}
		if p.at++; p.peek() != '\'' {
			return b.String()
		}
		b.WriteByte('\'')
	}
	p.fail(start, "the quotes are not closed; add a single quote")
	return ""
}

func (p *parser) format() format {
	p.at++ // the bar
	p.blanks()
	start := p.at
	f := format{name: p.bare(func(r rune) bool { return r == ':' || endsName(r) })}
	kind, known := formats[f.name]
	if !known {
		p.fail(start, "there is no format %.40q; use one of %s", f.name, strings.Join(formatNames, ", "))
	}
	for p.err == nil && (p.peek() == ':' && f.args == nil || p.peek() == ',' && f.args != nil) {
		p.at++
		f.args = append(f.args, p.argument())
	}
	if p.err == nil {
		if msg := kind.check(f.args); msg != "" {
			p.fail(start, "%s", msg)
		}
	}
	return f
}

func (p *parser) argument() (arg string) {
	if p.blanks(); p.peek() == '"' {
		arg = p.doubleQuoted()
		p.blanks()
		return arg
	}
	start := p.at
	if arg = p.bare(endsArgument); arg == "" {
		p.fail(start, "an argument is missing; write it after the colon, with double quotes if it is an odd one")
	}
	return arg
}
