package sheet_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"pocketpass/server/sheet"
)

// TestWorkbook converts a workbook with dates, times, formats, formulas and blank
// rows, and reads the CSV: every row has the number that it has in the sheet.
func TestWorkbook(t *testing.T) {
	data, err := os.ReadFile("testdata/members.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	got, err := sheet.ConvertWorkbook(t.Context(), &out, bytes.NewReader(data), int64(len(data)), sheet.WorkbookLimits{})
	if err != nil {
		t.Fatal(err)
	}
	src := bytes.NewReader(out.Bytes())
	f, err := sheet.Detect(src, sheet.Wish{}, sheet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/members.golden.json", struct {
		Converted sheet.Converted `json:"converted"`
		Format    sheet.Format    `json:"format"`
		Rows      []seen          `json:"rows"`
	}{got, f, readAll(t, src, f, sheet.Limits{}, f.Start)})
}

// parts of a small workbook; a test replaces what it is about.
func parts(sheetData string) map[string]string {
	const rel = `<Relationship Id="%s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"/>`
	return map[string]string{
		"_rels/.rels": `<Relationships>` + fmt.Sprintf(rel, "a", "officeDocument", "xl/workbook.xml") + `</Relationships>`,
		"xl/_rels/workbook.xml.rels": `<Relationships>` + fmt.Sprintf(rel, "r0", "chartsheet", "chartsheets/sheet1.xml") +
			fmt.Sprintf(rel, "r1", "worksheet", "/xl/worksheets/sheet1.xml") + fmt.Sprintf(rel, "s", "sharedStrings", "sharedStrings.xml") +
			fmt.Sprintf(rel, "t", "styles", "styles.xml") + `</Relationships>`,
		"xl/workbook.xml": `<x:workbook xmlns:x="m"><x:sheets><x:sheet name="Chart" sheetId="1" r:id="r0"/>` +
			`<x:sheet name="Data" sheetId="2" r:id="r1"/></x:sheets></x:workbook>`,
		"xl/sharedStrings.xml": `<sst><si><t>one</t></si><si><r><t>tw</t></r><r><t>o</t></r><rPh><t>no</t></rPh></si><si/><si><t>a_x000D_b_x005F_</t></si></sst>`,
		"xl/styles.xml": `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="0000"/><numFmt numFmtId="171" formatCode="&quot;day&quot; 0"/>` +
			`<numFmt numFmtId="172" formatCode="[$-407]d. mmmm yyyy;@"/><numFmt numFmtId="173" formatCode="[hh]:mm"/></numFmts>` +
			`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="172"/><xf numFmtId="173"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + sheetData + `</sheetData></worksheet>`,
	}
}

func packed(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, text := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func convert(t testing.TB, files map[string]string, l sheet.WorkbookLimits) (string, error) {
	t.Helper()
	data := packed(t, files)
	var out bytes.Buffer
	_, err := sheet.ConvertWorkbook(t.Context(), &out, bytes.NewReader(data), int64(len(data)), l)
	return out.String(), err
}

func TestWorkbookCells(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"shared strings", `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c></row>`, "one,two,,\"a\rb_\"\r\n"},
		{"inline strings", `<row><c t="inlineStr"><is><r><t>a </t></r><r><t>b</t></r><rPh><t>x</t></rPh></is></c></row>`, "a b\r\n"},
		{"no references", `<row><c><v>1</v></c><c/><c><v>3</v></c></row><row><c/><c><v>2</v></c></row>`, "1,,3\r\n,2,\r\n"},
		{"blank rows keep their number", `<row r="2"><c r="B2"><v>1</v></c></row><row r="3"/><row r="5"><c r="A5"><v>2</v></c></row><row r="9"><c r="C9"/></row>`, "\r\n,1\r\n\r\n\r\n2,\r\n"},
		{"a row that is too wide stays so", `<row><c><v>1</v></c></row><row><c><v>2</v></c><c><v>3</v></c></row>`, "1\r\n2,3\r\n"},
		{"a formula's value", `<row><c t="str"><f>A1&amp;"x"</f><v>yx</v></c><c><f>1+1</f><v>2</v></c></row>`, "yx,2\r\n"},
		{"truth and errors", `<row><c t="b"><v>1</v></c><c t="b"><v>0</v></c><c t="e"><v>#N/A</v></c><c t="d"><v>2026-11-21</v></c></row>`, "true,false,#N/A,2026-11-21\r\n"},
		{"numbers", `<row><c><v>0.30000000000000004</v></c><c><v>1.5E-3</v></c><c><v>4.9151E+10</v></c><c><v>-0.1</v></c><c><v>NaN</v></c></row>`, "0.3,0.0015,49151000000,-0.1,NaN\r\n"},
		{"dates", `<row><c s="1"><v>46347</v></c><c s="4"><v>46347.5</v></c><c s="1"><v>1</v></c><c s="1"><v>61</v></c><c s="1"><v>0.25</v></c></row>`, "2026-11-21,2026-11-21T12:00:00,1900-01-01,1900-03-01,06:00:00\r\n"},
		{"what is no date", `<row><c s="3"><v>46347</v></c><c s="1"><v>-1</v></c><c s="1"><v>1e9</v></c><c s="99"><v>7</v></c></row>`, "46347,-1,1000000000,7\r\n"},
		{"leading zeros", `<row><c s="2"><v>7</v></c><c s="2"><v>7.5</v></c></row>`, "0007,7.5\r\n"},
		{"hours beyond a day", `<row><c s="5"><v>1.5</v></c></row>`, "36:00:00\r\n"},
		{"formulas as text stay", `<row><c t="inlineStr"><is><t>=1+1</t></is></c></row>`, "=1+1\r\n"},
		{"nothing", ``, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := convert(t, parts(tt.data), sheet.WorkbookLimits{})
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestWorkbookOf1904(t *testing.T) {
	files := parts(`<row><c s="1"><v>44885</v></c></row>`)
	files["xl/workbook.xml"] = strings.Replace(files["xl/workbook.xml"], "<x:sheets>", `<x:workbookPr date1904="1"/><x:sheets>`, 1)
	if got, err := convert(t, files, sheet.WorkbookLimits{}); err != nil || got != "2026-11-21\r\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestWorkbookRefused: each limit holds, and damage is told from size.
func TestWorkbookRefused(t *testing.T) {
	row := `<row><c t="inlineStr"><is><t>abcdef</t></is></c><c><v>1</v></c></row>`
	tests := []struct {
		name   string
		change func(files map[string]string)
		limits sheet.WorkbookLimits
		want   error
		text   string
	}{
		{"rows", nil, sheet.WorkbookLimits{Rows: 1}, sheet.ErrTooLarge, "more than 1 rows"},
		{"cells", nil, sheet.WorkbookLimits{Cells: 3}, sheet.ErrTooLarge, "more than 3 cells"},
		{"columns", nil, sheet.WorkbookLimits{Columns: 1}, sheet.ErrTooLarge, "row 1 has more than 1 columns"},
		{"cell", nil, sheet.WorkbookLimits{Cell: 5}, sheet.ErrTooLarge, "row 1, column 1 has more than 5 bytes"},
		{"row", nil, sheet.WorkbookLimits{Row: 6}, sheet.ErrTooLarge, "row 1 has more than 6 bytes"},
		{"strings", nil, sheet.WorkbookLimits{Strings: 20}, sheet.ErrTooLarge, "more than 20 bytes"},
		{"written", nil, sheet.WorkbookLimits{Written: 10}, sheet.ErrTooLarge, "too much CSV"},
		{"unpacked", nil, sheet.WorkbookLimits{Unpacked: 500}, sheet.ErrTooLarge, "unpacks to more than 500 bytes"},
		{"a bomb of one tag", func(f map[string]string) {
			f["xl/worksheets/sheet1.xml"] = `<worksheet a="` + strings.Repeat(" ", 2<<20)
		}, sheet.WorkbookLimits{}, sheet.ErrTooLarge, "a tag or text has more than"},
		{"a bomb of one comment", func(f map[string]string) {
			f["xl/styles.xml"] = `<!--` + strings.Repeat("<", 2<<20)
		}, sheet.WorkbookLimits{}, sheet.ErrTooLarge, "a tag or text has more than"},
		{"an entity", func(f map[string]string) {
			f["xl/sharedStrings.xml"] = `<!DOCTYPE x [<!ENTITY e "boom">]><sst><si><t>&e;</t></si></sst>`
		}, sheet.WorkbookLimits{}, sheet.ErrDamaged, "entity"},
		{"no sheet", func(f map[string]string) { delete(f, "xl/worksheets/sheet1.xml") }, sheet.WorkbookLimits{}, sheet.ErrDamaged, "sheet1.xml is missing"},
		{"no workbook", func(f map[string]string) { f["_rels/.rels"] = "<Relationships/>" }, sheet.WorkbookLimits{}, sheet.ErrDamaged, "names no workbook"},
		{"cut off", func(f map[string]string) { f["xl/worksheets/sheet1.xml"] = "<worksheet><sheetData><row>" }, sheet.WorkbookLimits{}, sheet.ErrDamaged, "has no end"},
		{"a string that is not there", func(f map[string]string) {
			f["xl/worksheets/sheet1.xml"] = parts(`<row><c t="s"><v>4</v></c></row>`)["xl/worksheets/sheet1.xml"]
		}, sheet.WorkbookLimits{}, sheet.ErrDamaged, "string 4 of 4"},
		{"rows out of order", func(f map[string]string) {
			f["xl/worksheets/sheet1.xml"] = parts(`<row r="2"/><row r="1"/>`)["xl/worksheets/sheet1.xml"]
		}, sheet.WorkbookLimits{}, sheet.ErrDamaged, `row "1" behind row 2`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := parts(row + row)
			if tt.change != nil {
				tt.change(files)
			}
			if _, err := convert(t, files, tt.limits); !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want %v: %s", err, tt.want, tt.text)
			}
		})
	}
}

func TestWorkbookIsNoArchive(t *testing.T) {
	_, err := sheet.ConvertWorkbook(t.Context(), io.Discard, strings.NewReader("PK\x03\x04"), 4, sheet.WorkbookLimits{})
	if !errors.Is(err, sheet.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestWorkbookHeedsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	data := packed(t, parts(""))
	_, err := sheet.ConvertWorkbook(ctx, io.Discard, bytes.NewReader(data), int64(len(data)), sheet.WorkbookLimits{})
	if !errors.Is(err, context.Canceled) || errors.Is(err, sheet.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

// FuzzWorkbook: whatever the sheet and its strings hold, the result is CSV that can
// be read, or one of two refusals.
func FuzzWorkbook(f *testing.F) {
	f.Add(`<row r="3"><c r="B3" t="s"><v>1</v></c></row>`, `<si><t>a</t></si>`)
	f.Add(`<c s="1"><v>1</v></c></c></row><row></c><t>x`, `<rPh><t>`)
	f.Fuzz(func(t *testing.T, data, shared string) {
		files := parts(data)
		files["xl/sharedStrings.xml"] = "<sst>" + shared + "</sst>"
		got, err := convert(t, files, sheet.WorkbookLimits{Rows: 50})
		if err != nil {
			if !errors.Is(err, sheet.ErrDamaged) && !errors.Is(err, sheet.ErrTooLarge) {
				t.Fatal(err)
			}
			return
		}
		for _, row := range readAll(t, strings.NewReader(got), plain(0), sheet.Limits{RowLines: 1 << 20}, sheet.Position{}) {
			if row.Reason != "" {
				t.Errorf("%q: %+v", got, row)
			}
		}
	})
}

// BenchmarkWorkbook converts 20,000 rows of five cells.
func BenchmarkWorkbook(b *testing.B) {
	const rows = 20_000
	data := packed(b, parts(strings.Repeat(`<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c s="1"><v>46347</v></c><c><v>12.5</v></c><c t="b"><v>1</v></c></row>`, rows)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sheet.ConvertWorkbook(b.Context(), io.Discard, bytes.NewReader(data), int64(len(data)), sheet.WorkbookLimits{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
