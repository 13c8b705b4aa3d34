package barcode

import (
	_ "embed"
	"errors"
	"image"
	"image/color"
	"math"
	"strings"
	"sync"

	"github.com/boombuler/barcode"
)

// PDF417 by ISO/IEC 15438. It is drawn here because the encoder of the other
// formats writes wrong row indicators whenever the number of rows is no
// multiple of three, and loses its place in punctuation; readers refuse those.

const (
	field       = 929 // codewords form the field GF(929)
	generator   = 3   // of that field
	padWord     = 900
	maxWords    = 928
	maxColumns  = 30
	minRows     = 3
	maxRows     = 90
	wordModules = 17
	sideModules = 69  // start, two row indicators, stop
	wantedRatio = 3.6 // width to height; more rows read worse on a phone
	startWidths = "81111113"
	stopWidths  = "711311121"
)

// pdf417Widths lists, for each of the three clusters, the widths of the four
// bars and four spaces of codewords 0 to 928.
//
//go:embed pdf417.txt
var pdf417Widths string

var clusters = sync.OnceValue(func() []string { return strings.Fields(pdf417Widths) })

// pdfCode is the drawn code, a byte a module, a row of the grid a line.
type pdfCode struct {
	grid [][]bool
	data string
}

func (c *pdfCode) Content() string { return c.data }
func (c *pdfCode) Metadata() barcode.Metadata {
	return barcode.Metadata{CodeKind: barcode.TypePDF, Dimensions: 2}
}
func (c *pdfCode) ColorModel() color.Model { return color.GrayModel }
func (c *pdfCode) Bounds() image.Rectangle { return image.Rect(0, 0, len(c.grid[0]), len(c.grid)) }

func (c *pdfCode) At(x, y int) color.Color {
	if c.grid[y][x] {
		return color.Black
	}
	return color.White
}

func drawPDF417(data string) (barcode.Barcode, error) {
	words := compact(data)
	level := correctionLevel(len(words))
	checks := 2 << level
	columns, rows := dimensions(1 + len(words) + checks)
	if columns == 0 {
		return nil, errors.New("the code would have more than 928 words")
	}
	all := append([]int{columns*rows - checks}, words...)
	for len(all) < columns*rows-checks {
		all = append(all, padWord)
	}
	all = append(all, correction(all, checks)...)
	code := &pdfCode{data: data}
	for row := range rows {
		code.grid = append(code.grid, drawRow(row, rows, columns, level, all[row*columns:(row+1)*columns]))
	}
	return code, nil
}

// correctionLevel is the norm's recommendation for a number of data words.
func correctionLevel(words int) int {
	switch {
	case words <= 40:
		return 2
	case words <= 160:
		return 3
	case words <= 320:
		return 4
	}
	return 5
}

// dimensions picks the columns that make the code about as wide
// as Wallet draws it; zero when no shape holds that many words.
func dimensions(words int) (columns, rows int) {
	best := math.Inf(1)
	for c := 1; c <= maxColumns; c++ {
		r := max((words+c-1)/c, minRows)
		off := math.Abs(float64(wordModules*c+sideModules)/float64(pdf417Row*r) - wantedRatio)
		if r <= maxRows && c*r <= maxWords && off < best {
			best, columns, rows = off, c, r
		}
	}
	return columns, rows
}

// correction is the remainder of data·x^n by the generator polynomial with
// the roots 3¹ to 3ⁿ, negated, highest power first.
func correction(data []int, n int) []int {
	factors := []int{1} // highest power first
	for i, root := 0, 1; i < n; i++ {
		root = root * generator % field
		factors = append(factors, 0)
		for j := len(factors) - 1; j > 0; j-- {
			factors[j] = (factors[j] + (field-root)*factors[j-1]) % field
		}
	}
	rest := make([]int, n+1)
	for _, d := range data {
		lead := (rest[0] + d) % field
		for j := range n {
			rest[j] = (rest[j+1] + (field-factors[j+1])*lead) % field
		}
	}
	for j, v := range rest[:n] {
		rest[j] = (field - v) % field
	}
	return rest[:n]
}

// drawRow lays out a row between start and stop; its two indicators tell the
// reader the row's number and, spread over three rows, the code's shape.
func drawRow(row, rows, columns, level int, words []int) []bool {
	shape := [3]int{(rows - 1) / 3, 3*level + (rows-1)%3, columns - 1}
	base, k := 30*(row/3), row%3
	line := appendWidths(nil, startWidths)
	line = appendWidths(line, clusters()[field*k+base+shape[k]])
	for _, w := range words {
		line = appendWidths(line, clusters()[field*k+w])
	}
	line = appendWidths(line, clusters()[field*k+base+shape[(k+2)%3]])
	return appendWidths(line, stopWidths)
}

// appendWidths adds bars and spaces in turn, beginning with a bar.
func appendWidths(line []bool, widths string) []bool {
	for i, w := range widths {
		for range w - '0' {
			line = append(line, i%2 == 0)
		}
	}
	return line
}
