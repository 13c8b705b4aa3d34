package ui

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"pocketpass/ui/barcode"
)

// PassPageData is what the public page of a pass shows. The page's own words are in the
// language of the pass, or in English.
type PassPageData struct {
	Lang         string            // BCP 47 of the texts of the pass; empty means "en"
	Title        string            // name of the pass: logo text or description
	Organisation string            // who issues it
	Description  string            // a sentence, also for screen readers
	PageURL      string            // absolute address of this page, drawn as a QR code
	PkpassURL    string            // the file for Wallet
	DocumentURL  string            // pass.json without its authenticationToken
	Images       map[string]string // file name in the pass → URL
	Stylesheet   string            // address of the owner's own
	Script       string            // address of the owner's own
	UserAgent    string            // of the request; finds browsers inside apps
	Demo         bool              // signed by a demo authority
	Voided       bool
	Expired      bool
}

// passView adds what is drawn and the caller need not know.
type passView struct {
	PassPageData
	words  words
	images string // as JSON
	qr     string // address of the drawn code
	inApp  string // name of the app whose browser cannot add passes
}

// PassPage writes the public page of a pass. The link to the file works
// without scripts; the drawing of the pass needs them. Nothing is written when
// an error is returned.
func PassPage(w http.ResponseWriter, d PassPageData) error {
	images, err := json.Marshal(d.Images)
	if err != nil {
		return fmt.Errorf("images: %w", err)
	}
	d.Lang = cmp.Or(d.Lang, fallback)
	page := passView{d, wordsIn[PageLanguage(d.Lang)], string(images), barcodePath(barcode.QR, d.PageURL, "utf-8"), InAppBrowser(d.UserAgent)}.draw()
	secure(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-Robots-Tag", "noindex")
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("Vary", "Accept-Language, User-Agent")
	_, _ = io.WriteString(w, page) // a client that went away needs no answer
	return nil
}
