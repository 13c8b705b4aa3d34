package web

import "net/http"

// The values of the headers that every answer carries. A handler that serves
// pages sets a Content-Security-Policy of its own in their place. The slices are
// shared between answers; http.Header replaces them and never changes one in place.
var (
	noSniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	noContent  = []string{"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}
	sameOrigin = []string{"same-origin"}
)

func secure(h http.Header) {
	h["X-Content-Type-Options"] = noSniff
	h["Referrer-Policy"] = noReferrer
	h["Content-Security-Policy"] = noContent
	h["Cross-Origin-Opener-Policy"] = sameOrigin
}
