package pkpass

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
)

// CheckImages judges size and use of the bundle's images on the faces that the
// pass has: checks 13 to 15. Without a known face only the sizes are judged,
// by the first size of each kind.
func (b Bundle) CheckImages(faces ...Face) []Finding {
	known := slices.DeleteFunc(slices.Clone(faces), func(f Face) bool { return !f.Known() })
	if len(known) == 0 {
		known = []Face{""}
	}
	c := imageChecks{faces: known, first: map[ImageKind]string{}, sets: map[ImageFile]imageSet{}}
	for _, path := range slices.Sorted(maps.Keys(b)) {
		if f, ok := ParseImageName(path); ok {
			c.check(path, f, b[path].Data)
		}
	}
	c.checkTogether()
	SortFindings(c.findings)
	return c.findings
}

// Known says whether there is such a face: documents may prefer schemes that do not exist.
func (f Face) Known() bool {
	return slices.Contains(classicFaces, f) || f == FacePosterGeneric || f == FacePosterEventTicket || f == FaceSemanticBoardingPass
}

// imageSet is the sizes of one image by scale, [0] unused, zero if absent.
type imageSet [MaxScale + 1]Size

// imageChecks collects what is wrong with the images of a pass.
type imageChecks struct {
	faces    []Face
	first    map[ImageKind]string   // path of the first image of a kind
	sets     map[ImageFile]imageSet // by folder and kind, scale 0
	findings []Finding
}

func (c *imageChecks) report(f Finding) { c.findings = append(c.findings, f) }

// specs are the rows of the table that apply to kind on the pass's faces.
func (c *imageChecks) specs(kind ImageKind) []ImageSpec {
	var out []ImageSpec
	for _, face := range c.faces {
		if s, ok := ImageSpecFor(kind, face); ok {
			out = append(out, s)
		}
	}
	return out
}

func (c *imageChecks) check(path string, f ImageFile, data []byte) {
	_, seen := c.first[f.Kind]
	if !seen {
		c.first[f.Kind] = path
	}
	specs := c.specs(f.Kind)
	if len(specs) == 0 {
		if !seen {
			c.report(faultImageUnused.at(path))
		}
		return
	}
	if size, ok := pngSize(data); ok {
		c.checkSize(path, specs, f.Scale, size)
		set := c.sets[ImageFile{Folder: f.Folder, Kind: f.Kind}]
		set[f.Scale] = size
		c.sets[ImageFile{Folder: f.Folder, Kind: f.Kind}] = set
	}
}

func (c *imageChecks) checkSize(path string, specs []ImageSpec, scale int, size Size) {
	fits := func(s ImageSpec) bool { return s.accepts(size, scale) }
	switch {
	case !slices.ContainsFunc(specs, fits):
		c.report(faultImageSize.at(path, size.Width, size.Height, specs[0].wanted(scale)))
	case specs[0].Ratio32 && !ratio32(size):
		c.report(faultImageRatio.at(path))
	}
}

func (s ImageSpec) accepts(pixels Size, scale int) bool {
	return s.Fit == Free || slices.ContainsFunc(s.Sizes, func(points Size) bool {
		w, h := points.Width*scale, points.Height*scale
		if s.Fit == Within {
			return pixels.Width <= w && pixels.Height <= h
		}
		return pixels.Width == w && pixels.Height == h
	})
}

func (s ImageSpec) wanted(scale int) string {
	text := fmt.Sprintf("%d × %d", s.Sizes[0].Width*scale, s.Sizes[0].Height*scale)
	if s.Fit == Within {
		return "at most " + text
	}
	return text
}

func ratio32(s Size) bool { return 2*s.Width <= 3*s.Height && 2*s.Height <= 3*s.Width }

// checkTogether compares images with each other: proportions and check 15.
func (c *imageChecks) checkTogether() {
	for image, set := range c.sets {
		c.checkProportion(image, set)
	}
	strip, hasStrip := c.first[Strip]
	_, hasBackground := c.first[Background]
	_, hasThumbnail := c.first[Thumbnail]
	if slices.Contains(c.faces, FaceEventTicket) && hasStrip && (hasBackground || hasThumbnail) {
		c.report(faultStripWithBackground.at(strip))
	}
}

// checkProportion allows each scale to be one pixel off, for rounding.
func (c *imageChecks) checkProportion(image ImageFile, set imageSet) {
	largest := MaxScale
	for set[largest] == (Size{}) && largest > 1 {
		largest--
	}
	full := set[largest]
	for scale := 1; scale < largest; scale++ {
		size := set[scale]
		if size != (Size{}) && (uneven(size.Width, scale, full.Width, largest) || uneven(size.Height, scale, full.Height, largest)) {
			path := ImageFile{image.Folder, image.Kind, scale}.Path()
			c.report(faultImageProportion.at(path, size.Width, size.Height, full.Width, full.Height))
		}
	}
}

func uneven(length, scale, fullLength, fullScale int) bool {
	difference := length*fullScale - fullLength*scale
	return max(difference, -difference) > fullScale
}

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngSize reads the pixel size from the header of a PNG; false if it is none.
func pngSize(data []byte) (Size, bool) {
	const header = len(pngSignature) + 16 // length, IHDR, width, height
	if len(data) < header || string(data[:8]) != pngSignature || string(data[12:16]) != "IHDR" {
		return Size{}, false
	}
	be := binary.BigEndian
	return Size{int(be.Uint32(data[16:])), int(be.Uint32(data[20:]))}, true
}

// isWholePNG follows the chunks of a PNG to its end. The pixels are not unpacked.
func isWholePNG(data []byte) bool {
	const frame = 12 // length, type and sum around a chunk's content
	pixels, be := false, binary.BigEndian
	for rest := data[len(pngSignature):]; len(rest) >= frame; {
		end := int64(be.Uint32(rest)) + frame
		if end > int64(len(rest)) || crc32.ChecksumIEEE(rest[4:end-4]) != be.Uint32(rest[end-4:]) {
			return false
		}
		switch string(rest[4:8]) {
		case "IDAT":
			pixels = true
		case "IEND":
			return pixels
		}
		rest = rest[end:]
	}
	return false
}
