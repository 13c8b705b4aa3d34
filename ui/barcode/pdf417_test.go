package barcode_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"strings"
	"testing"

	"pocketpass/ui/barcode"
)

// TestPDF417Table holds the table to what the norm says of every codeword:
// 17 modules, no element wider than six, and a cluster number that is the
// alternating sum of its bars.
func TestPDF417Table(t *testing.T) {
	table := widthTable(t)
	for cluster := range 3 {
		seen := map[string]bool{}
		for _, w := range table[cluster] {
			var width [8]int
			sum := 0
			for i := range width {
				width[i] = int(w[i] - '0')
				sum += width[i]
				if width[i] < 1 || width[i] > 6 {
					t.Errorf("%s: element %d", w, width[i])
				}
			}
			if n := (width[0] - width[2] + width[4] - width[6] + 9) % 9; n != 3*cluster || sum != 17 || seen[w] {
				t.Errorf("%s: cluster %d, %d modules, twice %t", w, n, sum, seen[w])
			}
			seen[w] = true
		}
	}
}

// TestPDF417Correction reads codes back word by word and checks that the word
// polynomial vanishes at every root of the generator, and the indicators.
func TestPDF417Correction(t *testing.T) {
	for _, n := range []int{1, 2, 5, 17, 40, 100, 300, 640, 800} {
		for name, message := range map[string]string{"text": long(n), "bytes": strings.Repeat("é", n)} {
			t.Run(fmt.Sprintf("%d of %s", n, name), func(t *testing.T) {
				data, err := barcode.PNG(barcode.PDF417, message, "", barcode.Options{Quiet: -1}, 1)
				if err != nil {
					t.Fatal(err)
				}
				rows := readWords(t, data)
				checkIndicators(t, rows)
				checkRoots(t, rows)
			})
		}
	}
}

func widthTable(t *testing.T) (table [3][]string) {
	t.Helper()
	data, err := os.ReadFile("pdf417.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Fields(string(data))
	if len(all) != 3*929 {
		t.Fatalf("%d codewords, want 2787", len(all))
	}
	for i := range table {
		table[i] = all[929*i : 929*(i+1)]
	}
	return table
}

// readWords returns the codewords of every row, indicators included.
func readWords(t *testing.T, data []byte) [][]int {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var value [3]map[string]int
	for k, words := range widthTable(t) {
		value[k] = map[string]int{}
		for v, w := range words {
			value[k][w] = v
		}
	}
	var rows [][]int
	size := img.Bounds().Size()
	for r := range size.Y / 3 {
		var row []int
		for x := 17; x+18 < size.X; x += 17 {
			v, ok := value[r%3][widths(img, x, 3*r)]
			if !ok {
				t.Fatalf("row %d, module %d is no codeword", r, x)
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	return rows
}

func widths(img image.Image, x, y int) string {
	var out []byte
	last := ^uint32(0)
	for i := range 17 {
		if v, _, _, _ := img.At(x+i, y).RGBA(); v != last {
			out, last = append(out, '0'), v
		}
		out[len(out)-1]++
	}
	return string(out)
}

func checkIndicators(t *testing.T, rows [][]int) {
	t.Helper()
	columns := len(rows[0]) - 2
	level := -1 // told by the left indicator of row 1
	for r, row := range rows {
		left, right := row[0]-30*(r/3), row[len(row)-1]-30*(r/3)
		switch r % 3 {
		case 0:
			wantInt(t, "rows, left", left, (len(rows)-1)/3)
			wantInt(t, "columns, right", right, columns-1)
		case 1:
			level = left
			wantInt(t, "rows, right", right, (len(rows)-1)/3)
			wantInt(t, "rows beyond a multiple of three", left%3, (len(rows)-1)%3)
		case 2:
			wantInt(t, "columns, left", left, columns-1)
			wantInt(t, "level, right", right, level)
		}
	}
}

func checkRoots(t *testing.T, rows [][]int) {
	t.Helper()
	var words []int
	for _, row := range rows {
		words = append(words, row[1:len(row)-1]...)
	}
	root := 1
	for range len(words) - words[0] {
		root = root * 3 % 929
		sum := 0
		for _, w := range words {
			sum = (sum*root + w) % 929
		}
		wantInt(t, "value at a root", sum, 0)
	}
}

func wantInt(t *testing.T, what string, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %d, want %d", what, got, want)
	}
}
