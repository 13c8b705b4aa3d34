package ui

import "net/http"

// DemoPage serves the page of the demo, for the pattern "GET /{$}". It reads
// /demo/state and /demo/events and posts to /demo/change, /demo/phone and
// /demo/void.
func DemoPage() http.Handler { return page("demo/index.html") }

// DocsPage serves the readable form of /api/openapi.json.
func DocsPage() http.Handler { return page("docs/index.html") }

// page serves one embedded HTML file.
func page(name string) http.Handler {
	data := mustRead(name)
	tag := etag(data)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		serve(w, r, data, tag, "no-cache")
	})
}
