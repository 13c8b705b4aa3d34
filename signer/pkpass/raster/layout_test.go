package raster

import (
	"encoding/binary"
	"fmt"
	"image"
	"testing"

	"pocketpass/signer/pkpass"
)

// Table is every row of the checks' own table of sizes.
func Table() (rows []pkpass.ImageSpec) {
	seen := map[string]bool{}
	for _, kind := range []pkpass.ImageKind{
		pkpass.Icon, pkpass.Logo, pkpass.Strip, pkpass.Thumbnail, pkpass.Background, pkpass.Footer,
		pkpass.Artwork, pkpass.PrimaryLogo, pkpass.SecondaryLogo, pkpass.VenueMap, pkpass.PersonalizationLogo,
	} {
		for _, face := range []pkpass.Face{
			pkpass.FaceBoardingPass, pkpass.FaceCoupon, pkpass.FaceEventTicket, pkpass.FaceGeneric, pkpass.FaceStoreCard,
			pkpass.FacePosterGeneric, pkpass.FacePosterEventTicket, pkpass.FaceSemanticBoardingPass,
		} {
			spec, ok := pkpass.ImageSpecFor(kind, face)
			if name := fmt.Sprint(spec); ok && !seen[name] {
				seen[name] = true
				rows = append(rows, spec)
			}
		}
	}
	return rows
}

// Every row of the table, from sources of many shapes, has to come out in
// sizes that pass the checks for foreign passes. Those read a PNG's header
// only, so there is no need to render hundreds of pictures.
func TestPlanPassesTheChecks(t *testing.T) {
	lengths := []int{1, 2, 7, 27, 38, 41, 90, 135, 333, 700, 1201, 4096}
	for _, spec := range Table() {
		face := append(spec.Faces, "")[0]
		for i := range len(lengths) * len(lengths) {
			source := image.Rect(0, 0, lengths[i/len(lengths)], lengths[i%len(lengths)])
			p := plan(source, spec)
			if p.crop.Empty() || !p.crop.In(source) {
				t.Errorf("%s from %v: takes %v", spec.Kind, source.Max, p.crop)
			}
			b := pkpass.Bundle{}
			for scale := 1; scale <= pkpass.MaxScale; scale++ {
				b[pkpass.ImageName(spec.Kind, scale)] = pkpass.NewFile(headerOnly(p.pixels(scale)))
			}
			if findings := b.CheckImages(face); len(findings) > 0 {
				t.Errorf("%s from %v: %+v", spec.Kind, source.Max, findings)
			}
		}
	}
}

func headerOnly(size image.Point) []byte {
	out := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
	out = binary.BigEndian.AppendUint32(out, uint32(size.X))
	return binary.BigEndian.AppendUint32(out, uint32(size.Y))
}

func TestPlanSizes(t *testing.T) {
	tests := []struct {
		name   string
		source image.Point
		kind   pkpass.ImageKind
		face   pkpass.Face
		want   pkpass.Size
		crop   image.Rectangle // zero: all of it
	}{
		{"icon is square", image.Pt(400, 300), pkpass.Icon, pkpass.FaceCoupon, pkpass.Size{Width: 38, Height: 38}, image.Rect(50, 0, 350, 300)},
		{"strip of a store card", image.Pt(750, 488), pkpass.Strip, pkpass.FaceStoreCard, pkpass.Size{Width: 375, Height: 144}, image.Rect(0, 100, 750, 388)},
		{"strip of an event ticket", image.Pt(750, 196), pkpass.Strip, pkpass.FaceEventTicket, pkpass.Size{Width: 375, Height: 98}, image.Rectangle{}},
		{"background of a poster", image.Pt(345, 505), pkpass.Background, pkpass.FacePosterEventTicket, pkpass.Size{Width: 345, Height: 505}, image.Rectangle{}},
		{"wide logo", image.Pt(1600, 400), pkpass.Logo, pkpass.FaceGeneric, pkpass.Size{Width: 160, Height: 40}, image.Rectangle{}},
		{"square logo", image.Pt(900, 900), pkpass.Logo, pkpass.FaceGeneric, pkpass.Size{Width: 50, Height: 50}, image.Rectangle{}},
		{"logo has no more points than pixels", image.Pt(80, 20), pkpass.Logo, pkpass.FaceGeneric, pkpass.Size{Width: 80, Height: 20}, image.Rectangle{}},
		{"logo is not lost", image.Pt(25, 10), pkpass.Logo, pkpass.FaceGeneric, pkpass.Size{Width: 50, Height: 20}, image.Rectangle{}},
		{"wide thumbnail is cut", image.Pt(900, 300), pkpass.Thumbnail, pkpass.FaceGeneric, pkpass.Size{Width: 90, Height: 60}, image.Rect(225, 0, 675, 300)},
		{"high thumbnail is cut", image.Pt(300, 900), pkpass.Thumbnail, pkpass.FaceGeneric, pkpass.Size{Width: 60, Height: 90}, image.Rect(0, 225, 300, 675)},
		{"thumbnail in between is not", image.Pt(800, 600), pkpass.Thumbnail, pkpass.FaceEventTicket, pkpass.Size{Width: 90, Height: 68}, image.Rectangle{}},
		{"footer", image.Pt(2860, 150), pkpass.Footer, pkpass.FaceBoardingPass, pkpass.Size{Width: 286, Height: 15}, image.Rectangle{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec, _ := pkpass.ImageSpecFor(tt.kind, tt.face)
			source := image.Rectangle{Max: tt.source}
			if tt.crop.Empty() {
				tt.crop = source
			}
			if p := plan(source, spec); p.points != tt.want || p.crop != tt.crop {
				t.Errorf("got %+v, want %v of %v", p, tt.want, tt.crop)
			}
		})
	}
}

func TestReduceStaysAboveTheTarget(t *testing.T) {
	for _, target := range []image.Point{{10, 10}, {33, 20}, {64, 64}, {200, 100}} {
		m := image.NewRGBA(image.Rect(0, 0, 131, 129))
		got, crop := reduce(m, image.Rect(1, 1, 130, 128), target)
		over := crop.Dx() >= 2*target.X && crop.Dy() >= 2*target.Y
		under := got != m && (crop.Dx() < target.X || crop.Dy() < target.Y)
		if over || under || !crop.In(got.Bounds()) {
			t.Errorf("%v: %v of %v", target, crop, got.Bounds())
		}
	}
}

func TestHalveAverages(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 5, 3))
	for i := range m.Pix {
		m.Pix[i] = byte(i)
	}
	got := halve(m, image.Rect(1, 1, 5, 3))
	// the pixels of a square differ by 4 to the right and by 20 below
	want := fmt.Sprint([]byte{36, 37, 38, 39, 44, 45, 46, 47})
	if fmt.Sprint(got.Pix) != want {
		t.Errorf("got %v, want %v", got.Pix, want)
	}
}
