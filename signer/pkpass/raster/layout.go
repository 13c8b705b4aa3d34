package raster

import (
	"image"
	"math"

	"pocketpass/signer/pkpass"
)

// layout is which part of the source is shown, and how large.
type layout struct {
	crop   image.Rectangle // of the source, in its pixels
	points pkpass.Size     // on the pass
}

func (p layout) pixels(scale int) image.Point {
	return image.Pt(p.points.Width*scale, p.points.Height*scale)
}

func plan(src image.Rectangle, spec pkpass.ImageSpec) layout {
	if spec.Fit == pkpass.Exact {
		size := spec.Sizes[0]
		return layout{crop: centre(src, size.Width, size.Height), points: size}
	}
	if spec.Ratio32 {
		src = cropToRatio32(src)
	}
	return layout{crop: src, points: fit(src.Size(), spec)}
}

// centre is the largest part of src, in its middle, whose sides relate as w:h.
func centre(src image.Rectangle, w, h int) image.Rectangle {
	cut := src.Size()
	if cut.X*h > cut.Y*w {
		cut.X = max(1, cut.Y*w/h)
	} else {
		cut.Y = max(1, cut.X*h/w)
	}
	corner := src.Min.Add(src.Size().Sub(cut).Div(2))
	return image.Rectangle{Min: corner, Max: corner.Add(cut)}
}

func cropToRatio32(src image.Rectangle) image.Rectangle {
	switch size := src.Size(); {
	case 2*size.X > 3*size.Y:
		return centre(src, 3, 2)
	case 2*size.Y > 3*size.X:
		return centre(src, 2, 3)
	}
	return src
}

// fit is the size in points at which pixels are shown; see Prepare.
func fit(pixels image.Point, spec pkpass.ImageSpec) pkpass.Size {
	w, h := float64(pixels.X), float64(pixels.Y)
	most := spec.Sizes[0]
	factor := min(
		float64(most.Width)/w,
		float64(most.Height)/h,
		max(1, float64(spec.MinWidth)/w),
	)
	round := func(length float64) int { return max(1, int(math.Round(length*factor))) }
	return pkpass.Size{Width: round(w), Height: round(h)}
}

// reduce halves the cut part until it is less than twice the size wanted. It
// bounds what the fine scaler, which works with 32 bytes a pixel, has to do;
// averaging four pixels loses nothing that would be seen afterwards.
func reduce(src *image.RGBA, crop image.Rectangle, wanted image.Point) (*image.RGBA, image.Rectangle) {
	for crop.Dx() >= 2*wanted.X && crop.Dy() >= 2*wanted.Y {
		src = halve(src, crop)
		crop = src.Bounds()
	}
	return src, crop
}

// halve averages each square of four pixels; an odd last row or column goes.
func halve(src *image.RGBA, crop image.Rectangle) *image.RGBA {
	dst := image.NewRGBA(image.Rect(0, 0, crop.Dx()/2, crop.Dy()/2))
	for y := range dst.Rect.Dy() {
		upper := src.Pix[src.PixOffset(crop.Min.X, crop.Min.Y+2*y):]
		lower := src.Pix[src.PixOffset(crop.Min.X, crop.Min.Y+2*y+1):]
		row := dst.Pix[y*dst.Stride : (y+1)*dst.Stride]
		for i := range row {
			j := i&^3<<1 | i&3 // the same channel of the left one of the two pixels
			sum := int(upper[j]) + int(upper[j+4]) + int(lower[j]) + int(lower[j+4])
			row[i] = uint8((sum + 2) / 4)
		}
	}
	return dst
}
