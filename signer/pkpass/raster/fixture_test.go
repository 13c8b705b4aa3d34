package raster_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

var (
	red    = color.NRGBA{R: 255, A: 255}
	green  = color.NRGBA{G: 255, A: 255}
	blue   = color.NRGBA{B: 255, A: 255}
	yellow = color.NRGBA{R: 255, G: 255, A: 255}
)

// quarters is a picture of four colours: red and green above, blue and yellow
// below.
func quarters(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := red
			switch left, upper := x < w/2, y < h/2; {
			case !left && upper:
				c = green
			case left && !upper:
				c = blue
			case !left && !upper:
				c = yellow
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// turnedJPEG carries an EXIF segment with the orientation, in either byte order.
func turnedJPEG(t testing.TB, m image.Image, order binary.AppendByteOrder, orientation uint16) []byte {
	mark := "II*\x00"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "MM\x00*"
	}
	exif := append([]byte("Exif\x00\x00"), mark...)
	exif = order.AppendUint32(exif, 8) // the first directory follows
	exif = order.AppendUint16(exif, 2) // with two entries
	exif = order.AppendUint16(exif, 0x0100)
	exif = append(exif, make([]byte, 10)...)
	exif = order.AppendUint16(exif, 0x0112)
	exif = order.AppendUint16(exif, 3) // short
	exif = order.AppendUint32(exif, 1) // one of them
	exif = order.AppendUint16(exif, orientation)
	exif = append(exif, 0, 0)
	return withSegment(jpegOf(t, m), 0xe1, exif)
}

// withSegment puts a segment behind the start of a JPEG.
func withSegment(data []byte, marker byte, payload []byte) []byte {
	out := append([]byte{0xff, 0xd8, 0xff, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(payload)+2))...)
	return append(append(out, payload...), data[2:]...)
}

// jpegHeader is a JPEG that ends where its pixels should begin.
func jpegHeader(frame byte, w, h uint16, sampling byte) []byte {
	be := binary.BigEndian
	out := []byte{0xff, 0xd8, 0xff, frame, 0, 17, 8}
	out = be.AppendUint16(out, h)
	out = be.AppendUint16(out, w)
	out = append(out, 3, 1, sampling, 0, 2, 0x11, 0, 3, 0x11, 0)
	return append(out, 0xff, 0xda, 0, 2)
}

// manyScans is a progressive JPEG in grey that goes over all its pixels again and
// again, each time to say that nothing changes.
func manyScans(w, h uint16, scans int) []byte {
	const grey, codes = 1, 16 // one code of one bit: a run of 1<<14 blocks and more without coefficients
	be := binary.BigEndian
	out := append([]byte{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0}, bytes.Repeat([]byte{1}, 64)...)
	out = append(out, 0xff, 0xc2, 0, 11, 8)
	out = be.AppendUint16(out, h)
	out = be.AppendUint16(out, w)
	out = append(out, grey, 1, 0x11, 0)
	out = append(out, 0xff, 0xc4, 0, 3+codes+1, 0x10, 1)
	out = append(out, make([]byte, codes-1)...)
	out = append(out, 0xe0)
	blocks := (int(w) + 7) / 8 * ((int(h) + 7) / 8)
	for range scans {
		out = append(out, 0xff, 0xda, 0, 8, grey, 1, 0, 1, 63, 0)
		for range blocks>>14 + 1 {
			out = append(out, 0, 0) // the code, 14 bits of zero, and one to spare
		}
	}
	return append(out, 0xff, 0xd9)
}

// animatedGIF has two frames, the second one black; the first one covers the
// lower right quarter only.
func animatedGIF(t testing.TB, w, h int, c color.Color) []byte {
	t.Helper()
	palette := color.Palette{color.Transparent, c, color.Black}
	first := image.NewPaletted(image.Rect(w/2, h/2, w, h), palette)
	second := image.NewPaletted(image.Rect(0, 0, w, h), palette)
	for i := range first.Pix {
		first.Pix[i] = 1
	}
	for i := range second.Pix {
		second.Pix[i] = 2
	}
	var out bytes.Buffer
	err := gif.EncodeAll(&out, &gif.GIF{
		Image: []*image.Paletted{first, second}, Delay: []int{1, 1},
		Config: image.Config{ColorModel: palette, Width: w, Height: h},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// plainWebP is a lossless WebP of one colour. Each of its five Huffman codes
// has a single symbol, so that no pixel takes a bit.
func plainWebP(w, h int, c color.NRGBA) []byte {
	var bits bitWriter
	bits.write(0x2f, 8)
	bits.write(w-1, 14)
	bits.write(h-1, 14)
	bits.write(1, 1) // alpha is used
	bits.write(0, 3) // version
	bits.write(0, 3) // no transform, no colour cache, one group of codes
	for _, symbol := range []uint8{c.G, c.R, c.B, c.A, 0} {
		bits.write(0b101, 3) // simple code, one symbol, of eight bits
		bits.write(int(symbol), 8)
	}
	return webpOf("VP8L", bits.bytes())
}

func webpOf(chunk string, payload []byte) []byte {
	if len(payload)%2 == 1 {
		payload = append(payload, 0)
	}
	le := binary.LittleEndian
	out := le.AppendUint32([]byte("RIFF"), uint32(4+8+len(payload)))
	out = append(append(out, "WEBP"...), chunk...)
	return append(le.AppendUint32(out, uint32(len(payload))), payload...)
}

// bitWriter packs numbers, the least significant bit first.
type bitWriter struct{ set []bool }

func (w *bitWriter) write(value, bits int) {
	for i := range bits {
		w.set = append(w.set, value>>i&1 == 1)
	}
}

func (w *bitWriter) bytes() []byte {
	out := make([]byte, (len(w.set)+7)/8)
	for i, bit := range w.set {
		if bit {
			out[i/8] |= 1 << (i % 8)
		}
	}
	return out
}

// pngHeader is a PNG that claims a size and has no pixels.
func pngHeader(w, h uint32, depth, interlace byte) []byte {
	be := binary.BigEndian
	header := be.AppendUint32([]byte("IHDR"), w)
	header = append(be.AppendUint32(header, h), depth, 6, 0, 0, interlace)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return be.AppendUint32(append(out, header...), crc32.ChecksumIEEE(header))
}
