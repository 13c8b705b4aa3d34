package sheet_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"pocketpass/server/sheet"
)

// BenchmarkReader reads 100,000 rows, in turn with encoding/csv. x-csv is its speed
// as a multiple of encoding/csv's in the same run: the median of all rounds.
func BenchmarkReader(b *testing.B) {
	const rows = 100_000
	quoted := bytes.Repeat([]byte(typicalLine), rows)
	b.Run("quoted", func(b *testing.B) { compare(b, quoted, rows, sheet.UTF8) })
	b.Run("plain", func(b *testing.B) {
		compare(b, bytes.Repeat([]byte("4711,Anna Schmidt,anna.schmidt@example.com,2026-11-21,12.50,Berlin\n"), rows), rows, sheet.UTF8)
	})
	b.Run("windows-1252", func(b *testing.B) {
		compare(b, bytes.Repeat([]byte("4711,J\xfcrgen Gro\xdf,anna.schmidt@example.com,2026-11-21,12.50,K\xf6ln\n"), rows), rows, sheet.Windows1252)
	})
}

func compare(b *testing.B, data []byte, rows int, e sheet.Encoding) {
	format := plain(6)
	format.Encoding = e
	var ours time.Duration
	var ratios []float64
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		at := time.Now()
		readSheet(b, data, format, rows)
		took := time.Since(at)
		b.StopTimer()
		at = time.Now()
		readStandard(b, data, rows)
		ratios = append(ratios, float64(time.Since(at))/float64(took))
		ours += took
		b.StartTimer()
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x-csv")
	b.ReportMetric(float64(rows)*float64(len(ratios))/ours.Seconds(), "rows/s")
}

func readSheet(b *testing.B, data []byte, f sheet.Format, want int) {
	r, err := sheet.NewReader(bytes.NewReader(data), f, sheet.Limits{}, sheet.Position{})
	if err != nil {
		b.Fatal(err)
	}
	countRows(b, r.Next, want)
}

func readStandard(b *testing.B, data []byte, want int) {
	r := csv.NewReader(bytes.NewReader(data))
	r.ReuseRecord = true
	countRows(b, r.Read, want)
}

// countRows reads to the end.
func countRows[R any](b *testing.B, next func() (R, error), want int) {
	n := 0
	for {
		_, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	if n != want {
		b.Fatal(n)
	}
}
