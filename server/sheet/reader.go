package sheet

import (
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// Reader reads the rows of a file one after the other, in memory that grows with the
// longest row only. It is not safe for concurrent use.
type Reader struct {
	window  window
	parser  parser
	format  Format
	at      Position
	cells   []string
	decoded []byte
	failed  error
}

// NewReader reads src from a position that a Row or a RowError named as Next, or from
// f.Start. The same position gives the same rows, whatever was read before.
func NewReader(src io.ReaderAt, f Format, l Limits, from Position) (*Reader, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	return &Reader{
		window: window{src: src, encoding: f.Encoding, read: from.Offset},
		parser: parser{delimiter: f.Delimiter[0], quote: f.Quote[0], terminator: f.terminator(), limits: l.orDefaults()},
		format: f,
		at:     from,
	}, nil
}

// Next returns the next row that is not blank: cleared rows, which spreadsheets save
// as nothing but delimiters, are passed over. A *RowError says that a row is broken,
// the call after it goes on behind it; io.EOF that there are no more rows. Any other
// error is the source's and stays.
func (r *Reader) Next() (Row, error) {
	for r.failed == nil {
		bad, err := r.parse()
		if err != nil {
			r.failed = err
			break
		}
		line, number := r.at.Line+1, r.at.Row+1
		if bad != nil {
			return Row{}, r.skip(bad, line, number)
		}
		if bad = r.check(); bad == nil && !r.parser.blank {
			r.cut()
		}
		r.advance(r.window.drop(r.parser.size), r.parser.lines)
		switch {
		case r.parser.blank:
		case bad != nil:
			return Row{}, r.broken(bad, line, number)
		default:
			return Row{Line: line, Number: number, Cells: r.cells, Next: r.at}, nil
		}
	}
	return Row{}, r.failed
}

// parse reads on until the window holds the whole next row.
func (r *Reader) parse() (*fault, error) {
	for {
		if rest := r.window.rest(); len(rest) > 0 {
			if bad, whole := r.parser.row(rest, r.window.end); whole {
				return bad, nil
			}
		} else if r.window.end {
			return nil, io.EOF
		}
		if err := r.window.more(); err != nil {
			return nil, err
		}
	}
}

// skip leaves a row whose end is not known: the line that it starts on.
func (r *Reader) skip(bad *fault, line, number int64) error {
	width, err := r.window.dropLine(r.parser.terminator)
	if err != nil {
		r.failed = err
		return err
	}
	r.advance(width, 1)
	return r.broken(bad, line, number)
}

func (r *Reader) advance(width, lines int64) {
	r.at.Offset += width
	r.at.Line += lines
	r.at.Row++
}

func (r *Reader) broken(bad *fault, line, number int64) *RowError {
	return &RowError{Line: line, Number: number, Column: bad.column, Reason: bad.reason, Text: bad.text, Next: r.at}
}

// check finds what is wrong with a row whose cells are known.
func (r *Reader) check() *fault {
	p := &r.parser
	if want := r.format.Columns; want > 0 && len(p.ends) != want && !p.blank {
		return &fault{reason: WrongColumns, column: min(want, len(p.ends)) + 1,
			text: fmt.Sprintf("the number of columns is %d instead of %d; look for a delimiter too many or a missing quote", len(p.ends), want)}
	}
	valid := r.valid(p.text)
	if valid && len(p.text) <= p.limits.CellBytes {
		return nil
	}
	for i := range p.ends {
		cell := p.cellText(i)
		if len(cell) > p.limits.CellBytes {
			return &fault{reason: CellTooLong, column: i + 1, text: fmt.Sprintf("the cell has more than %d bytes; shorten it", p.limits.CellBytes)}
		}
		if valid {
			continue
		}
		if text := r.format.Encoding.invalid(cell); text != "" {
			return &fault{reason: InvalidBytes, column: i + 1, text: text}
		}
	}
	return nil
}

// valid reports whether text needs no closer look at its bytes.
func (r *Reader) valid(text []byte) bool {
	if r.format.Encoding == Windows1252 {
		return ascii(text)
	}
	return utf8.Valid(text)
}

// cellText is the i-th cell of the row parsed last.
func (p *parser) cellText(i int) []byte {
	if i == 0 {
		return p.text[:p.ends[0]]
	}
	return p.text[p.ends[i-1]+gap : p.ends[i]]
}

// cut makes the strings: one for the row, of which the cells are parts.
func (r *Reader) cut() {
	p := &r.parser
	if r.format.Encoding == Windows1252 && !ascii(p.text) {
		r.decode()
	}
	r.cells = slices.Grow(r.cells[:0], len(p.ends))
	row, from := string(p.text), 0
	for _, end := range p.ends {
		r.cells = append(r.cells, row[from:end])
		from = end + gap
	}
}

// decode replaces the row parsed last by the same as UTF-8.
func (r *Reader) decode() {
	p := &r.parser
	r.decoded = r.decoded[:0]
	from := 0
	for i, end := range p.ends {
		r.decoded = appendWindows1252(r.decoded, p.text[from:end])
		p.ends[i] = len(r.decoded)
		r.decoded = append(r.decoded, p.delimiter)
		from = end + gap
	}
	p.text = r.decoded
}
