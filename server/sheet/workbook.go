package sheet

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
)

// WorkbookLimits bounds the conversion of a workbook. The zero value works.
type WorkbookLimits struct {
	Unpacked int64 // bytes read of all parts, decompressed; 0 means 512 MiB
	Strings  int   // bytes held of the strings that cells share; 0 means 64 MiB
	Rows     int   // number of the last row; 0 means Excel's own 1,048,576
	Cells    int64 // that are not empty; 0 means 20 million
	Columns  int   // of one row; 0 means 1,024
	Cell     int   // bytes of one cell; 0 means 128 KiB
	Row      int   // bytes of one row's cells; 0 means 192 KiB, below what a Reader takes
	Written  int64 // bytes of CSV; many cells may share one long string; 0 means 512 MiB
}

func (l WorkbookLimits) orDefaults() WorkbookLimits {
	return WorkbookLimits{
		Unpacked: cmp.Or(l.Unpacked, 512<<20),
		Strings:  cmp.Or(l.Strings, 64<<20),
		Rows:     cmp.Or(l.Rows, 1<<20),
		Cells:    cmp.Or(l.Cells, 20_000_000),
		Columns:  cmp.Or(l.Columns, 1024),
		Cell:     cmp.Or(l.Cell, 128<<10),
		Row:      cmp.Or(l.Row, 192<<10),
		Written:  cmp.Or(l.Written, 512<<20),
	}
}

// Refusals of workbooks. The text of an error that wraps them says what and where.
var (
	ErrTooLarge = errors.New("the workbook is too large")
	ErrDamaged  = errors.New("the workbook is damaged; open it in a spreadsheet and save it again")
)

// Converted says what a workbook became.
type Converted struct {
	Sheet  string // name of the sheet that was read: the first one with cells
	Sheets int    // that the workbook has; all others are left out
	Rows   int    // number of the last row with anything in it
	Cells  int64  // that are not empty
}

// ConvertWorkbook writes the first sheet of an .xlsx workbook to dst as CSV: UTF-8,
// commas, one row per row of the sheet, blank ones too, so that rows keep their
// numbers. Every row is filled up to the width of the first that is not blank. Dates
// become 2006-01-02, moments 2006-01-02T15:04:05, times 15:04:05; formulas give the
// values last computed; other numbers lose their formatting but leading zeros.
//
// Errors wrap ErrTooLarge, ErrDamaged or zip's, or are those of ctx, src and dst. What
// was written up to then is of no use.
func ConvertWorkbook(ctx context.Context, dst io.Writer, src io.ReaderAt, size int64, l WorkbookLimits) (Converted, error) {
	archive, err := zip.NewReader(src, size)
	if err != nil {
		return Converted{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	p, err := newPackage(ctx, archive, l.orDefaults())
	if err != nil {
		return Converted{}, err
	}
	b, err := p.book()
	if err != nil {
		return Converted{}, err
	}
	out, err := NewWriter(&bounded{dst, p.limits.Written}, WriteOptions{Raw: true})
	if err != nil {
		return Converted{}, err
	}
	g := grid{book: b, out: out, limits: p.limits}
	if err := p.read(b.sheet, g.token); err != nil {
		return Converted{}, err
	}
	if !g.done {
		return Converted{}, fmt.Errorf("%w: %s has no end", ErrDamaged, b.sheet)
	}
	return Converted{Sheet: b.name, Sheets: b.sheets, Rows: g.written, Cells: g.filled}, out.Flush()
}

// bounded passes on a number of bytes and no more.
type bounded struct {
	out  io.Writer
	left int64
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, fmt.Errorf("%w: it gives too much CSV", ErrTooLarge)
	}
	return b.out.Write(p)
}
