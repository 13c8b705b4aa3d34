package sheet

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
)

// WriteOptions says how a table is written. The zero value is RFC 4180 in UTF-8.
type WriteOptions struct {
	Delimiter string // empty means a comma; Excel takes a semicolon where the comma is part of numbers
	BOM       bool   // byte order mark first; without one Excel takes the file for its own code page
	Raw       bool   // leaves formulas as they are: for files that only programs read
}

// Writer writes rows for people who open them in a spreadsheet. Call Flush at the
// end. It is not safe for concurrent use.
type Writer struct {
	out  *bufio.Writer
	opts WriteOptions
	line []byte
}

// NewWriter writes to w. The error is a delimiter that is none.
func NewWriter(w io.Writer, o WriteOptions) (*Writer, error) {
	o.Delimiter = cmp.Or(o.Delimiter, ",")
	if len(o.Delimiter) != 1 || !strings.Contains(delimiters, o.Delimiter) {
		return nil, fmt.Errorf("delimiter %q: use a comma, semicolon, tab or vertical bar", o.Delimiter)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if o.BOM {
		out.WriteString("\ufeff") // an error stays in out and is returned by the next call
	}
	return &Writer{out: out, opts: o}, nil
}

// Write appends one row. Its error is that of the writer below, which stays.
func (w *Writer) Write(cells []string) error {
	w.line = w.line[:0]
	for i, c := range cells {
		if i > 0 {
			w.line = append(w.line, w.opts.Delimiter...)
		}
		if !w.opts.Raw {
			c = Harmless(c)
		}
		w.cell(c, len(cells) == 1)
	}
	w.line = append(w.line, "\r\n"...)
	_, err := w.out.Write(w.line)
	return err
}

// cell quotes what needs it. A cell that holds any delimiter is quoted, since the
// program that opens the file may split at another one; so is an empty cell that is
// alone in its row, which would be a blank line.
func (w *Writer) cell(c string, alone bool) {
	quote := alone && c == "" || strings.ContainsAny(c, delimiters+"\"\r\n") ||
		strings.HasPrefix(c, " ") || strings.HasSuffix(c, " ") || strings.HasPrefix(c, "\ufeff")
	if !quote {
		w.line = append(w.line, c...)
		return
	}
	w.line = append(w.line, '"')
	for part, rest, found := strings.Cut(c, `"`); ; part, rest, found = strings.Cut(rest, `"`) {
		w.line = append(w.line, part...)
		if !found {
			break
		}
		w.line = append(w.line, `""`...)
	}
	w.line = append(w.line, '"')
}

// Flush passes on what is buffered and returns the first error of any write.
func (w *Writer) Flush() error { return w.out.Flush() }
