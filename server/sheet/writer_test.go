package sheet_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/sheet"
)

func TestHarmless(t *testing.T) {
	tests := []struct{ cell, want string }{
		{"", ""},
		{"Anna", "Anna"},
		{"12.5", "12.5"},
		{"-12.5", "-12.5"},
		{"-1.234,50", "-1.234,50"},
		{"+7", "+7"},
		{"-.5e-3", "-.5e-3"},
		{"-20%", "-20%"},
		{"-", "'-"},
		{"-1+1", "'-1+1"},
		{"-1\n", "'-1\n"},
		{"+49 30 1234", "'+49 30 1234"},
		{"=1+1", "'=1+1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"\t=1", "'\t=1"},
		{"\rx", "'\rx"},
		{"  =1", "'  =1"},
		{"\u00a0=1", "'\u00a0=1"},
		{"\u200b=1", "'\u200b=1"},
		{"\x00=1", "'\x00=1"},
		{"＝1", "'＝1"},
		{"＋1", "'＋1"},
		{"－1", "'－1"},
		{"＠A1", "'＠A1"},
		{"'=1", "''=1"},
		{"'tis", "'tis"},
		{"a=b", "a=b"},
		{" a", " a"},
	}
	for _, tt := range tests {
		got := sheet.Harmless(tt.cell)
		if got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.cell, got, tt.want)
		}
		if back := sheet.Plain(got); back != tt.cell {
			t.Errorf("%q came back as %q", tt.cell, back)
		}
	}
}

func TestWriter(t *testing.T) {
	tests := []struct {
		name  string
		opts  sheet.WriteOptions
		cells []string
		want  string
	}{
		{"plain", sheet.WriteOptions{}, []string{"a", "", "c"}, "a,,c\r\n"},
		{"quotes", sheet.WriteOptions{}, []string{`say "hi"`, "two\nlines", " blank"}, "\"say \"\"hi\"\"\",\"two\nlines\",\" blank\"\r\n"},
		{"any delimiter", sheet.WriteOptions{}, []string{"a,b", "a;b", "a\tb", "a|b"}, "\"a,b\",\"a;b\",\"a\tb\",\"a|b\"\r\n"},
		{"formula", sheet.WriteOptions{}, []string{"=1,2", "-12.5"}, "\"'=1,2\",-12.5\r\n"},
		{"raw formula", sheet.WriteOptions{Raw: true}, []string{"=1", "b"}, "=1,b\r\n"},
		{"mark and semicolon", sheet.WriteOptions{BOM: true, Delimiter: ";"}, []string{"ä", "b"}, "\ufeffä;b\r\n"},
		{"empty and alone", sheet.WriteOptions{}, []string{""}, "\"\"\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			w, err := sheet.NewWriter(&out, tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(w.Write(tt.cells), w.Flush()); err != nil || out.String() != tt.want {
				t.Errorf("got %q, %v, want %q", out.String(), err, tt.want)
			}
		})
	}
}

func TestWriterRefusesDelimiter(t *testing.T) {
	if _, err := sheet.NewWriter(io.Discard, sheet.WriteOptions{Delimiter: "--"}); err == nil {
		t.Error("no error")
	}
}

// full is a disk that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errDisk }

func TestWriterKeepsError(t *testing.T) {
	w, err := sheet.NewWriter(full{}, sheet.WriteOptions{BOM: true})
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]string{"a"}) // buffered
	if err := w.Flush(); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
}

// FuzzWriter: what was written is read the same, and once formulas are harmless no
// cell that is read starts one.
func FuzzWriter(f *testing.F) {
	f.Add("a", "=b\"", "c\r\n")
	f.Add("'=", "", "\ufeff")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		cells := []string{strings.ToValidUTF8(a, "?"), strings.ToValidUTF8(b, "?"), strings.ToValidUTF8(c, "?")}
		if cells[0]+cells[1]+cells[2] == "" {
			t.Skip("a blank row")
		}
		var out bytes.Buffer
		w, err := sheet.NewWriter(&out, sheet.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write(cells), w.Flush()); err != nil {
			t.Fatal(err)
		}
		rows := readAll(t, bytes.NewReader(out.Bytes()), plain(3), sheet.Limits{}, sheet.Position{})
		if len(rows) != 1 || rows[0].Reason != "" {
			t.Fatalf("%q: %+v", out.String(), rows)
		}
		for i, cell := range rows[0].Cells {
			rows[0].Cells[i] = sheet.Plain(cell)
		}
		if !slices.Equal(rows[0].Cells, cells) {
			t.Errorf("%q came back as %q", cells, rows[0].Cells)
		}
	})
}
