package raster

import (
	"bytes"
	"fmt"
	"strings"
)

// FormatError is for what is no picture, or one of a format that is not read.
type FormatError struct {
	Format string // "SVG"; empty if not recognised
	Remedy string
}

func (e *FormatError) Error() string {
	if e.Format == "" {
		return "file is not a picture that can be read: " + e.Remedy
	}
	return fmt.Sprintf("picture is %s, which cannot be used: %s", e.Format, e.Remedy)
}

// sniff tells the format by the content; names and media types of uploads are
// wrong too often.
func sniff(data []byte) (format, error) {
	is := func(at int, magic string) bool {
		return len(data) >= at && bytes.HasPrefix(data[at:], []byte(magic))
	}
	switch {
	case is(0, "\x89PNG\r\n\x1a\n") && is(12, "IHDR") && len(data) > 28:
		return formatPNG, nil
	case is(0, "\xff\xd8\xff"):
		return formatJPEG, nil
	case is(0, "GIF87a") || is(0, "GIF89a"):
		return formatGIF, nil
	case is(0, "RIFF") && is(8, "WEBP") && isAnimatedWebP(data):
		return format{}, &FormatError{"an animated WebP", "save one of its pictures as PNG"}
	case is(0, "RIFF") && is(8, "WEBP"):
		return formatWebP, nil
	case is(4, "ftyp"):
		return format{}, &FormatError{"HEIC, AVIF or a film", "save it as JPEG or PNG; an iPhone does so when 'Most Compatible' is chosen in the camera's settings"}
	case is(0, "%PDF"):
		return format{}, &FormatError{"PDF", "export the page as PNG, at least 1200 pixels wide"}
	case is(0, "II*\x00") || is(0, "MM\x00*"):
		return format{}, &FormatError{"TIFF", "save it as PNG"}
	case is(0, "BM"):
		return format{}, &FormatError{"BMP", "save it as PNG"}
	case isSVG(data):
		return format{}, &FormatError{"SVG", "export it as PNG, at least 1200 pixels wide"}
	}
	return format{}, &FormatError{"", "upload a PNG, JPEG, GIF or WebP"}
}

// isAnimatedWebP looks at the flags of the extended header.
func isAnimatedWebP(data []byte) bool {
	const flagsAt, animation = 20, 1 << 1
	return len(data) > flagsAt && string(data[12:16]) == "VP8X" && data[flagsAt]&animation != 0
}

// isSVG looks for the root element behind prolog, comments and white space.
func isSVG(data []byte) bool {
	head := strings.TrimLeft(string(data[:min(len(data), 4096)]), "\ufeff \t\r\n")
	return strings.HasPrefix(head, "<") && strings.Contains(head, "<svg")
}
