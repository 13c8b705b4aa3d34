package sheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/sheet"
)

// plain is the format of the tables in this file.
func plain(columns int) sheet.Format {
	return sheet.Format{Encoding: sheet.UTF8, Delimiter: ",", Quote: `"`, LineEnd: sheet.LF, Columns: columns}
}

// TestBroken reads one good row, the broken one and another good one: each costs
// what it must and no more.
func TestBroken(t *testing.T) {
	small := sheet.Limits{RowBytes: 40, CellBytes: 20, Columns: 6, RowLines: 4}
	utf16 := plain(3)
	utf16.Encoding = sheet.UTF16LE
	windows := plain(3)
	windows.Encoding = sheet.Windows1252
	tests := []struct {
		name   string
		format sheet.Format
		row    string
		column int
		reason sheet.Reason
		lost   int // good rows that go with it
	}{
		{"too few columns", plain(3), "a,b\n", 3, sheet.WrongColumns, 0},
		{"too many columns", plain(3), "a,b,c,d\n", 4, sheet.WrongColumns, 0},
		{"wrong columns over two lines", plain(3), "a,\"b\nb\"\n", 3, sheet.WrongColumns, 0},
		{"more columns than are ever read", plain(3), "a,b,c,d,e,f,g\n", 0, sheet.TooManyColumns, 0},
		{"the same with a quote", plain(3), "a,b,c,d,e,\"f\",g\n", 0, sheet.TooManyColumns, 0},
		{"a quote that is not closed in the file", plain(3), "a,\"b,c\n", 2, sheet.UnclosedQuote, 0},
		{"text behind a quoted cell", plain(3), "a,\"b\"b,c\n", 2, sheet.TextAfterQuote, 0},
		{"a cell too long", plain(3), "a," + strings.Repeat("b", 21) + ",c\n", 2, sheet.CellTooLong, 0},
		{"a row too long", plain(3), "a,b," + strings.Repeat("c", 40) + "\n", 0, sheet.RowTooLong, 0},
		{"a row longer than any chunk", plain(3), strings.Repeat("c", 600<<10) + "\n", 0, sheet.RowTooLong, 0},
		{"a quoted row too long", plain(3), "a,b,\"" + strings.Repeat("c", 20) + "\n" + strings.Repeat("d,d,", 10) + "\"\n", 0, sheet.RowTooLong, -1},
		{"a quote over too many lines", plain(3), "a,b,\"\n\n\n\n\n\n", 3, sheet.TooManyLines, 0},
		{"no UTF-8", plain(3), "a,b\xfc,c\n", 2, sheet.InvalidBytes, 0},
		{"no windows-1252", windows, "a,\xfc,\x81\n", 3, sheet.InvalidBytes, 0},
		{"half a pair of surrogates", utf16, "a\x00,\x00\x00\xd8,\x00c\x00\n\x00", 2, sheet.InvalidBytes, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			good := "1,2,3\n"
			if tt.format.Encoding == sheet.UTF16LE {
				good = "1\x00,\x002\x00,\x003\x00\n\x00"
			}
			src := strings.NewReader(good + tt.row + good)
			rows := readAll(t, src, tt.format, small, sheet.Position{})
			if len(rows) < 3 || rows[0].Reason != "" || rows[len(rows)-1].Reason != "" {
				t.Fatalf("%+v", rows)
			}
			if got := rows[1]; got.Line != 2 || got.Reason != tt.reason || got.Column != tt.column {
				t.Errorf("got %+v, want %s in column %d of line 2", got, tt.reason, tt.column)
			}
			if _, remedy, _ := strings.Cut(rows[1].Text, "; "); remedy == "" {
				t.Errorf("%q does not say what to do", rows[1].Text)
			}
			if tt.lost == 0 && len(rows) != 3 {
				t.Errorf("%d rows, want 3: %+v", len(rows), rows)
			}
			wantResumable(t, src, tt.format, small, rows)
		})
	}
}

func TestRowErrorText(t *testing.T) {
	r, err := sheet.NewReader(strings.NewReader("1,2\n3\n"), plain(2), sheet.Limits{}, sheet.Position{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = r.Next(); err != nil {
		t.Fatal(err)
	}
	_, err = r.Next()
	want := "line 2, column 2: the number of columns is 1 instead of 2; look for a delimiter too many or a missing quote"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// failing is a source whose disk breaks behind its text.
type failing struct{ *strings.Reader }

var errDisk = errors.New("disk gone")

func (f failing) ReadAt(p []byte, at int64) (int, error) {
	n, err := f.Reader.ReadAt(p, at)
	if errors.Is(err, io.EOF) {
		err = errDisk
	}
	return n, err
}

func TestSourceFails(t *testing.T) {
	r, err := sheet.NewReader(failing{strings.NewReader("1,2\n3,4\n")}, plain(2), sheet.Limits{}, sheet.Position{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := r.Next(); !errors.Is(err, errDisk) {
			t.Errorf("got %v, want %v each time", err, errDisk)
		}
	}
}

// endless gives the same line n times without holding them.
type endless struct {
	line string
	n    int64
}

func (e endless) ReadAt(p []byte, at int64) (int, error) {
	size := int64(len(e.line)) * e.n
	n := 0
	for n < len(p) && at < size {
		c := copy(p[n:], e.line[at%int64(len(e.line)):])
		n, at = n+c, at+int64(c)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

const typicalLine = "4711,Anna Schmidt,anna.schmidt@example.com,2026-11-21,12.50,\"Berlin, Mitte\"\n"

// TestMemoryStaysFlat compares what is held after many rows with what is held after a
// few.
func TestMemoryStaysFlat(t *testing.T) {
	r, err := sheet.NewReader(endless{typicalLine, 1_000_000}, plain(6), sheet.Limits{}, sheet.Position{})
	if err != nil {
		t.Fatal(err)
	}
	read := func(rows int) uint64 {
		for range rows {
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	few, many := read(10_000), read(300_000)
	if many > few+1<<20 {
		t.Errorf("%d bytes after 10,000 rows, %d after 310,000", few, many)
	}
	runtime.KeepAlive(r)
}

// FuzzReader: whatever the bytes, every row is in order and reading from behind any
// of them gives the same rest.
func FuzzReader(f *testing.F) {
	f.Add([]byte("a,b\n1,\"2\n3\"\n"), byte(0), byte(0))
	f.Add([]byte("a;\"b\"\"c\r\n;;\r\n\"x\"y;z"), byte(1), byte(3))
	f.Add([]byte("\"\"\"\n\"\"\"\n\"\n,\"\n"), byte(4), byte(0))
	f.Add([]byte("a\x00,\x00\x00\xd8\n\x00b\x00"), byte(2), byte(0))
	f.Fuzz(func(t *testing.T, data []byte, how, columns byte) {
		if len(data) > 2000 {
			t.Skip()
		}
		format := sheet.Format{Delimiter: string(",;\t|"[how>>2&3]), Quote: `"`, LineEnd: sheet.LF, Columns: int(columns % 5)}
		format.Encoding = []sheet.Encoding{sheet.UTF8, sheet.Windows1252, sheet.UTF16LE, sheet.UTF16BE}[how&3]
		if how&16 != 0 {
			format.LineEnd = sheet.CR
		}
		limits := sheet.Limits{RowBytes: 60, CellBytes: 30, Columns: 8, RowLines: 5}
		src := bytes.NewReader(data)
		rows := readAll(t, src, format, limits, sheet.Position{})
		at := sheet.Position{}
		for _, row := range rows {
			if row.Next.Offset <= at.Offset || row.Line <= at.Line || row.Next.Line < row.Line || row.Next.Row != row.Row {
				t.Fatalf("%+v behind %+v", row, at)
			}
			at = row.Next
		}
		if at.Offset > int64(len(data)) {
			t.Fatalf("ended at %d of %d bytes", at.Offset, len(data))
		}
		wantResumable(t, src, format, limits, rows)
	})
}

// FuzzDetect: no bytes make it panic, and what it returns can be read.
func FuzzDetect(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte("\xff\xfea\x00;\x00"))
	f.Add([]byte("sep=|\r\na|b\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		src := bytes.NewReader(data)
		format, err := sheet.Detect(src, sheet.Wish{}, sheet.Limits{})
		if err != nil {
			t.Skip()
		}
		if format.Columns < 1 || format.Header != (len(format.Names) == format.Columns) {
			t.Fatalf("%+v", format)
		}
		readAll(t, src, format, sheet.Limits{}, format.Start)
	})
}

func TestDetect(t *testing.T) {
	no := false
	tests := []struct {
		name, text string
		wish       sheet.Wish
		want       sheet.Format
		err        error
	}{
		{"nothing", "", sheet.Wish{}, sheet.Format{}, sheet.ErrEmpty},
		{"a mark alone", "\xef\xbb\xbf", sheet.Wish{}, sheet.Format{}, sheet.ErrEmpty},
		{"a workbook", "PK\x03\x04", sheet.Wish{}, sheet.Format{}, sheet.ErrWorkbook},
		{"an old workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", sheet.Wish{}, sheet.Format{}, sheet.ErrOldExcel},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00", sheet.Wish{}, sheet.Format{}, sheet.ErrNoText},
		{"commas in every other column", "id;a;b\n1;1,5;2,5\n2;1,5;2,5\n3;1,5;2,5\n", sheet.Wish{},
			sheet.Format{Delimiter: ";", Header: true, Columns: 3}, nil},
		{"numbers at commas only", "1,2\n3,4\n", sheet.Wish{}, sheet.Format{Delimiter: ",", Columns: 2}, nil},
		{"semicolons in quoted text", "id,tags\n1,\"a;b;c\"\n2,\"d;e;f\"\n", sheet.Wish{},
			sheet.Format{Delimiter: ",", Header: true, Columns: 2}, nil},
		{"everything said", "id;a\n1;2\n", sheet.Wish{Delimiter: ",", Encoding: sheet.Windows1252, Header: &no},
			sheet.Format{Delimiter: ",", Encoding: sheet.Windows1252, Columns: 1}, nil},
		{"a name twice", "id,id\n1,2\n", sheet.Wish{}, sheet.Format{Delimiter: ",", Columns: 2}, nil},
		{"a date is no name", "anna,2026-11-21\nbert,2026-11-22\n", sheet.Wish{}, sheet.Format{Delimiter: ",", Columns: 2}, nil},
		{"a character cut by the end of the head", strings.Repeat("a,b\n", 16383) + "a,\u00e4\u00e4\n", sheet.Wish{},
			sheet.Format{Delimiter: ",", Header: true, Columns: 2}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := sheet.Detect(strings.NewReader(tt.text), tt.wish, sheet.Limits{})
			if !errors.Is(err, tt.err) {
				t.Fatalf("got %v, want %v", err, tt.err)
			}
			if tt.err != nil {
				return
			}
			if tt.want.Encoding == "" {
				tt.want.Encoding = sheet.UTF8
			}
			if got.Delimiter != tt.want.Delimiter || got.Header != tt.want.Header || got.Columns != tt.want.Columns || got.Encoding != tt.want.Encoding {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestDetectRefusesWishes(t *testing.T) {
	for want, w := range map[string]sheet.Wish{
		"delimiter": {Delimiter: "x"}, "encoding": {Encoding: "ebcdic"}, "quote": {Quote: "`"}, "lineEnd": {LineEnd: "nul"},
	} {
		if _, err := sheet.Detect(strings.NewReader("a,b\n"), w, sheet.Limits{}); err == nil || !strings.HasPrefix(strings.TrimPrefix(err.Error(), sheet.ErrFormat.Error()+": "), want) {
			t.Errorf("%+v: %v", w, err)
		}
	}
}

func TestDetectFirstRowTooLong(t *testing.T) {
	_, err := sheet.Detect(endless{"abc,", 50_000}, sheet.Wish{}, sheet.Limits{Columns: 1 << 20})
	if bad, ok := errors.AsType[*sheet.RowError](err); !ok || bad.Reason != sheet.RowTooLong {
		t.Errorf("got %v", err)
	}
}

// TestDamageCostsLinearTime: each line opens a quote that the next one closes and
// opens again, so every row looks unfinished.
func TestDamageCostsLinearTime(t *testing.T) {
	l := sheet.Limits{RowLines: 8}
	src := endless{"a\",\"\n", 2_000}
	rows := readAll(t, src, plain(2), l, sheet.Position{})
	for i, row := range rows[:len(rows)-8] {
		if row.Reason != sheet.TooManyLines || row.Line != int64(i+1) {
			t.Fatalf("%+v", row)
		}
	}
	if len(rows) != 2_000 {
		t.Errorf("%d rows", len(rows))
	}
}

func ExampleReader() {
	src := strings.NewReader("Name;Guthaben\nAnna;12,50\nBert;1;2\nCarl;3,00\n")
	format, _ := sheet.Detect(src, sheet.Wish{}, sheet.Limits{})
	r, _ := sheet.NewReader(src, format, sheet.Limits{}, format.Start)
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(row.Line, slices.Clone(row.Cells), row.Next.Offset)
	}
	// Output:
	// 2 [Anna 12,50] 25
	// line 3, column 3: the number of columns is 3 instead of 2; look for a delimiter too many or a missing quote
	// 4 [Carl 3,00] 44
}
