package sheet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/sheet"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// seen is a row or a broken row as the goldens show it.
type seen struct {
	Line   int64          `json:"line"`
	Row    int64          `json:"row"`
	Cells  []string       `json:"cells,omitempty"`
	Column int            `json:"column,omitempty"`
	Reason sheet.Reason   `json:"reason,omitempty"`
	Text   string         `json:"text,omitempty"`
	Next   sheet.Position `json:"next"`
}

// readAll reads every row from a position.
func readAll(t testing.TB, src io.ReaderAt, f sheet.Format, l sheet.Limits, from sheet.Position) []seen {
	t.Helper()
	r, err := sheet.NewReader(src, f, l, from)
	if err != nil {
		t.Fatal(err)
	}
	var all []seen
	for {
		row, err := r.Next()
		bad, broken := errors.AsType[*sheet.RowError](err)
		switch {
		case broken:
			all = append(all, seen{Line: bad.Line, Row: bad.Number, Column: bad.Column, Reason: bad.Reason, Text: bad.Text, Next: bad.Next})
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		default:
			all = append(all, seen{Line: row.Line, Row: row.Number, Cells: slices.Clone(row.Cells), Next: row.Next})
		}
	}
}

// TestFiles reads files as programs save them and compares the guess and every row
// with a golden. Reading from each row's end must give the rows after it.
func TestFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.[ct][sx][vt]")
	if err != nil || len(paths) < 12 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			src := bytes.NewReader(data)
			f, err := sheet.Detect(src, sheet.Wish{}, sheet.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			rows := readAll(t, src, f, sheet.Limits{}, f.Start)
			golden(t, strings.TrimSuffix(path, filepath.Ext(path))+".golden.json", struct {
				Format sheet.Format `json:"format"`
				Rows   []seen       `json:"rows"`
			}{f, rows})
			wantResumable(t, src, f, sheet.Limits{}, rows)
		})
	}
}

// wantResumable reads again from behind each row.
func wantResumable(t testing.TB, src io.ReaderAt, f sheet.Format, l sheet.Limits, rows []seen) {
	t.Helper()
	for i, row := range rows {
		rest := readAll(t, src, f, l, row.Next)
		if !slices.EqualFunc(rest, rows[i+1:], sameRow) {
			t.Fatalf("from %+v, behind line %d:\n%+v\nwant\n%+v", row.Next, row.Line, rest, rows[i+1:])
		}
	}
}

func sameRow(a, b seen) bool {
	cells := slices.Equal(a.Cells, b.Cells)
	a.Cells, b.Cells = nil, nil
	return cells && a.Line == b.Line && a.Row == b.Row && a.Column == b.Column && a.Reason == b.Reason && a.Text == b.Text && a.Next == b.Next
}

// golden compares got with a file. The format goes through JSON, as a job's does.
func golden(t *testing.T, path string, got any) {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	if err := enc.Encode(got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("%s differs; got\n%s", path, out.Bytes())
	}
}
