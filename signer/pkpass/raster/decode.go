package raster

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// Limits bounds a picture before it is decoded. A zero field means the default.
type Limits struct {
	Bytes  int64 // of the file; default 5 MiB
	Side   int   // pixels of width and of height; default 4096
	Pixels int64 // width times height; default 12 × 1024 × 1024, a phone's photo fits
	Memory int64 // bytes that decoding takes at least; default 100 MiB
}

func (l Limits) orDefault() Limits {
	return Limits{
		Bytes:  cmp.Or(l.Bytes, 5<<20),
		Side:   cmp.Or(l.Side, 4096),
		Pixels: cmp.Or(l.Pixels, 12<<20),
		Memory: cmp.Or(l.Memory, 100<<20),
	}
}

// LimitError says which limit a picture breaks. It was not decoded.
type LimitError struct {
	What   string // "bytes", "pixels of width", …
	Got    int64
	Max    int64
	Remedy string
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("picture has %d %s, the limit is %d: %s", e.Got, e.What, e.Max, e.Remedy)
}

// ErrDamaged is wrapped by the error for a picture of a known format that
// cannot be decoded.
var ErrDamaged = errors.New("picture is damaged or of a rare kind, save it anew as PNG or JPEG")

// Decode reads a picture and turns it upright as a JPEG's EXIF data demands.
// Of an animation in GIF or PNG it takes the first picture. The extension or
// media type that came with the file does not matter.
//
// Errors: LimitError, FormatError, or one that wraps ErrDamaged.
func Decode(r io.Reader, l Limits) (*image.RGBA, error) {
	l = l.orDefault()
	data, err := io.ReadAll(io.LimitReader(r, l.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	if int64(len(data)) > l.Bytes {
		return nil, &LimitError{"bytes or more", int64(len(data)), l.Bytes, "save it smaller or with more compression"}
	}
	f, err := sniff(data)
	if err != nil {
		return nil, err
	}
	size, err := f.measure(data, l)
	if err != nil {
		return nil, err
	}
	img, err := f.decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return upright(img, size, f.orientation(data)), nil
}

// format is how to read one kind of file.
type format struct {
	config      func(io.Reader) (image.Config, error)
	decode      func(io.Reader) (image.Image, error)
	memory      func(data []byte, c image.Config) int64 // bytes that decode allocates, roughly
	scans       func(data []byte) int64                 // times that decode goes over the pixels
	orientation func(data []byte) orientation
}

var (
	formatPNG  = format{png.DecodeConfig, png.Decode, pngMemory, oneScan, noOrientation}
	formatJPEG = format{jpeg.DecodeConfig, jpeg.Decode, jpegMemory, jpegScans, exifOrientation}
	formatGIF  = format{gif.DecodeConfig, gif.Decode, perPixel(1), oneScan, noOrientation}
	formatWebP = format{webp.DecodeConfig, webp.Decode, perPixel(8), oneScan, noOrientation}
)

// measure reads the size from the header and refuses what is too large.
func (f format) measure(data []byte, l Limits) (image.Point, error) {
	c, err := f.config(bytes.NewReader(data))
	if err != nil {
		return image.Point{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if c.Width < 1 || c.Height < 1 {
		return image.Point{}, fmt.Errorf("%w: it has no pixels", ErrDamaged)
	}
	const scaleDown = "scale it down"
	for _, check := range []LimitError{
		{"pixels of width", int64(c.Width), int64(l.Side), scaleDown},
		{"pixels of height", int64(c.Height), int64(l.Side), scaleDown},
		{"pixels", int64(c.Width) * int64(c.Height), l.Pixels, scaleDown},
		{"bytes when decoded", f.memory(data, c), l.Memory, "scale it down, or save it with 8 bits a channel and not progressively"},
		{"scans", f.scans(data), maxScans, "save it anew, not progressively"},
	} {
		if check.Got > check.Max {
			return image.Point{}, &check
		}
	}
	return image.Pt(c.Width, c.Height), nil
}

func perPixel(n int64) func([]byte, image.Config) int64 {
	return func(_ []byte, c image.Config) int64 { return n * int64(c.Width) * int64(c.Height) }
}

// pngMemory counts eight bytes for the pixels of 16-bit pictures, and the
// seven partial pictures of an interlaced one as a second copy.
func pngMemory(data []byte, c image.Config) int64 {
	const depthAt, interlaceAt = 24, 28 // in the header chunk, which comes first
	perPixel := int64(4)
	if data[depthAt] == 16 {
		perPixel = 8
	}
	if data[interlaceAt] != 0 {
		perPixel *= 2
	}
	return perPixel * int64(c.Width) * int64(c.Height)
}

func oneScan([]byte) int64 { return 1 }

func noOrientation([]byte) orientation { return straight }
