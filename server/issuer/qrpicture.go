package issuer

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"github.com/boombuler/barcode/qr"
)

// Measures of a QR code in a mail: pixels of a module, and the margin in modules
// that readers need (ISO/IEC 18004).
const (
	qrModule = 8
	qrQuiet  = 4
)

// QRPicture draws text as a QR code, a PNG in black and white. Mail programs show
// no SVG.
func QRPicture(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("draw the link as a code: %w", err)
	}
	n := code.Bounds().Dx()
	side := (n + 2*qrQuiet) * qrModule
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range n {
		for x := range n {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				at := image.Pt(x+qrQuiet, y+qrQuiet).Mul(qrModule)
				draw.Draw(img, image.Rectangle{at, at.Add(image.Pt(qrModule, qrModule))}, image.Black, image.Point{}, draw.Src)
			}
		}
	}
	var out bytes.Buffer
	err = png.Encode(&out, img)
	return out.Bytes(), err
}
