package raster_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"runtime"
	"strings"
	"testing"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/raster"
)

func mustDecode(t testing.TB, data []byte) *image.RGBA {
	t.Helper()
	m, err := raster.Decode(bytes.NewReader(data), raster.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// near compares colours as JPEG leaves them.
func near(a, b color.Color) bool {
	r1, g1, b1, a1 := a.RGBA()
	r2, g2, b2, a2 := b.RGBA()
	for _, pair := range [][2]uint32{{r1, r2}, {g1, g2}, {b1, b2}, {a1, a2}} {
		if difference := int(pair[0]>>8) - int(pair[1]>>8); difference < -12 || difference > 12 {
			return false
		}
	}
	return true
}

func TestDecodeFormats(t *testing.T) {
	half := color.NRGBA{R: 200, G: 100, B: 50, A: 128}
	tests := []struct {
		name string
		data []byte
		at   image.Point
		want color.Color
	}{
		{"PNG", pngOf(t, quarters(40, 30)), image.Pt(39, 0), green},
		{"PNG with 16 bits", pngOf(t, image.NewRGBA64(image.Rect(0, 0, 40, 30))), image.Pt(1, 1), color.Transparent},
		{"JPEG", jpegOf(t, quarters(40, 30)), image.Pt(2, 28), blue},
		{"WebP", plainWebP(40, 30, half), image.Pt(39, 29), half},
		{"GIF, first frame", animatedGIF(t, 40, 30, red), image.Pt(39, 29), red},
		{"GIF, beside the first frame", animatedGIF(t, 40, 30, red), image.Pt(1, 1), color.Transparent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := mustDecode(t, tt.data)
			if m.Bounds() != image.Rect(0, 0, 40, 30) {
				t.Fatalf("bounds %v", m.Bounds())
			}
			if got := m.At(tt.at.X, tt.at.Y); !near(got, tt.want) {
				t.Errorf("colour %v, want %v", got, tt.want)
			}
		})
	}
}

func TestDecodeTurnsUpright(t *testing.T) {
	// corners by orientation: upper left, upper right, lower left, lower right
	want := [][4]color.Color{
		0: {red, green, blue, yellow}, // invalid: taken as upright
		1: {red, green, blue, yellow},
		2: {green, red, yellow, blue},
		3: {yellow, blue, green, red},
		4: {blue, yellow, red, green},
		5: {red, blue, green, yellow},
		6: {blue, red, yellow, green},
		7: {yellow, green, blue, red},
		8: {green, yellow, red, blue},
		9: {red, green, blue, yellow},
	}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for o, corners := range want {
			m := mustDecode(t, turnedJPEG(t, quarters(200, 150), order, uint16(o)))
			size := image.Pt(200, 150)
			if o >= 5 && o <= 8 {
				size = image.Pt(150, 200)
			}
			if m.Bounds().Size() != size {
				t.Fatalf("orientation %d: size %v, want %v", o, m.Bounds().Size(), size)
			}
			right, bottom := size.X-5, size.Y-5
			for i, at := range []image.Point{{4, 4}, {right, 4}, {4, bottom}, {right, bottom}} {
				if got := m.At(at.X, at.Y); !near(got, corners[i]) {
					t.Errorf("orientation %d, corner %d: %v, want %v", o, i, got, corners[i])
				}
			}
		}
	}
}

func TestDecodeOddEXIF(t *testing.T) {
	for name, exif := range map[string]string{
		"empty":               "",
		"cut":                 "II*\x00",
		"directory outside":   "II*\x00\xff\xff\xff\x7f",
		"more than there is":  "II*\x00\x08\x00\x00\x00\xff\xff\x12\x01",
		"unknown byte order":  "XX*\x00\x08\x00\x00\x00",
		"orientation as text": "II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x02\x00\x01\x00\x00\x00\x06\x00\x00\x00",
	} {
		data := withSegment(jpegOf(t, quarters(40, 30)), 0xe1, []byte("Exif\x00\x00"+exif))
		if size := mustDecode(t, data).Bounds().Size(); size != image.Pt(40, 30) {
			t.Errorf("%s: size %v", name, size)
		}
	}
}

func TestDecodeLimits(t *testing.T) {
	const progressive, baseline, fine, coarse = 0xc2, 0xc0, 0x11, 0x22
	tests := []struct {
		name string
		data []byte
		what string
	}{
		{"PNG bomb", pngHeader(16_000, 16_000, 8, 0), "pixels of width"},
		{"WebP bomb", plainWebP(16_384, 16_384, red), "pixels of width"},
		{"GIF bomb", append([]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"), 0x3b), "pixels of width"},
		{"JPEG bomb", jpegHeader(baseline, 65_500, 65_500, coarse), "pixels of width"},
		{"high", pngHeader(1, 4_097, 8, 0), "pixels of height"},
		{"wide and high", pngHeader(4_000, 4_000, 8, 0), "pixels"},
		{"16 bits and interlaced", pngHeader(4_000, 3_000, 16, 1), "bytes when decoded"},
		{"progressive without subsampling", jpegHeader(progressive, 4_000, 3_000, fine), "bytes when decoded"},
		{"100 scans of a few bytes", manyScans(4_000, 3_000, 100), "scans"},
		{"too many bytes", append(pngHeader(1, 1, 8, 0), make([]byte, 5<<20)...), "bytes or more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := allocated()
			_, err := raster.Prepare(tt.data, pkpass.Icon, "")
			used := allocated() - before
			limit, ok := errors.AsType[*raster.LimitError](err)
			if !ok || limit.What != tt.what || limit.Got <= limit.Max || !strings.HasSuffix(err.Error(), limit.Remedy) {
				t.Fatalf("got %v, want a limit of %s", err, tt.what)
			}
			if most := uint64(100_000 + 8*len(tt.data)); used > most {
				t.Errorf("refusing took %d bytes of memory, more than %d", used, most)
			}
		})
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// Headers without pixels pass the limits and fail as damaged afterwards.
func TestDecodeWithinLimits(t *testing.T) {
	for name, data := range map[string][]byte{
		"a phone's photo":              jpegHeader(0xc0, 4_032, 3_024, 0x22),
		"a phone's photo, progressive": jpegHeader(0xc2, 4_032, 3_024, 0x22),
		"cut PNG":                      pngHeader(100, 100, 8, 0),
		"cut WebP":                     plainWebP(10, 10, red)[:24],
		"WebP with two sizes":          webpOf("VP8X", append([]byte{0, 0, 0, 0, 9, 0, 0, 9, 0, 0}, plainWebP(4_000, 4_000, red)[12:]...)),
		"cut GIF":                      animatedGIF(t, 10, 10, red)[:20],
		"GIF without size":             []byte("GIF89a\x00\x00\x00\x00\x00\x00\x00"),
	} {
		if _, err := raster.Decode(bytes.NewReader(data), raster.Limits{}); !errors.Is(err, raster.ErrDamaged) || !strings.Contains(err.Error(), "save it anew") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestDecodeOtherFormats(t *testing.T) {
	for data, want := range map[string]string{
		"":                             "upload a PNG",
		"hello":                        "upload a PNG",
		"<html><body>":                 "upload a PNG",
		"\x89PNG\r\n\x1a\n":            "upload a PNG",
		"<svg xmlns='x'/>":             "SVG",
		"\ufeff<?xml?>\n<!-- --><svg>": "SVG",
		"%PDF-1.7":                     "PDF",
		"\x00\x00\x00\x18ftypheic":     "HEIC",
		"\x00\x00\x00\x18ftypavif":     "AVIF",
		"II*\x00":                      "TIFF",
		"BM123456":                     "BMP",
		string(webpOf("VP8X", []byte{2, 0, 0, 0, 9, 0, 0, 9, 0, 0})): "animated WebP",
	} {
		_, err := raster.Decode(strings.NewReader(data), raster.Limits{})
		f, ok := errors.AsType[*raster.FormatError](err)
		if !ok || f.Remedy == "" || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", data, err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(pngOf(f, quarters(9, 7)))
	f.Add(jpegOf(f, quarters(9, 7)))
	f.Add(turnedJPEG(f, quarters(9, 70), binary.BigEndian, 6))
	f.Add(jpegHeader(0xc2, 40, 30, 0x22))
	f.Add(animatedGIF(f, 9, 7, red))
	f.Add(plainWebP(9, 7, blue))
	f.Add(pngHeader(30_000, 30_000, 16, 1))
	limits := raster.Limits{Side: 500, Pixels: 100_000}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := raster.Decode(bytes.NewReader(data), limits)
		if err != nil {
			return
		}
		if size := m.Bounds().Size(); size.X < 1 || size.Y < 1 || size.X > 500 || size.Y > 500 {
			t.Fatalf("a picture of %v", size)
		}
	})
}
