package raster

import (
	"image"

	"golang.org/x/image/draw"
)

// orientation is EXIF's number for how the camera was held: 1 to 8.
type orientation uint16

const straight orientation = 1

func (o orientation) orStraight() orientation {
	if o < 1 || o > 8 {
		return straight
	}
	return o
}

// swapsSides tells whether width and height change places.
func (o orientation) swapsSides() bool { return o >= 5 }

// place is where pixel x, y of a picture of the given size stands upright.
func (o orientation) place(x, y int, size image.Point) (int, int) {
	right, bottom := size.X-1-x, size.Y-1-y
	switch o {
	case 2:
		return right, y
	case 3:
		return right, bottom
	case 4:
		return x, bottom
	case 5:
		return y, x
	case 6:
		return bottom, x
	case 7:
		return bottom, right
	case 8:
		return y, right
	}
	return x, y
}

// bandHeight is how many rows are turned at a time.
const bandHeight = 64

// upright copies img to a canvas of size and turns it. It goes by bands, so
// that no second picture of full size is needed.
func upright(img image.Image, size image.Point, o orientation) *image.RGBA {
	if o == straight {
		canvas := image.NewRGBA(image.Rectangle{Max: size})
		draw.Draw(canvas, img.Bounds(), img, img.Bounds().Min, draw.Src)
		return canvas
	}
	turned := size
	if o.swapsSides() {
		turned = image.Pt(size.Y, size.X)
	}
	canvas := image.NewRGBA(image.Rectangle{Max: turned})
	band := image.NewRGBA(image.Rect(0, 0, size.X, bandHeight))
	for top := 0; top < size.Y; top += bandHeight {
		draw.Draw(band, band.Bounds(), img, image.Pt(0, top), draw.Src)
		turnBand(canvas, band, top, size, o)
	}
	return canvas
}

func turnBand(canvas, band *image.RGBA, top int, size image.Point, o orientation) {
	for y := top; y < min(top+bandHeight, size.Y); y++ {
		for x := range size.X {
			u, v := o.place(x, y, size)
			from, to := band.PixOffset(x, y-top), canvas.PixOffset(u, v)
			copy(canvas.Pix[to:to+4], band.Pix[from:from+4])
		}
	}
}
