package pkpass

import (
	"fmt"
	"strconv"
	"strings"
)

// ImageFile is what the path of an image says about it.
type ImageFile struct {
	Folder string // "" at the root, else "en.lproj"
	Kind   ImageKind
	Scale  int // 1, 2 or 3
}

// Path is the file's place in the archive.
func (f ImageFile) Path() string {
	if f.Folder == "" {
		return ImageName(f.Kind, f.Scale)
	}
	return f.Folder + "/" + ImageName(f.Kind, f.Scale)
}

// ImageName is the file name of an image: ImageName(Strip, 2) is
// "strip@2x.png". Scale 1 has no suffix.
func ImageName(kind ImageKind, scale int) string {
	if scale == 1 {
		return string(kind) + ".png"
	}
	return string(kind) + "@" + strconv.Itoa(scale) + "x.png"
}

// ParseImageName takes a path such as "en.lproj/strip@2x.png" apart. It is
// false for everything that Wallet would not recognise as an image.
func ParseImageName(path string) (ImageFile, bool) {
	folder, base := splitFolder(path)
	if base != path && !isLanguageFolder(folder) {
		return ImageFile{}, false
	}
	for scale := 1; scale <= MaxScale; scale++ {
		kind, ok := strings.CutSuffix(base, ImageName("", scale))
		if ok && knownImageKind(ImageKind(kind)) {
			return ImageFile{Folder: folder, Kind: ImageKind(kind), Scale: scale}, true
		}
	}
	return ImageFile{}, false
}

func knownImageKind(kind ImageKind) bool {
	_, ok := ImageSpecFor(kind, "")
	return ok
}

// splitFolder cuts "a/b/c.png" into "a/b" and "c.png".
func splitFolder(path string) (folder, base string) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}

func isLanguageFolder(folder string) bool {
	language, ok := strings.CutSuffix(folder, ".lproj")
	return ok && language != "" && !strings.Contains(language, "/")
}

// pictureExtensions are those of files that were meant as images.
var pictureExtensions = []string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".heic", ".svg", ".pdf", ".bmp", ".tif", ".tiff"}

// checkImage is checks 11 and 12 for one file, which may be no image at all.
func (c *fileChecks) checkImage(name string) {
	folder, base := splitFolder(name)
	if folder != "" && !isLanguageFolder(folder) {
		return
	}
	if _, ok := ParseImageName(name); ok {
		if f, readable := c.files[name]; readable {
			c.checkPNG(name, f.Data)
		}
		return
	}
	stem, ok := cutPictureExtension(base)
	if !ok {
		return
	}
	if better := intendedImage(stem); better != "" {
		c.report(faultImageMisspelt.at(name, better))
		return
	}
	c.report(faultImageUnknown.at(name))
}

func (c *fileChecks) checkPNG(name string, data []byte) {
	switch size, isPNG := pngSize(data); {
	case !isPNG:
		c.report(faultImageNotPNG.at(name))
	case size.Width < 1 || size.Height < 1 || !isWholePNG(data):
		c.report(faultImageDamaged.at(name))
	}
}

// cutPictureExtension returns base in lower case without its extension, if
// that is one of a picture.
func cutPictureExtension(base string) (string, bool) {
	lower := strings.ToLower(base)
	for _, ext := range pictureExtensions {
		if stem, ok := strings.CutSuffix(lower, ext); ok {
			return stem, true
		}
	}
	return "", false
}

// intendedImage guesses what a misspelt name was meant to be, from its
// lower-case stem: "icon@1x", "primarylogo@2x". Empty if nothing is near.
func intendedImage(stem string) string {
	scale := 1
	for s := 1; s <= MaxScale; s++ {
		if kind, ok := strings.CutSuffix(stem, fmt.Sprintf("@%dx", s)); ok {
			stem, scale = kind, s
		}
	}
	for _, spec := range imageSpecs {
		if strings.ToLower(string(spec.Kind)) == stem {
			return ImageName(spec.Kind, scale)
		}
	}
	return ""
}
