package pkpass

import (
	"strings"
	"unicode/utf8"
)

// nameFault judges the path of a file by itself and returns nil if it is good.
// What unpacks such a path may write outside of its folder, or miss the file.
func nameFault(name string) *archiveFault {
	switch {
	case !utf8.ValidString(name):
		return &faultPathEncoding
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return &faultPathControl
	case strings.Contains(name, `\`):
		return &faultPathBackslash
	case strings.HasPrefix(name, "/"):
		return &faultPathAbsolute
	case hasDrive(name):
		return &faultPathDrive
	}
	return segmentFault(name)
}

func segmentFault(name string) *archiveFault {
	var worst *archiveFault
	for segment := range strings.SplitSeq(name, "/") {
		switch segment {
		case "..":
			return &faultPathParent
		case ".", "":
			worst = &faultPathDot
		}
	}
	return worst
}

func hasDrive(name string) bool {
	return len(name) >= 2 && name[1] == ':' && ('a' <= name[0]|0x20 && name[0]|0x20 <= 'z')
}

// isJunk knows what Finder and Explorer leave in folders.
func isJunk(name string) bool {
	for segment := range strings.SplitSeq(name, "/") {
		if segment == "__MACOSX" || segment == ".DS_Store" ||
			strings.HasPrefix(segment, "._") || strings.EqualFold(segment, "Thumbs.db") {
			return true
		}
	}
	return false
}

// wrappingFolder finds the one folder that a whole pass was packed into, as
// happens when the folder instead of its content is compressed: there is no
// pass.json at the root but one in the folder. Empty if there is none.
func wrappingFolder(names []string) string {
	found := ""
	for _, name := range names {
		folder, base := splitFolder(name)
		if base != documentName || isJunk(name) || isLanguageFolder(folder) {
			continue
		}
		if folder == "" || found != "" {
			return ""
		}
		found = folder
	}
	return found
}
