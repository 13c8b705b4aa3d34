package pkpass

import "slices"

// ImageKind is the name of an image without scale and extension. Case counts:
// Wallet does not know "primarylogo".
type ImageKind string

// The image kinds that Wallet knows.
const (
	Icon                ImageKind = "icon"
	Logo                ImageKind = "logo"
	Strip               ImageKind = "strip"
	Thumbnail           ImageKind = "thumbnail"
	Background          ImageKind = "background"
	Footer              ImageKind = "footer"
	Artwork             ImageKind = "artwork"
	PrimaryLogo         ImageKind = "primaryLogo"
	SecondaryLogo       ImageKind = "secondaryLogo"
	VenueMap            ImageKind = "venueMap"
	PersonalizationLogo ImageKind = "personalizationLogo"
)

// Face is one way in which Wallet may draw a pass: a style key of pass.json or
// an entry of preferredStyleSchemes. One pass can have several, for instance a
// poster scheme and the classic style that older systems fall back to.
type Face string

// The faces, spelt as in pass.json.
const (
	FaceBoardingPass         Face = "boardingPass"
	FaceCoupon               Face = "coupon"
	FaceEventTicket          Face = "eventTicket"
	FaceGeneric              Face = "generic"
	FaceStoreCard            Face = "storeCard"
	FacePosterGeneric        Face = "posterGeneric"
	FacePosterEventTicket    Face = "posterEventTicket"    // scheme of eventTicket
	FaceSemanticBoardingPass Face = "semanticBoardingPass" // scheme of boardingPass
)

// Fit says how an image relates to its size.
type Fit int

// The fits.
const (
	Exact  Fit = iota // fills the area; another size is scaled and cropped by Wallet
	Within            // may be smaller than the size in either direction
	Free              // no size is known; the size given is a proposal
)

// Size is a width and height in points; pixels are points times scale.
type Size struct{ Width, Height int }

// ImageSpec is what one kind of image has to look like on some faces.
type ImageSpec struct {
	Kind  ImageKind
	Faces []Face // none means every face
	Fit   Fit
	Sizes []Size // the first is the one to make, the others are accepted too

	MinWidth int  // points below which Within looks lost; not a rule
	Ratio32  bool // the sides relate as 2:3 to 3:2
}

// MaxScale is the largest scale variant; the scales are 1, 2 and 3.
const MaxScale = 3

var classicFaces = []Face{FaceBoardingPass, FaceCoupon, FaceEventTicket, FaceGeneric, FaceStoreCard}

// imageSpecs joins Apple's guideline, tool and archived reference; where they
// differ, today's guideline comes first and the others are accepted. Of a kind
// with several rows the first is the one for a face not known yet.
var imageSpecs = []ImageSpec{
	{Kind: Icon, Sizes: []Size{{38, 38}, {29, 29}}},
	{Kind: Logo, Faces: classicFaces, Fit: Within, Sizes: []Size{{160, 50}}, MinWidth: 50},
	{Kind: PrimaryLogo, Faces: []Face{FacePosterEventTicket, FaceSemanticBoardingPass, FacePosterGeneric},
		Fit: Within, Sizes: []Size{{126, 30}}, MinWidth: 30},
	{Kind: SecondaryLogo, Faces: []Face{FacePosterEventTicket}, Fit: Within, Sizes: []Size{{135, 12}}, MinWidth: 12},
	{Kind: Strip, Faces: []Face{FaceCoupon, FaceStoreCard},
		Sizes: []Size{{375, 144}, {375, 123}, {320, 123}, {320, 110}}},
	{Kind: Strip, Faces: []Face{FaceEventTicket},
		Sizes: []Size{{375, 98}, {375, 144}, {320, 84}}},
	{Kind: Thumbnail, Faces: []Face{FaceGeneric, FaceEventTicket},
		Fit: Within, Sizes: []Size{{90, 90}}, MinWidth: 60, Ratio32: true},
	{Kind: Background, Faces: []Face{FaceEventTicket}, Sizes: []Size{{180, 220}}},
	{Kind: Background, Faces: []Face{FacePosterEventTicket}, Sizes: []Size{{345, 505}, {343, 503}}},
	{Kind: Artwork, Faces: []Face{FacePosterEventTicket, FacePosterGeneric}, Sizes: []Size{{358, 448}}},
	{Kind: Footer, Faces: []Face{FaceBoardingPass}, Fit: Within, Sizes: []Size{{286, 15}}},
	{Kind: PersonalizationLogo, Faces: []Face{FaceStoreCard}, Fit: Within, Sizes: []Size{{150, 40}}},
	{Kind: VenueMap, Faces: []Face{FacePosterEventTicket}, Fit: Free, Sizes: []Size{{375, 375}}},
}

// ImageSpecFor returns what kind has to look like on face. An empty face means
// that the style is not known yet: the first size known for the kind. The
// answer is false if the face does not show the kind.
func ImageSpecFor(kind ImageKind, face Face) (ImageSpec, bool) {
	i := slices.IndexFunc(imageSpecs, func(s ImageSpec) bool {
		return s.Kind == kind && (face == "" || s.on(face))
	})
	if i < 0 {
		return ImageSpec{}, false
	}
	return imageSpecs[i], true
}

// ImageKinds are the names of the kinds that face shows, or of all if it is empty.
func ImageKinds(face Face) (names []string) {
	for _, s := range imageSpecs {
		if (face == "" || s.on(face)) && !slices.Contains(names, string(s.Kind)) {
			names = append(names, string(s.Kind))
		}
	}
	return names
}

func (s ImageSpec) on(face Face) bool {
	return len(s.Faces) == 0 || slices.Contains(s.Faces, face)
}
