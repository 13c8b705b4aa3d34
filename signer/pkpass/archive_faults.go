package pkpass

import "fmt"

// archiveFault is what checks 1 to 17 can say, with the words for the holder.
// A remedy may contain verbs that at fills in.
type archiveFault struct {
	check    int
	code     string
	severity Severity
	effect   string
	remedy   string
}

func (f archiveFault) at(path string, args ...any) Finding {
	remedy := f.remedy
	if len(args) > 0 {
		remedy = fmt.Sprintf(remedy, args...)
	}
	return Finding{Check: f.check, Code: f.code, Severity: f.severity, Path: path, Effect: f.effect, Remedy: remedy}
}

const (
	cannotAdd = "the pass cannot be added, Wallet gives no reason"
	notShown  = "Wallet does not show the image"
)

// What is no archive, or too much of one, is not looked into (checks 1 and 16).
var (
	faultUnreadable = archiveFault{1, "archive_unreadable", Refused, cannotAdd,
		"download or write the file anew: %s"}
	faultOverLimits = archiveFault{16, "archive_over_limits", Refused, cannotAdd,
		"leave out what is no part of the pass: the %s"}
)

// Files that have to be there (checks 1 to 3).
var (
	faultFileMissing = archiveFault{1, "file_missing", Refused, cannotAdd,
		"put the file at the root of the archive, spelt exactly so"}
	faultIconMissing = archiveFault{2, "icon_missing", Refused, cannotAdd,
		"add icon@2x.png (76 × 76 pixels) and icon@3x.png (114 × 114 pixels)"}
	faultIconNotAtRoot = archiveFault{2, "icon_not_at_root", Warning,
		"the pass may be refused: whether icons in language folders suffice is not known",
		"put the icon at the root and take it out of the language folders"}
	faultIconScale = archiveFault{3, "icon_scale_missing", Note,
		"the icon looks blurred on the lock screen and in notifications",
		"add the file"}
)

// Names and layout (checks 4, 5 and 10).
var (
	faultWrappingFolder = archiveFault{4, "wrapping_folder", Refused, cannotAdd,
		"compress the files in the folder, not the folder: pass.json stands at the root of the archive"}
	faultPathAbsolute = archiveFault{4, "path_absolute", Refused, cannotAdd,
		"write the path without the leading slash"}
	faultPathDrive = archiveFault{4, "path_drive", Refused, cannotAdd,
		"write the path relative to the root, without a drive letter"}
	faultPathParent = archiveFault{4, "path_parent", Refused, cannotAdd,
		"write the path relative to the root, without '..'"}
	faultPathBackslash = archiveFault{4, "path_backslash", Refused, cannotAdd,
		"write the path with forward slashes, like en.lproj/pass.strings"}
	faultPathDot = archiveFault{4, "path_dot", Refused, cannotAdd,
		"write the path without './' and without empty parts"}
	faultPathControl = archiveFault{4, "path_control", Refused, cannotAdd,
		"take NUL and other control characters out of the name"}
	faultPathEncoding = archiveFault{4, "path_encoding", Refused, cannotAdd,
		"write the name in UTF-8"}
	faultSymlink = archiveFault{4, "symlink_entry", Refused, cannotAdd,
		"replace the link by the file that it points to"}
	faultDirectoryEntry = archiveFault{4, "directory_entry", Note,
		"none, Wallet passes over them", "leave entries for folders out of the archive"}
	faultFolderUnknown = archiveFault{4, "folder_unknown", Warning,
		"Wallet ignores what is in the folder",
		"move the files to the root, or those of one language into a folder named like en.lproj"}
	faultJunkUnlisted = archiveFault{5, "junk_file", Refused, cannotAdd,
		"take the file, a leftover of the operating system, out of the archive"}
	faultJunkListed = archiveFault{5, "junk_file", Note,
		"none, but every download carries the file",
		"take the file, a leftover of the operating system, out of archive and manifest"}
	faultDuplicate = archiveFault{10, "duplicate_entry", Refused,
		"which of the two files counts is left to chance, the pass may be refused",
		"write every file once"}
	faultCaseClash = archiveFault{10, "case_clash", Refused,
		"which of the two files counts is left to chance, the pass may be refused",
		"rename or remove one: the name differs from %q only in case"}
)

// Entries that cannot be read. Their content has no hash to compare, which is
// check 8.
var (
	faultDamaged = archiveFault{8, "entry_damaged", Refused, cannotAdd,
		"write the archive anew and transfer it unchanged: %s"}
	faultEncrypted = archiveFault{8, "entry_encrypted", Refused, cannotAdd,
		"write the archive without a password"}
	faultMethod = archiveFault{8, "entry_method", Refused, cannotAdd,
		"write the entry stored or deflated, not with compression method %d"}
	faultZIP64 = archiveFault{8, "entry_zip64", Refused, cannotAdd,
		"write the archive without ZIP64 extensions"}
	faultLocalZIP64 = archiveFault{8, "entry_zip64", Warning,
		"the pass may be refused: whether Wallet reads ZIP64 is not known",
		"write the archive without ZIP64 extensions"}
	faultOverlap = archiveFault{8, "entry_overlap", Refused, cannotAdd,
		"write the archive anew: the entry shares its bytes with %q"}
)

// The manifest (checks 6 to 9).
var (
	faultUnlisted = archiveFault{6, "unlisted_file", Refused, cannotAdd,
		"list the file in manifest.json and sign again, or take it out"}
	faultListedMissing = archiveFault{7, "listed_file_missing", Refused, cannotAdd,
		"add the file, or take it out of manifest.json and sign again"}
	faultHashMismatch = archiveFault{8, "hash_mismatch", Refused, cannotAdd,
		"the file changed after the manifest was made: make the manifest anew and sign again"}
	faultHashMalformed = archiveFault{8, "hash_malformed", Refused, cannotAdd,
		"write the SHA-1 of the file as 40 lower-case hexadecimal digits"}
	faultManifestMalformed = archiveFault{9, "manifest_malformed", Refused, cannotAdd,
		"write one flat JSON object from file name to hash: %s"}
	faultManifestItself = archiveFault{9, "manifest_lists_itself", Refused, cannotAdd,
		"list neither manifest.json nor signature in the manifest"}
)

// Images (checks 11 to 15).
var (
	faultImageUnknown = archiveFault{11, "image_unknown", Warning, notShown,
		"use a name of Apple's list, with .png, @2x.png or @3x.png at its end"}
	faultImageMisspelt = archiveFault{11, "image_unknown", Warning, notShown,
		"name the file %s"}
	faultImageNotPNG = archiveFault{12, "image_not_png", Warning,
		"the image may stay empty", "convert the image to PNG; a new extension is not enough"}
	faultImageDamaged = archiveFault{12, "image_damaged", Warning,
		"the image may stay empty", "save the image anew and transfer it unchanged: it is cut short or was altered"}
	faultImageSize = archiveFault{13, "image_size", Warning,
		"the image is scaled and cropped, or looks blurred", "scale the image from %d × %d to %s pixels"}
	faultImageRatio = archiveFault{13, "image_ratio", Warning,
		"the image is cropped", "crop the image to a ratio between 2:3 and 3:2"}
	faultImageProportion = archiveFault{13, "image_proportion", Warning,
		"the image has another size or cut on some phones",
		"make all scales from one picture: %d × %d pixels do not fit the %d × %d of the largest scale"}
	faultImageUnused = archiveFault{14, "image_unused_by_style", Note, notShown,
		"take the image out, or choose a style that shows it"}
	faultStripWithBackground = archiveFault{15, "strip_with_background", Warning,
		"only one of strip and background or thumbnail is shown",
		"ship either the strip, or background and thumbnail"}
)

// Sizes and several passes at once (checks 16 and 17).
var (
	faultArchiveLarge = archiveFault{16, "archive_large", Note,
		"the download is slow and may break off on a phone", "make the images smaller: %d bytes are more than 3 MB"}
	faultBundleLarge = archiveFault{16, "bundle_large", Refused,
		"none of the passes can be added", "put at most 150 MB into one file"}
	faultBundleMany = archiveFault{16, "bundle_many", Refused,
		"none of the passes can be added", "put at most 10 passes into one file, not %d"}
	faultBundleEmpty = archiveFault{17, "bundle_empty", Refused,
		"there is nothing to add", "put complete .pkpass files at the root"}
	faultBundleEntry = archiveFault{17, "bundle_entry", Refused,
		"none of the passes can be added", "put nothing but complete .pkpass files at the root"}
	faultBundleIncomplete = archiveFault{17, "bundle_pass_incomplete", Refused,
		"the pass cannot be added", "pack a complete .pkpass: %s"}
)
