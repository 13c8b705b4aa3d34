// Package pkpass is the format of Apple Wallet passes: the document pass.json,
// its validation, images, languages, the manifest and the archive.
//
// It neither signs nor knows certificates (package signer does) and holds no
// state. What Wallet would refuse or show wrongly comes back as a Finding that
// names the effect on the holder and the remedy.
package pkpass

// MediaType is what a pass must be served as, exactly and without parameters;
// anything else makes a phone offer a file download instead of the add sheet.
const MediaType = "application/vnd.apple.pkpass"

// BundleMediaType is the media type of several passes in one file.
const BundleMediaType = "application/vnd.apple.pkpasses"
