package raster_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/raster"
)

func mustPrepare(t testing.TB, data []byte, kind pkpass.ImageKind, face pkpass.Face) raster.Set {
	t.Helper()
	set, err := raster.Prepare(data, kind, face)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func opened(t testing.TB, p raster.Picture) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(p.PNG))
	if err != nil {
		t.Fatal(err)
	}
	if m.Bounds() != image.Rect(0, 0, p.Width, p.Height) {
		t.Fatalf("bounds %v, said to be %d × %d", m.Bounds(), p.Width, p.Height)
	}
	return m
}

// What each kind comes out as on each of its faces; the shapes of sources are
// the business of the plan's own tests.
func TestPrepareMatchesTheTable(t *testing.T) {
	data := pngOf(t, quarters(160, 50))
	for _, spec := range raster.Table() {
		face := append(spec.Faces, "")[0]
		t.Run(fmt.Sprint(spec.Kind, " on ", face), func(t *testing.T) {
			b, set := pkpass.Bundle{}, mustPrepare(t, data, spec.Kind, face)
			for i, p := range set.Pictures {
				opened(t, p)
				if p.Scale != i+1 || spec.Fit == pkpass.Exact && p.Width != spec.Sizes[0].Width*p.Scale {
					t.Errorf("picture %d: scale %d, %d × %d", i, p.Scale, p.Width, p.Height)
				}
				b[pkpass.ImageName(set.Kind, p.Scale)] = pkpass.NewFile(p.PNG)
			}
			if findings := b.CheckImages(face); len(b) != 3 || len(findings) > 0 {
				t.Errorf("%d files, %+v", len(b), findings)
			}
		})
	}
}

func TestPrepareTellsOfSmallSources(t *testing.T) {
	for side, enlarged := range map[int]bool{113: true, 114: false, 300: false} {
		if set := mustPrepare(t, pngOf(t, quarters(side, side)), pkpass.Icon, ""); set.Enlarged != enlarged {
			t.Errorf("%d pixels: enlarged is %v", side, set.Enlarged)
		}
	}
}

// The middle of the source is kept: of a red bar between blue ones an icon
// shows the red.
func TestPrepareCutsEvenly(t *testing.T) {
	bars := image.NewNRGBA(image.Rect(0, 0, 900, 300))
	for y := range 300 {
		for x := range 900 {
			bars.SetNRGBA(x, y, blue)
			if x >= 300 && x < 600 {
				bars.SetNRGBA(x, y, red)
			}
		}
	}
	for _, p := range mustPrepare(t, pngOf(t, bars), pkpass.Icon, "").Pictures {
		m := opened(t, p)
		for _, at := range []image.Point{{1, 1}, {p.Width - 2, p.Height - 2}, {p.Width / 2, p.Height / 2}} {
			if got := m.At(at.X, at.Y); !near(got, red) {
				t.Errorf("@%dx, %v: %v", p.Scale, at, got)
			}
		}
	}
}

func TestPrepareKeepsAlpha(t *testing.T) {
	source := image.NewNRGBA(image.Rect(0, 0, 300, 300))
	half := color.NRGBA{R: 200, G: 100, B: 50, A: 128}
	for y := range 300 {
		for x := range 150 {
			source.SetNRGBA(x, y, half)
		}
	}
	for _, p := range mustPrepare(t, pngOf(t, source), pkpass.Icon, "").Pictures {
		m := opened(t, p)
		if got := m.At(2, p.Height/2); !near(got, half) {
			t.Errorf("@%dx, half transparent: %v", p.Scale, got)
		}
		if got := m.At(p.Width-2, p.Height/2); !near(got, color.Transparent) {
			t.Errorf("@%dx, transparent: %v", p.Scale, got)
		}
	}
}

func TestPrepareTurned(t *testing.T) {
	set := mustPrepare(t, turnedJPEG(t, quarters(400, 300), binary.BigEndian, 6), pkpass.Icon, "")
	p := set.Pictures[2]
	m := opened(t, p)
	for at, want := range map[image.Point]color.Color{
		{5, 5}: blue, {p.Width - 5, 5}: red, {5, p.Height - 5}: yellow, {p.Width - 5, p.Height - 5}: green,
	} {
		if got := m.At(at.X, at.Y); !near(got, want) {
			t.Errorf("%v: %v, want %v", at, got, want)
		}
	}
}

func TestPrepareIsDeterministicAndBare(t *testing.T) {
	source := withSegment(jpegOf(t, quarters(300, 200)), 0xfe, []byte("made at home, 52.5 N 13.4 E"))
	first, second := mustPrepare(t, source, pkpass.Logo, ""), mustPrepare(t, source, pkpass.Logo, "")
	for i, p := range first.Pictures {
		if !bytes.Equal(p.PNG, second.Pictures[i].PNG) {
			t.Errorf("@%dx differs the second time", p.Scale)
		}
		for _, chunk := range chunks(t, p.PNG) {
			if chunk != "IHDR" && chunk != "IDAT" && chunk != "IEND" {
				t.Errorf("@%dx has a chunk %s", p.Scale, chunk)
			}
		}
	}
}

func chunks(t *testing.T, data []byte) []string {
	t.Helper()
	var names []string
	for rest := data[8:]; len(rest) >= 12; {
		names = append(names, string(rest[4:8]))
		rest = rest[12+binary.BigEndian.Uint32(rest):]
	}
	if len(names) < 3 {
		t.Fatalf("chunks %v", names)
	}
	return names
}

func TestPrepareRefusesWhatTheFaceDoesNotShow(t *testing.T) {
	data := pngOf(t, quarters(10, 10))
	for _, c := range []struct {
		kind pkpass.ImageKind
		face pkpass.Face
		says string
	}{
		{pkpass.Strip, pkpass.FaceGeneric, "generic shows icon, logo, thumbnail"},
		{pkpass.Artwork, pkpass.FaceCoupon, "coupon shows icon, logo, strip"},
		{"banner", "", "a pass shows icon, logo, primaryLogo, "},
	} {
		if _, err := raster.Prepare(data, c.kind, c.face); !errors.Is(err, raster.ErrNotShown) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s on %s: got %v", c.kind, c.face, err)
		}
	}
}

func BenchmarkPreparePhoto(b *testing.B) {
	data := jpegOf(b, quarters(4_032, 3_024))
	b.ReportAllocs()
	for b.Loop() {
		mustPrepare(b, data, pkpass.Artwork, pkpass.FacePosterGeneric)
	}
}
