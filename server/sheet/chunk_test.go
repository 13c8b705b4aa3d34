package sheet_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"pocketpass/server/sheet"
)

// TestChunks reads tables of several chunks, whose ends fall anywhere in cells,
// quotes, line ends and characters, from the start and from the middle.
func TestChunks(t *testing.T) {
	const rows = 12_000
	var text bytes.Buffer
	w, err := sheet.NewWriter(&text, sheet.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := make([][]string, rows)
	for i := range want {
		want[i] = []string{fmt.Sprint(i), strings.Repeat("ä\U0001f600", i%7), strings.Repeat("\"\r\n", i%5), "x"}
		if err := w.Write(want[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	for encoding, order := range map[sheet.Encoding]unicode.Endianness{sheet.UTF16LE: unicode.LittleEndian, sheet.UTF16BE: unicode.BigEndian} {
		data, err := unicode.UTF16(order, unicode.IgnoreBOM).NewEncoder().Bytes(text.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		wantRows(t, encoding, data, want)
	}
	wantRows(t, sheet.UTF8, text.Bytes(), want)
}

func wantRows(t *testing.T, e sheet.Encoding, data []byte, want [][]string) {
	t.Helper()
	format, src := plain(4), bytes.NewReader(data)
	format.Encoding = e
	all := readAll(t, src, format, sheet.Limits{}, sheet.Position{})
	same := func(s seen, cells []string) bool { return slices.Equal(s.Cells, cells) }
	if !slices.EqualFunc(all, want, same) {
		t.Fatalf("%s: %d rows, want the %d written", e, len(all), len(want))
	}
	if end := all[len(all)-1].Next.Offset; end != int64(len(data)) {
		t.Errorf("%s: ended at %d of %d bytes", e, end, len(data))
	}
	for i := 0; i < len(all); i += 997 {
		if rest := readAll(t, src, format, sheet.Limits{}, all[i].Next); !slices.EqualFunc(rest, all[i+1:], sameRow) {
			t.Fatalf("%s: other rows from %+v", e, all[i].Next)
		}
	}
}

// TestChunkOfBrokenRows: what a broken row is called does not depend on how much of
// the file was read when it was met.
func TestChunkOfBrokenRows(t *testing.T) {
	var text strings.Builder
	for i := range 3_000 {
		text.WriteString([]string{
			"1,2,3\n",
			"1,\"2,3\n",
			"1,2," + strings.Repeat("3", i%400) + "\n",
			"1,\"" + strings.Repeat("\n", i%30) + "\",3\n",
			"1,\"" + strings.Repeat("x\n", i%90) + "\",3\n",
		}[i%5])
	}
	src, limits := strings.NewReader(text.String()), sheet.Limits{RowBytes: 100, CellBytes: 90, RowLines: 20}
	all := readAll(t, src, plain(3), limits, sheet.Position{})
	reasons := map[sheet.Reason]int{}
	for i, row := range all {
		reasons[row.Reason]++
		if i%301 == 0 {
			if rest := readAll(t, src, plain(3), limits, row.Next); !slices.EqualFunc(rest, all[i+1:], sameRow) {
				t.Fatalf("other rows from %+v", row.Next)
			}
		}
	}
	for _, want := range []sheet.Reason{"", sheet.TextAfterQuote, sheet.TooManyLines, sheet.RowTooLong, sheet.CellTooLong} {
		if reasons[want] == 0 {
			t.Errorf("no row was %q", want)
		}
	}
}
