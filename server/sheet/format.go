package sheet

import (
	"fmt"
	"strings"
)

// Encoding is how characters are written as bytes.
type Encoding string

// The encodings that are read.
const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1252 Encoding = "windows-1252"
)

// LineEnd is what ends a row.
type LineEnd string

// The line ends that are read. LF takes CR LF as well; CR alone is what "CSV
// (Macintosh)" writes.
const (
	LF LineEnd = "lf"
	CR LineEnd = "cr"
)

// Format says how a table is written. It holds all that reading needs beside the
// bytes and a Position, so a job can keep it as JSON and go on after a restart.
type Format struct {
	Encoding  Encoding `json:"encoding"`
	Delimiter string   `json:"delimiter"` // one of , ; | and tab
	Quote     string   `json:"quote"`     // " or '
	LineEnd   LineEnd  `json:"lineEnd"`
	Header    bool     `json:"header"`          // the first row names the columns
	Names     []string `json:"names,omitempty"` // the cells of that row
	Columns   int      `json:"columns"`         // that every row must have; 0 means any
	Start     Position `json:"start"`           // first row after byte order mark, "sep=" line and header
}

// delimiters that Detect tries. Of two that fit equally well the earlier one is taken:
// text and numbers hold commas more often than tabs.
const delimiters = "\t;|,"

// Validate refuses what a Reader cannot work with: an ErrFormat that names the field.
func (f Format) Validate() error {
	switch f.Encoding {
	case UTF8, UTF16LE, UTF16BE, Windows1252:
	default:
		return fmt.Errorf("%w: encoding %q: use utf-8, utf-16le, utf-16be or windows-1252", ErrFormat, f.Encoding)
	}
	if len(f.Delimiter) != 1 || !strings.Contains(delimiters, f.Delimiter) {
		return fmt.Errorf("%w: delimiter %q: use a comma, semicolon, tab or vertical bar", ErrFormat, f.Delimiter)
	}
	if f.Quote != `"` && f.Quote != "'" {
		return fmt.Errorf("%w: quote %q: use \" or '", ErrFormat, f.Quote)
	}
	if f.LineEnd != LF && f.LineEnd != CR {
		return fmt.Errorf("%w: lineEnd %q: use lf or cr", ErrFormat, f.LineEnd)
	}
	if f.Columns < 0 || f.Start.Offset < 0 {
		return fmt.Errorf("%w: columns %d, start %d: neither can be negative", ErrFormat, f.Columns, f.Start.Offset)
	}
	return nil
}

// terminator is the byte that ends a row.
func (f Format) terminator() byte {
	if f.LineEnd == CR {
		return '\r'
	}
	return '\n'
}
