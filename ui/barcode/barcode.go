// Package barcode draws the codes of a pass as Wallet would, as SVG.
//
// It knows Apple's format names and turns a message into bytes by the message
// encoding; the code itself carries those bytes and does not announce their
// character set, because many scanners cannot read an announcement. Equal
// input gives equal output.
package barcode

import (
	"errors"
	"fmt"
	"image"
	"maps"
	"slices"
	"strings"

	"github.com/boombuler/barcode"
)

// The formats, as pass.json spells them.
const (
	QR      = "PKBarcodeFormatQR"
	PDF417  = "PKBarcodeFormatPDF417"
	Aztec   = "PKBarcodeFormatAztec"
	Code128 = "PKBarcodeFormatCode128"
	Code39  = "PKBarcodeFormatCode39"
	Codabar = "PKBarcodeFormatCodabar"
	EAN13   = "PKBarcodeFormatEAN13"
	I2of5   = "PKBarcodeFormatI2of5"
)

// MaxMessage is the longest message in bytes, before its encoding, that any
// format is tried with: a QR code at error correction M holds 2331 bytes.
const MaxMessage = 2331

// Options say how a code is drawn. The zero value follows the symbology.
type Options struct {
	Quiet  int // margin in modules; 0 means what the symbology asks for (linear codes: left and right only), negative means none
	Height int // height of the bars of a linear code in modules; 0 means 50
}

// symbol is a code as a grid of modules, without its quiet zone.
type symbol struct {
	bits      barcode.Barcode
	cols      int
	rows      int // rows of the grid that differ: 1 for linear codes
	rowHeight int // height of a row in modules
	quietX    int // margins in modules
	quietY    int
}

func (s symbol) dark(col, row int) bool {
	p := s.bits.Bounds().Min.Add(image.Pt(col, row))
	r, _, _, _ := s.bits.At(p.X, p.Y).RGBA()
	return r == 0
}

// size is the outer measure in modules, quiet zone included.
func (s symbol) size() (width, height int) {
	return s.cols + 2*s.quietX, s.rows*s.rowHeight + 2*s.quietY
}

// encode checks message against the rules of format and draws it.
func encode(format, message, encoding string, o Options) (symbol, error) {
	f, ok := formats[format]
	if !ok {
		return symbol{}, fmt.Errorf("format %q is not known: use one of %s", format, strings.Join(Formats(), ", "))
	}
	if message == "" {
		return symbol{}, errors.New("message is empty: a code needs at least one character")
	}
	if len(message) > 2*MaxMessage { // a character of two bytes may become one
		return symbol{}, fmt.Errorf("message has %d bytes: shorten it to %d", len(message), f.max)
	}
	data, err := bytesOf(message, encoding)
	if err != nil {
		return symbol{}, err
	}
	if len(data) > f.max {
		return symbol{}, fmt.Errorf("message has %d bytes: %s holds %d", len(data), f.name, f.max)
	}
	if f.rule != nil && !f.rule.MatchString(data) {
		return symbol{}, fmt.Errorf("message does not fit %s: it takes %s", f.name, f.takes)
	}
	bits, err := f.draw(data)
	if err != nil {
		return symbol{}, fmt.Errorf("message does not fit %s: %w", f.name, err)
	}
	return f.layout(bits, o), nil
}

// Formats lists the formats that can be drawn, sorted.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }
