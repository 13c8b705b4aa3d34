package barcode

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
)

const (
	defaultScale = 4
	maxScale     = 16 // a QR code of version 40 has 185 modules with its margin: 2960 pixels
)

// PNG draws message as SVG does, as an image of two colours.
func PNG(format, message, encoding string, o Options) ([]byte, error) {
	s, err := encode(format, message, encoding, o)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := png.Encode(&out, s.image(min(max(cmp.Or(o.Scale, defaultScale), 1), maxScale))); err != nil {
		return nil, fmt.Errorf("write png: %w", err)
	}
	return out.Bytes(), nil
}

// image draws the symbol with scale pixels a module.
func (s symbol) image(scale int) *image.Paletted {
	w, h := s.size()
	img := image.NewPaletted(image.Rect(0, 0, w*scale, h*scale), color.Palette{color.White, color.Black})
	for r := range s.runs() {
		y := s.quietY + r.row*s.rowHeight
		box := image.Rect((s.quietX+r.from)*scale, y*scale, (s.quietX+r.to)*scale, (y+s.rowHeight)*scale)
		draw.Draw(img, box, image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	return img
}
