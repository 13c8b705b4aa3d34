package barcode

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
)

// PNG draws message as SVG does, as an image of two colours with scale pixels a
// module, for readers of barcodes.
func PNG(format, message, encoding string, o Options, scale int) ([]byte, error) {
	s, err := encode(format, message, encoding, o)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = png.Encode(&out, s.image(scale))
	return out.Bytes(), err
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
