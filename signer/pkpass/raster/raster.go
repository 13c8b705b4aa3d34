// Package raster turns an uploaded picture into the PNG files that Wallet
// wants: PNG, JPEG, GIF or WebP of any size in, one PNG for each scale out,
// cut and scaled for its kind and face, without metadata. The same input gives
// the same bytes.
//
// It knows nothing of passes beyond the table of sizes in pkpass and keeps no
// state. What a picture would cost is known before it is decoded; within the
// default limits one call takes a second or two and up to 250 MB, so callers let
// one or two run at a time.
package raster

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"image"
	"image/png"
	"strings"

	"golang.org/x/image/draw"

	"pocketpass/signer/pkpass"
)

// ErrNotShown is wrapped by the error for a kind that the face does not show.
var ErrNotShown = errors.New("the style does not show this image")

// Set is one image in all its scales.
type Set struct {
	Kind     pkpass.ImageKind
	Pictures [pkpass.MaxScale]Picture // 1x, @2x, @3x

	// Enlarged tells that the source was too small for @3x: the image will look
	// soft on current phones, a larger source would not.
	Enlarged bool

	Whole []byte // what Whole made of the source, if the caller wants to keep that
}

// Picture is one scale of an image.
type Picture struct {
	Scale         int // 1, 2 or 3
	Width, Height int // pixels
	PNG           []byte
}

// Prepare makes kind for face (empty: not known yet) from an uploaded picture.
//
// A kind of exact size is filled and the surplus cut off evenly on both sides.
// The others keep their proportion, only a thumbnail is cut to Wallet's ratio;
// they get as large as the kind allows, but no more points than the source has
// pixels, and not narrower than the kind's least width where height permits.
// So all scales show the same picture in the same size, and a small source is
// enlarged only as far as Wallet would have done itself.
//
// Errors: ErrNotShown, and those of Decode.
func Prepare(data []byte, kind pkpass.ImageKind, face pkpass.Face) (Set, error) {
	spec, ok := pkpass.ImageSpecFor(kind, face)
	if !ok {
		return Set{}, notShown(kind, face)
	}
	src, err := Decode(bytes.NewReader(data), Limits{})
	if err != nil {
		return Set{}, err
	}
	return render(src, plan(src.Bounds(), spec), kind)
}

// Keep makes one file of an uploaded picture that was drawn for its scale: it stays as
// it is, but is made smaller if it has more than MaxScale pixels for each point that
// the kind has on face. A face that does not show the kind counts as not known.
//
// Errors: ErrNotShown for a kind that no face shows, and those of Decode.
func Keep(data []byte, kind pkpass.ImageKind, face pkpass.Face, scale int, l Limits) (Picture, error) {
	spec, ok := pkpass.ImageSpecFor(kind, face)
	if !ok {
		spec, ok = pkpass.ImageSpecFor(kind, "")
	}
	if !ok {
		return Picture{}, notShown(kind, "")
	}
	src, err := Decode(bytes.NewReader(data), l)
	if err != nil {
		return Picture{}, err
	}
	most := spec.Sizes[0]
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	factor := min(1, float64(most.Width*pkpass.MaxScale)/float64(w), float64(most.Height*pkpass.MaxScale)/float64(h))
	size := image.Pt(max(1, int(float64(w)*factor)), max(1, int(float64(h)*factor)))
	return scaled(src, src.Bounds(), size, pkpass.ImageName(kind, scale), scale)
}

// notShown wraps ErrNotShown and names the kinds that there are.
func notShown(kind pkpass.ImageKind, face pkpass.Face) error {
	return fmt.Errorf("%q: %w; %s shows %s", kind, ErrNotShown, cmp.Or(face, "a pass"), strings.Join(pkpass.ImageKinds(face), ", "))
}

// Whole makes a PNG of an uploaded picture in its own size. Errors: those of Decode.
func Whole(data []byte) ([]byte, error) {
	src, err := Decode(bytes.NewReader(data), Limits{})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := png.Encode(&out, src); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return out.Bytes(), nil
}

// scaled draws a part of src in a size of its own.
func scaled(src *image.RGBA, crop image.Rectangle, size image.Point, name string, scale int) (Picture, error) {
	src, crop = reduce(src, crop, size)
	dst := image.NewRGBA(image.Rectangle{Max: size})
	draw.CatmullRom.Scale(dst, dst.Bounds(), src, crop, draw.Src, nil)
	var data bytes.Buffer
	if err := png.Encode(&data, dst); err != nil {
		return Picture{}, fmt.Errorf("encode %s: %w", name, err)
	}
	return Picture{Scale: scale, Width: size.X, Height: size.Y, PNG: data.Bytes()}, nil
}

// render scales the part of src that the plan takes.
func render(src *image.RGBA, p layout, kind pkpass.ImageKind) (Set, error) {
	full := p.pixels(pkpass.MaxScale)
	out := Set{Kind: kind, Enlarged: full.X > p.crop.Dx() || full.Y > p.crop.Dy()}
	src, crop := reduce(src, p.crop, full)
	for i := range out.Pictures {
		var err error
		if out.Pictures[i], err = scaled(src, crop, p.pixels(i+1), pkpass.ImageName(kind, i+1), i+1); err != nil {
			return Set{}, err
		}
	}
	return out, nil
}
