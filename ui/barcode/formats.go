package barcode

import (
	"cmp"
	"regexp"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/aztec"
	"github.com/boombuler/barcode/codabar"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/code39"
	"github.com/boombuler/barcode/ean"
	"github.com/boombuler/barcode/qr"
	"github.com/boombuler/barcode/twooffive"
)

// format holds what is particular to a symbology.
type format struct {
	name   string
	max    int            // bytes
	quiet  int            // margin in modules that readers need
	linear bool           // bars only: one row is enough
	rule   *regexp.Regexp // what the bytes must look like; nil means anything
	takes  string         // the rule in words
	draw   func(data string) (barcode.Barcode, error)
}

const (
	defaultBarHeight = 50 // modules; about a sixth of a common code's width
	pdf417Row        = 3  // modules per row: the least that ISO/IEC 15438 allows
	aztecCorrection  = 33 // percent of check words; the norm recommends 23 or more
)

// Limits of length: QR by the norm at level M, Aztec and PDF417 by what
// a phone's screen can still show legibly, linear codes by width.
var formats = map[string]format{
	QR:     {name: "QR", max: MaxMessage, quiet: 4, draw: drawQR},
	Aztec:  {name: "Aztec", max: 1200, quiet: 2, draw: drawAztec},
	PDF417: {name: "PDF417", max: 800, quiet: 2, draw: drawPDF417},
	Code128: {name: "Code 128", max: 80, quiet: 10, linear: true,
		rule: regexp.MustCompile(`\A[\x00-\x7e]+\z`), takes: "ASCII characters only",
		draw: func(data string) (barcode.Barcode, error) { return code128.Encode(data) }},
	Code39: {name: "Code 39", max: 43, quiet: 10, linear: true,
		rule: regexp.MustCompile(`\A[0-9A-Z\-.$/+% ]+\z`), takes: "digits, capital letters, blank and - . $ / + %",
		draw: func(data string) (barcode.Barcode, error) { return code39.Encode(data, false, false) }},
	Codabar: {name: "Codabar", max: 60, quiet: 10, linear: true,
		rule: regexp.MustCompile(`\A[A-D][0-9\-$:/.+]+[A-D]\z`), takes: "digits and - $ : / . + between two letters A to D",
		draw: codabar.Encode},
	EAN13: {name: "EAN-13", max: 13, quiet: 11, linear: true,
		rule: regexp.MustCompile(`\A[0-9]{12,13}\z`), takes: "12 digits, or 13 with the right check digit",
		draw: func(data string) (barcode.Barcode, error) { return ean.Encode(data) }},
	I2of5: {name: "Interleaved 2 of 5", max: 60, quiet: 10, linear: true,
		rule: regexp.MustCompile(`\A([0-9]{2})+\z`), takes: "an even number of digits",
		draw: func(data string) (barcode.Barcode, error) { return twooffive.Encode(data, true) }},
}

// drawQR takes the densest mode that the bytes allow. What the encoder calls
// Unicode is byte mode: it copies the string's bytes and announces no
// character set, so a string of Latin-1 bytes is carried as it is.
func drawQR(data string) (barcode.Barcode, error) { return qr.Encode(data, qr.M, qr.Auto) }

func drawAztec(data string) (barcode.Barcode, error) {
	return aztec.Encode([]byte(data), aztecCorrection, 0)
}

// layout says how the grid of bits becomes a drawing.
func (f format) layout(bits barcode.Barcode, o Options) symbol {
	size := bits.Bounds().Size()
	s := symbol{bits: bits, cols: size.X, rows: size.Y, rowHeight: 1, quietX: f.quiet, quietY: f.quiet}
	switch {
	case f.linear:
		s.quietY = 0 // bars need no room above and below
		s.rows, s.rowHeight = 1, cmp.Or(max(o.Height, 0), defaultBarHeight)
	case bits.Metadata().CodeKind == barcode.TypePDF:
		s.rowHeight = pdf417Row
	}
	if o.Quiet != 0 {
		s.quietX, s.quietY = max(o.Quiet, 0), max(o.Quiet, 0)
	}
	return s
}
