// Package sheet reads and writes the tables that people upload and download: CSV as
// spreadsheets save it, and the first sheet of an .xlsx workbook.
//
// It knows cells and columns, not what they mean. A caller asks Detect how a file is
// written, keeps the Format with its job, and reads with a Reader from any Position
// that an earlier row named; a workbook is turned into CSV once, by ConvertWorkbook,
// so that jobs only ever read CSV. A broken row is an error of that row: whoever
// reads decides whether to go on. Cells come as they were typed; before they are
// shown to a spreadsheet again, Writer makes formulas harmless.
package sheet

import (
	"cmp"
	"fmt"
)

// Position is a place between two rows. Its zero value is the start of a file.
type Position struct {
	Offset int64 `json:"offset"` // bytes of the file before it
	Line   int64 `json:"line"`   // lines before it; a quoted cell may span several
	Row    int64 `json:"row"`    // rows before it, blank ones included: what a spreadsheet shows beside its rows
}

// Row is one row of a table.
type Row struct {
	Line   int64    // line of the file that it starts on, from 1
	Number int64    // row as a spreadsheet counts, from 1
	Cells  []string // valid until the next call of Next; the strings stay valid
	Next   Position // where the row after it starts
}

// Limits bounds what is read before any work is done with it. The zero value works.
type Limits struct {
	RowBytes  int // of one row without its line ending, UTF-16 counted as UTF-8; 0 means 256 KiB
	CellBytes int // of one cell, counted alike; 0 means 128 KiB, which holds the 32,767 characters of Excel
	Columns   int // of one row; 0 means 1,024
	RowLines  int // lines that one row may span; 0 means 512. No line is read more often than this.
}

func (l Limits) orDefaults() Limits {
	return Limits{
		RowBytes:  cmp.Or(l.RowBytes, 256<<10),
		CellBytes: cmp.Or(l.CellBytes, 128<<10),
		Columns:   cmp.Or(l.Columns, 1024),
		RowLines:  cmp.Or(l.RowLines, 512),
	}
}

// Reason says in one word why a row cannot be read.
type Reason string

// The reasons of a RowError.
const (
	UnclosedQuote  Reason = "unclosed_quote"
	TextAfterQuote Reason = "text_after_quote"
	WrongColumns   Reason = "wrong_columns"
	InvalidBytes   Reason = "invalid_bytes"
	RowTooLong     Reason = "row_too_long"
	TooManyLines   Reason = "too_many_lines"
	TooManyColumns Reason = "too_many_columns"
	CellTooLong    Reason = "cell_too_long"
)

// RowError means that one row is broken. Reading goes on at Next: after the row where
// its end is known, else with the line after the one it starts on, so that a stray
// quote costs one line and not the rest of the file.
type RowError struct {
	Line   int64 // line of the file that the row starts on, from 1
	Number int64 // row as a spreadsheet counts, from 1
	Column int   // the cell at fault, from 1; 0 means the row as a whole
	Reason Reason
	Text   string // the reason as a sentence that says what to do
	Next   Position
}

func (e *RowError) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("line %d: %s", e.Line, e.Text)
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Text)
}
