package issuer

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"pocketpass/server/sheet"
	"pocketpass/store"
)

// importing is work that makes or changes a pass for each row of a table.
type importing struct {
	issuer  *Issuer
	job     store.Job
	spec    importSpec
	columns []column
	orders  *orderVerdicts
	byPath  map[string]string // member of an order to the column that it comes from
}

// tableRow is what an item of a table has.
type tableRow struct {
	cells []string
	row   int64 // as a spreadsheet counts
}

func openImport(i *Issuer, j store.Job) (work, error) {
	spec, err := readSpec[importSpec](j)
	if err != nil {
		return nil, err
	}
	w := &importing{issuer: i, job: j, spec: spec, orders: &orderVerdicts{issuer: i, actor: actorOf(j), known: make(map[orderKey]error)}, byPath: make(map[string]string, len(spec.Fields))}
	for _, f := range spec.Fields {
		c := newColumn(f)
		w.columns = append(w.columns, c)
		w.byPath[c.path] = columnName(spec.Format, f.Index)
	}
	return w, nil
}

// columnName is the header of a column, or its letter as spreadsheets have it.
func columnName(f sheet.Format, index int) string {
	if index < len(f.Names) {
		return f.Names[index]
	}
	name := ""
	for n := index + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// next reads rows. The cursor is the position of the next one.
func (w *importing) next(r reading, cursor []byte, limit int) (batch, error) {
	if w.job.Source.From == store.Failures {
		return w.failed(r, cursor, limit)
	}
	at := w.spec.Format.Start
	if len(cursor) > 0 {
		at = tablePosition(cursor)
	}
	return w.read(r, at, limit)
}

func (w *importing) read(r reading, at sheet.Position, limit int) (b batch, err error) {
	rows, err := sheet.NewReader(r.file, w.spec.Format, sheet.Limits{}, at)
	if err != nil {
		return b, conflict("file_gone", "the file of the import cannot be read: %v", err)
	}
	for len(b.items) < limit {
		it, next, err := w.nextRow(rows, at)
		if errors.Is(err, io.EOF) {
			b.last = true
			break
		}
		if err != nil {
			return b, err
		}
		it.cursor = tableCursor(next)
		b.items, b.cursor, at = append(b.items, it), it.cursor, next
	}
	return b, nil
}

// nextRow reads one row as an item. One that is broken is an item that fails.
func (w *importing) nextRow(rows *sheet.Reader, at sheet.Position) (it item, next sheet.Position, err error) {
	row, err := rows.Next()
	if e, broken := errors.AsType[*sheet.RowError](err); broken {
		why := &Error{Kind: Invalid, Code: string(e.Reason), Msg: e.Text}
		it = item{JobError: store.JobError{Row: uint64(e.Number), At: at.Offset, Line: e.Line}, data: why}
		if e.Column > 0 {
			it.Column = columnName(w.spec.Format, e.Column-1)
		}
		return it, e.Next, nil
	}
	if err != nil {
		return it, next, err
	}
	it = item{JobError: store.JobError{Row: uint64(row.Number), At: at.Offset, Line: row.Line}, data: tableRow{slices.Clone(row.Cells), row.Number}}
	for _, c := range w.columns {
		if c.target == targetExternalID && c.index < len(row.Cells) {
			it.ExternalID = truncate(row.Cells[c.index], maxExternalID)
		}
	}
	return it, row.Next, nil
}

// failed reads the rows that the parent's errors name.
func (w *importing) failed(r reading, cursor []byte, limit int) (batch, error) {
	b, err := failures(r, w.job, cursor, limit)
	if err != nil {
		return b, err
	}
	for n, it := range b.items {
		at := sheet.Position{Offset: it.At, Line: it.Line - 1, Row: int64(it.Row) - 1}
		rows, err := sheet.NewReader(r.file, w.spec.Format, sheet.Limits{}, at)
		if err != nil {
			return b, err
		}
		again, _, err := w.nextRow(rows, at)
		if errors.Is(err, io.EOF) {
			return b, conflict("file_gone", "the file of the import is gone; upload it again")
		}
		if err != nil {
			return b, err
		}
		again.cursor, again.At, again.Row = it.cursor, it.At, it.Row
		b.items[n] = again
	}
	return b, nil
}

// tableCursor writes a position: byte, line and row as numbers.
func tableCursor(p sheet.Position) (out []byte) {
	for _, n := range []int64{p.Offset, p.Line, p.Row} {
		out = binary.AppendUvarint(out, uint64(n))
	}
	return out
}

func tablePosition(cursor []byte) (p sheet.Position) {
	for _, to := range []*int64{&p.Offset, &p.Line, &p.Row} {
		n, size := binary.Uvarint(cursor)
		if size <= 0 {
			return sheet.Position{}
		}
		*to, cursor = int64(n), cursor[size:]
	}
	return p
}
