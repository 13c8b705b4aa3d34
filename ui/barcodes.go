package ui

import (
	"encoding/json"
	"net/http"
	"net/url"

	"pocketpass/ui/barcode"
)

// maxBarcodeQuery bounds the work that one address can ask for, in bytes: the
// longest message as percent-encoded text of three bytes a character.
const maxBarcodeQuery = 3*barcode.MaxMessage + 200

// barcodePath is the address of a drawn code.
func barcodePath(format, message, encoding string) string {
	q := url.Values{"format": {format}, "message": {message}, "encoding": {encoding}}
	return "/ui/barcode.svg?" + q.Encode()
}

// serveBarcode handles GET /ui/barcode.svg?format=…&message=…&encoding=….
func serveBarcode(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if len(r.URL.RawQuery) > maxBarcodeQuery {
		problem(w, http.StatusRequestURITooLong, "the query is too long: no code holds that much")
		return
	}
	q := r.URL.Query()
	svg, err := barcode.SVG(q.Get("format"), q.Get("message"), q.Get("encoding"), barcode.Options{})
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error())
		return
	}
	w.Header().Set("Content-Type", mediaTypes[".svg"])
	serve(w, r, svg, etag(svg), "private, max-age=86400, immutable")
}

// problem answers with an RFC 9457 body.
func problem(w http.ResponseWriter, status int, detail string) {
	body, err := json.Marshal(map[string]any{"title": http.StatusText(status), "status": status, "detail": detail})
	if err != nil {
		panic(err) // a string and a number
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away needs no answer
}
