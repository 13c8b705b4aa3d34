package pkpass_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pocketpass/signer/pkpass"
)

func TestImageNames(t *testing.T) {
	for _, spec := range pkpass.ImageSpecs {
		for scale := 1; scale <= pkpass.MaxScale; scale++ {
			for _, folder := range []string{"", "en.lproj", "zh-Hans.lproj"} {
				want := pkpass.ImageFile{Folder: folder, Kind: spec.Kind, Scale: scale}
				if got, ok := pkpass.ParseImageName(want.Path()); !ok || got != want {
					t.Errorf("%s: got %+v, %v", want.Path(), got, ok)
				}
			}
		}
	}
	if got := pkpass.ImageName(pkpass.Strip, 2); got != "strip@2x.png" {
		t.Errorf("got %s", got)
	}
}

func TestParseImageNameRefuses(t *testing.T) {
	for _, path := range []string{
		"", ".png", "@2x.png", "icon", "icon.jpg", "icon.PNG", "Icon.png", "icon@1x.png", "icon@4x.png", "icon@2X.png",
		"icon@2x@2x.png", "primarylogo.png", "banner.png", "images/icon.png", "en.lproj/x/icon.png", ".lproj/icon.png",
		"/icon.png", "pass.json",
	} {
		if f, ok := pkpass.ParseImageName(path); ok {
			t.Errorf("%q was taken for %+v", path, f)
		}
	}
}

func TestImageSpecFor(t *testing.T) {
	tests := []struct {
		kind pkpass.ImageKind
		face pkpass.Face
		want pkpass.Size // zero: not shown
	}{
		{pkpass.Icon, pkpass.FaceSemanticBoardingPass, pkpass.Size{Width: 38, Height: 38}},
		{pkpass.Strip, pkpass.FaceStoreCard, pkpass.Size{Width: 375, Height: 144}},
		{pkpass.Strip, pkpass.FaceEventTicket, pkpass.Size{Width: 375, Height: 98}},
		{pkpass.Strip, "", pkpass.Size{Width: 375, Height: 144}},
		{pkpass.Strip, pkpass.FaceGeneric, pkpass.Size{}},
		{pkpass.Background, pkpass.FaceEventTicket, pkpass.Size{Width: 180, Height: 220}},
		{pkpass.Background, pkpass.FacePosterEventTicket, pkpass.Size{Width: 345, Height: 505}},
		{pkpass.Artwork, pkpass.FacePosterGeneric, pkpass.Size{Width: 358, Height: 448}},
		{pkpass.Footer, pkpass.FaceBoardingPass, pkpass.Size{Width: 286, Height: 15}},
		{pkpass.Logo, pkpass.FacePosterGeneric, pkpass.Size{}},
		{"banner", "", pkpass.Size{}},
	}
	for _, tt := range tests {
		spec, ok := pkpass.ImageSpecFor(tt.kind, tt.face)
		if ok != (tt.want != pkpass.Size{}) || ok && spec.Sizes[0] != tt.want {
			t.Errorf("%s on %s: got %v, %v", tt.kind, tt.face, spec.Sizes, ok)
		}
	}
}

func TestCheckImages(t *testing.T) {
	type sizes map[string][2]int
	tests := []struct {
		name   string
		images sizes
		faces  []pkpass.Face
		codes  []string
	}{
		{"icon of today", sizes{"icon.png": {38, 38}, "icon@2x.png": {76, 76}, "icon@3x.png": {114, 114}}, faces("storeCard"), nil},
		{"icon of the archive", sizes{"icon.png": {29, 29}, "icon@3x.png": {87, 87}}, faces("coupon"), nil},
		{"icon of another size", sizes{"icon@2x.png": {120, 120}}, faces("generic"), []string{"image_size"}},
		{"scales from two pictures", sizes{"icon@2x.png": {58, 58}, "icon@3x.png": {114, 114}}, faces("generic"), []string{"image_proportion"}},
		{"rounding is no fault", sizes{"logo@2x.png": {75, 75}, "logo@3x.png": {113, 113}}, faces("generic"), nil},
		{"small logo", sizes{"logo@2x.png": {80, 80}}, faces("generic"), nil},
		{"logo too wide", sizes{"en.lproj/logo@2x.png": {322, 100}}, faces("generic"), []string{"image_size"}},
		{"strip on an event ticket", sizes{"strip@3x.png": {1125, 294}}, faces("eventTicket"), nil},
		{"strip of an event ticket on a coupon", sizes{"strip@3x.png": {1125, 294}}, faces("coupon"), []string{"image_size"}},
		{"strip on generic", sizes{"strip.png": {1, 1}, "strip@2x.png": {1, 1}}, faces("generic"), []string{"image_unused_by_style"}},
		{"strip and thumbnail", sizes{"strip.png": {375, 98}, "thumbnail.png": {90, 90}}, faces("eventTicket"), []string{"strip_with_background"}},
		{"strip and background", sizes{"strip.png": {375, 98}, "background.png": {180, 220}}, faces("eventTicket"), []string{"strip_with_background"}},
		{"poster background with a classic face", sizes{"background.png": {343, 503}}, faces("posterEventTicket", "eventTicket"), nil},
		{"artwork without a scheme", sizes{"artwork.png": {358, 448}}, faces("eventTicket"), []string{"image_unused_by_style"}},
		{"fallback's image on posterGeneric", sizes{"logo.png": {50, 50}, "artwork.png": {358, 448}}, faces("posterGeneric", "generic"), nil},
		{"long thumbnail", sizes{"thumbnail.png": {90, 40}}, faces("generic"), []string{"image_ratio"}},
		{"venue map of any size", sizes{"venueMap.png": {900, 40}}, faces("posterEventTicket"), nil},
		{"style not known", sizes{"strip.png": {375, 144}, "artwork.png": {358, 448}}, faces("nonsense"), nil},
		{"style not known, size wrong", sizes{"strip.png": {10, 10}}, nil, []string{"image_size"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := pkpass.Bundle{}
			for name, size := range tt.images {
				b[name] = pkpass.NewFile(blankPNG(t, size[0], size[1]))
			}
			findings := b.CheckImages(tt.faces...)
			if got := codesOf(findings); !slices.Equal(got, tt.codes) {
				t.Errorf("codes %v, want %v", got, tt.codes)
			}
			if len(findings) > len(tt.codes) {
				t.Errorf("said more than once: %+v", findings)
			}
			for _, f := range findings {
				if strings.Contains(f.Remedy, "%!") || !slices.Contains(slices.Collect(maps.Keys(tt.images)), f.Path) {
					t.Errorf("finding %+v", f)
				}
			}
		})
	}
}

func faces(names ...pkpass.Face) []pkpass.Face { return names }

func TestMisspeltImagesGetTheRightName(t *testing.T) {
	tests := map[string]string{
		"icon@1x.png":          "icon.png",
		"Logo@2X.PNG":          "logo@2x.png",
		"en.lproj/strip.jpg":   "strip.png",
		"PRIMARYLOGO@3x.pdf":   "primaryLogo@3x.png",
		"secondarylogo@2x.png": "secondaryLogo@2x.png",
	}
	for name, want := range tests {
		files := goodFiles(t)
		delete(files, "icon.png")
		files[name] = nil
		findings := bundleOf(files).Check()
		if len(findings) != 1 || findings[0].Path != name || findings[0].Remedy != "name the file "+want {
			t.Errorf("%s: got %+v", name, findings)
		}
	}
}
