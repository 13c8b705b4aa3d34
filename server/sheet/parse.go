package sheet

import (
	"bytes"
	"fmt"
)

// parser takes one row off the front of some text. What it found stays until the next
// row: text holds the cells one behind the other without their quotes.
type parser struct {
	delimiter, quote, terminator byte
	limits                       Limits

	text  []byte // of all cells; may be part of the input
	ends  []int  // of each cell in text
	size  int    // bytes of the input that the row takes, its line ending included
	lines int64  // that it spans
	blank bool   // nothing stands between its delimiters

	own []byte // backs text where quotes had to be removed
}

// fault is why a row cannot be parsed. Its end is not known.
type fault struct {
	reason Reason
	column int
	text   string
}

// row parses the first row of in. It reports false if in ends before the row does;
// last says that nothing comes after in.
func (p *parser) row(in []byte, last bool) (*fault, bool) {
	p.ends, p.blank, p.lines = p.ends[:0], false, 1
	if most := p.limits.RowBytes + len("\r\n") + 1; len(in) > most {
		in, last = in[:most], false // so that what is found does not depend on how much was read
	}
	end := bytes.IndexByte(in, p.terminator)
	line := in
	switch {
	case end >= 0:
		line, p.size = in[:end], end+1
	case last:
		p.size = len(in)
	case len(in) <= p.limits.RowBytes+len("\r"):
		return nil, false
	}
	if len(p.trim(line)) > p.limits.RowBytes {
		return p.tooLong(), true
	}
	if bytes.IndexByte(line, p.quote) >= 0 {
		return p.quoted(in, last)
	}
	return p.plain(p.trim(line)), true
}

// trim takes off the carriage return of a CR LF.
func (p *parser) trim(line []byte) []byte {
	if p.terminator == '\n' {
		return bytes.TrimSuffix(line, []byte("\r"))
	}
	return line
}

// plain splits a line without quotes where it stands.
func (p *parser) plain(line []byte) *fault {
	p.text = line
	delimited := 0
	for from := 0; ; {
		if len(p.ends) == p.limits.Columns {
			return p.tooManyColumns()
		}
		at := bytes.IndexByte(line[from:], p.delimiter)
		if at < 0 {
			break
		}
		p.ends = append(p.ends, from+at)
		from += at + 1
		delimited++
	}
	p.ends = append(p.ends, len(line))
	p.blank = delimited == len(line)
	return nil
}

// gap is what stands between two cells in text: a delimiter, which a quoted row keeps
// too so that both kinds are cut the same way.
const gap = 1

// quoted parses a row in which a quote occurs. A quote inside a cell that does not
// start with one is text, as it is for spreadsheets.
func (p *parser) quoted(in []byte, last bool) (*fault, bool) {
	p.own = p.own[:0]
	for at := 0; ; {
		if len(p.ends) == p.limits.Columns {
			return p.tooManyColumns(), true
		}
		next, bad, whole := p.cell(in, at, last)
		if bad != nil || !whole {
			return bad, whole
		}
		p.ends = append(p.ends, len(p.own))
		if next == len(in) || in[next] != p.delimiter {
			p.text, p.size = p.own, min(next+1, len(in))
			if len(p.trim(in[:next])) > p.limits.RowBytes {
				return p.tooLong(), true
			}
			return nil, true
		}
		p.own = append(p.own, p.delimiter)
		at = next + 1
	}
}

// cell parses the cell at in[at:] and returns where the delimiter or terminator after
// it stands, or len(in) at the end of the file.
func (p *parser) cell(in []byte, at int, last bool) (next int, bad *fault, whole bool) {
	if at < len(in) && in[at] == p.quote {
		return p.quotedCell(in, at+1, last)
	}
	delimiter, terminator := p.delimiter, p.terminator
	for next = at; next < len(in) && in[next] != delimiter && in[next] != terminator; {
		next++
	}
	if next == len(in) && !last {
		return p.incomplete(in)
	}
	content := in[at:next]
	if next == len(in) || in[next] == p.terminator {
		content = p.trim(content)
	}
	p.own = append(p.own, content...)
	return next, nil, true
}

// quotedCell parses from behind the opening quote.
func (p *parser) quotedCell(in []byte, at int, last bool) (next int, bad *fault, whole bool) {
	for {
		n := bytes.IndexByte(in[at:], p.quote)
		part := in[at:]
		if n >= 0 {
			part = part[:n]
		}
		p.lines += int64(bytes.Count(part, []byte{p.terminator}))
		switch {
		case p.lines > int64(p.limits.RowLines):
			return 0, p.fault(TooManyLines, "a quote opened here is not closed within %d lines; close it, or double it if it belongs to the text", p.limits.RowLines), true
		case n < 0 && last:
			return 0, p.fault(UnclosedQuote, "a quote opened here is never closed; close it, or double it if it belongs to the text"), true
		case n < 0:
			return p.incomplete(in)
		}
		p.own = append(p.own, part...)
		at += n + 1
		if at == len(in) && !last {
			return p.incomplete(in)
		}
		if at == len(in) || in[at] != p.quote {
			return p.afterQuote(in, at, last)
		}
		p.own = append(p.own, p.quote)
		at++
	}
}

// afterQuote checks that a closing quote ends its cell.
func (p *parser) afterQuote(in []byte, at int, last bool) (next int, bad *fault, whole bool) {
	if at < len(in) && in[at] == '\r' && p.terminator == '\n' {
		if at++; at == len(in) && !last {
			return p.incomplete(in)
		}
		if at < len(in) && in[at] != '\n' {
			at-- // a lone carriage return
		}
	}
	if at == len(in) || in[at] == p.delimiter || in[at] == p.terminator {
		return at, nil, true
	}
	return 0, p.fault(TextAfterQuote, "text follows a closing quote; write a quote inside a quoted cell twice"), true
}

// incomplete asks for more input, unless the row is over its limit already.
func (p *parser) incomplete(in []byte) (next int, bad *fault, whole bool) {
	if len(in) > p.limits.RowBytes+len("\r\n") {
		return 0, p.tooLong(), true
	}
	return 0, nil, false
}

func (p *parser) tooLong() *fault {
	return &fault{reason: RowTooLong, text: fmt.Sprintf("the row has more than %d bytes; look for a quote that is not closed", p.limits.RowBytes)}
}

func (p *parser) tooManyColumns() *fault {
	return &fault{reason: TooManyColumns, text: fmt.Sprintf("the row has more than %d columns; leave out those that are not imported", p.limits.Columns)}
}

func (p *parser) fault(reason Reason, format string, args ...any) *fault {
	return &fault{reason: reason, column: len(p.ends) + 1, text: fmt.Sprintf(format, args...)}
}
