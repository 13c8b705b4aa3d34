// Package ui is what people see in a browser: the component that draws a pass, the
// demo page, the public page of a pass, the page of a link with its form, and the
// readable API description.
//
// The pages are plain files without a build step and load nothing from outside;
// those that show data, of a pass and of a link, are written with package markup.
// It knows no passes and no store: data come from JSON addresses that the caller
// serves, or in PassPageData and EnrolPageData. Whatever answers with HTML of this
// package must be at the root of its host, because the pages name /ui/ and /api/.
package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
)

// CSP is the Content-Security-Policy of every page: scripts, styles and data
// from this server only, nothing inline, no frames around it.
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

//go:embed base.css pass demo docs page enrol
var files embed.FS

// secure sets the headers that every answer of this package has.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", CSP)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

// etag is a strong tag of content: equal bytes, equal tag.
func etag(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
}

// mustRead returns an embedded file; a missing one is a fault of the build.
func mustRead(name string) []byte {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		panic(err)
	}
	return data
}
