package sheet

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// grid turns the tokens of a sheet into rows of CSV.
type grid struct {
	book   *book
	out    *Writer
	limits WorkbookLimits

	row     int      // number of the row being read
	cells   []string // of it, as far as they were read
	bytes   int      // of those cells
	column  int      // of the cell being read, from 1
	kind    string   // its type as the sheet says
	style   style
	value   []byte
	reading bool // inside v or t
	skip    bool // inside rPh, which says how a text is pronounced

	width   int   // of the first row that is not blank
	written int   // rows so far
	filled  int64 // cells so far that are not empty
	done    bool
}

func (g *grid) token(token xml.Token) error {
	switch e := token.(type) {
	case xml.StartElement:
		return g.open(e)
	case xml.CharData:
		if !g.reading {
			return nil
		}
		if g.value = append(g.value, e...); len(g.value) > g.limits.Cell {
			return fmt.Errorf("%w: row %d, column %d has more than %d bytes", ErrTooLarge, g.row, g.column, g.limits.Cell)
		}
	case xml.EndElement:
		return g.closeElement(e.Name.Local)
	}
	return nil
}

func (g *grid) open(e xml.StartElement) error {
	switch e.Name.Local {
	case "row":
		return g.startRow(attribute(e, "r"))
	case "c":
		return g.startCell(e)
	case "rPh":
		g.skip = true
	case "v", "t":
		g.reading = !g.skip && g.column > 0
	}
	return nil
}

func (g *grid) closeElement(name string) error {
	switch name {
	case "rPh":
		g.skip = false
	case "v", "t":
		g.reading = false
	case "c":
		return g.endCell()
	case "row":
		return g.endRow()
	case "sheetData":
		g.done = true
		return errStop
	}
	return nil
}

// startRow takes the number that the row has, or the next one.
func (g *grid) startRow(said string) error {
	n := g.row + 1
	if said != "" {
		var err error
		if n, err = strconv.Atoi(said); err != nil || n <= g.row {
			return fmt.Errorf("%w: row %q behind row %d", ErrDamaged, said, g.row)
		}
	}
	if n > g.limits.Rows {
		return fmt.Errorf("%w: it has more than %d rows", ErrTooLarge, g.limits.Rows)
	}
	g.row, g.cells, g.column, g.bytes = n, g.cells[:0], 0, 0
	g.value = g.value[:0]
	return nil
}

func (g *grid) startCell(e xml.StartElement) error {
	n := g.column + 1
	if ref := attribute(e, "r"); ref != "" {
		if n = columnOf(ref); n <= g.column {
			return fmt.Errorf("%w: cell %q in row %d", ErrDamaged, ref, g.row)
		}
	}
	if n > g.limits.Columns {
		return fmt.Errorf("%w: row %d has more than %d columns", ErrTooLarge, g.row, g.limits.Columns)
	}
	g.column, g.kind, g.value, g.style = n, attribute(e, "t"), g.value[:0], style{}
	if i, err := strconv.Atoi(attribute(e, "s")); err == nil && i >= 0 && i < len(g.book.styles) {
		g.style = g.book.styles[i]
	}
	return nil
}

// columnOf is the number of the column in a reference such as BC12, or 0.
func columnOf(ref string) int {
	n := 0
	for i := 0; i < len(ref) && i < 4 && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		n = n*26 + int(ref[i]-'A') + 1
	}
	return n
}

func (g *grid) endCell() error {
	text, err := g.text()
	if err != nil || text == "" || g.column == 0 {
		return err
	}
	if g.bytes += len(text); g.bytes > g.limits.Row {
		return fmt.Errorf("%w: row %d has more than %d bytes", ErrTooLarge, g.row, g.limits.Row)
	}
	if g.filled++; g.filled > g.limits.Cells {
		return fmt.Errorf("%w: it has more than %d cells", ErrTooLarge, g.limits.Cells)
	}
	for len(g.cells) < g.column {
		g.cells = append(g.cells, "")
	}
	g.cells[g.column-1] = text
	return nil
}

// text is the cell's value as its type says (ECMA-376 part 1, 18.18.11).
func (g *grid) text() (string, error) {
	v := string(g.value)
	if v == "" {
		return "", nil
	}
	switch g.kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil {
			return "", fmt.Errorf("%w: string %q in row %d", ErrDamaged, v, g.row)
		}
		return g.book.strings.at(i)
	case "inlineStr", "str":
		return unescape(v), nil
	case "b":
		return strconv.FormatBool(truth(v)), nil
	case "e", "d": // an error such as #N/A, a date as ISO 8601
		return v, nil
	}
	return g.style.text(v, g.book.date1904), nil
}

// endRow writes the row, and before it the blank ones that the sheet left out.
func (g *grid) endRow() error {
	if len(g.cells) == 0 {
		return nil
	}
	if g.width == 0 {
		g.width = len(g.cells)
	}
	for len(g.cells) < g.width {
		g.cells = append(g.cells, "")
	}
	for ; g.written < g.row-1; g.written++ {
		if err := g.out.Write(nil); err != nil {
			return err
		}
	}
	g.written++
	return g.out.Write(g.cells)
}
