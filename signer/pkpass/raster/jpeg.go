package raster

import (
	"bytes"
	"encoding/binary"
	"image"
	"iter"
)

// Markers of JPEG segments.
const (
	markerSOF0 = 0xc0 // start of frame: sequential
	markerSOF2 = 0xc2 // start of frame: progressive
	markerRST0 = 0xd0 // restart: without a length, as the seven that follow it
	markerRST7 = 0xd7
	markerSOS  = 0xda // start of scan: the pixels follow
	markerEOI  = 0xd9
	markerAPP1 = 0xe1 // EXIF
)

// jpegSegments yields marker and payload of the segments before the pixels.
func jpegSegments(data []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		rest := data[2:] // behind the start of image
		for len(rest) >= 4 && rest[0] == 0xff {
			marker, length := rest[1], int(binary.BigEndian.Uint16(rest[2:]))
			switch {
			case marker == 0xff: // padding
				rest = rest[1:]
				continue
			case marker == markerSOS || marker == markerEOI || length < 2 || len(rest) < 2+length:
				return
			}
			if !yield(marker, rest[4:2+length]) {
				return
			}
			rest = rest[2+length:]
		}
	}
}

// maxScans is several times what programs write: ten for a picture in colour.
const maxScans = 50

// jpegScans counts how often decoding goes over all the pixels. A few bytes make
// another scan, so that a small file may ask for hours of work.
func jpegScans(data []byte) (n int64) {
	rest := data[2:] // behind the start of image
	for len(rest) >= 4 {
		marker, length := rest[1], int(binary.BigEndian.Uint16(rest[2:]))
		switch {
		case rest[0] != 0xff || marker == 0xff: // pixels, or padding
			rest = rest[1:]
		case marker == 0 || marker >= markerRST0 && marker <= markerRST7: // within the pixels
			rest = rest[2:]
		case marker == markerEOI || len(rest) < 2+length:
			return n
		default:
			if marker == markerSOS {
				n++
			}
			rest = rest[2+length:]
		}
	}
	return n
}

// jpegMemory counts a byte for each sample, and for progressive pictures the
// four bytes of its coefficient, which are kept until the end.
func jpegMemory(data []byte, c image.Config) int64 {
	pixels := int64(c.Width) * int64(c.Height)
	for marker, frame := range jpegSegments(data) {
		switch marker {
		case markerSOF0, markerSOF0 + 1:
			return jpegSamples(frame, pixels)
		case markerSOF2:
			return 5 * jpegSamples(frame, pixels)
		}
	}
	return 5 * 4 * pixels // a frame in an odd place: suppose the worst
}

// jpegSamples adds up the components of a frame, each of which may be coarser
// than the picture by its sampling factors.
func jpegSamples(frame []byte, pixels int64) int64 {
	const componentsAt, componentSize = 6, 3
	var sum, finest int64
	for at := componentsAt; at+componentSize <= len(frame); at += componentSize {
		horizontal, vertical := int64(frame[at+1]>>4), int64(frame[at+1]&15)
		sum += horizontal * vertical
		finest = max(finest, horizontal*vertical)
	}
	return pixels * sum / max(finest, 1)
}

// exifOrientation finds the orientation in a JPEG's EXIF segment. Whatever is
// odd there means an upright picture.
func exifOrientation(data []byte) orientation {
	for marker, payload := range jpegSegments(data) {
		tiff, ok := bytes.CutPrefix(payload, []byte("Exif\x00\x00"))
		if marker == markerAPP1 && ok {
			return tiffOrientation(tiff)
		}
	}
	return straight
}

// tiffOrientation reads tag 0x0112 of the first directory (TIFF 6.0, EXIF 2.3).
func tiffOrientation(tiff []byte) orientation {
	const tag, short, entrySize = 0x0112, 3, 12
	order, ok := tiffOrder(tiff)
	if !ok {
		return straight
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return straight
	}
	count, entries := int(order.Uint16(tiff[at:])), tiff[at+2:]
	for ; count > 0 && len(entries) >= entrySize; count-- {
		if order.Uint16(entries) == tag && order.Uint16(entries[2:]) == short {
			return orientation(order.Uint16(entries[8:])).orStraight()
		}
		entries = entries[entrySize:]
	}
	return straight
}

func tiffOrder(tiff []byte) (binary.ByteOrder, bool) {
	switch {
	case len(tiff) < 8:
		return nil, false
	case bytes.HasPrefix(tiff, []byte("II*\x00")):
		return binary.LittleEndian, true
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		return binary.BigEndian, true
	}
	return nil, false
}
