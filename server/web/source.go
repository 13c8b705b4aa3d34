package web

import (
	"net/http"
	"strings"
	"time"
)

// WriteSource answers with a stylesheet or script that the owner of a page wrote, as a file
// of its own, so that nothing in it can end an element of the page. tag stands for the
// text. A browser that wants it for a service worker, which would come between visitors and
// the pages of others on the same host, does not get it.
func WriteSource(w http.ResponseWriter, r *http.Request, media, tag, text string) error {
	if r.Header.Get("Service-Worker") != "" {
		return &Problem{Status: http.StatusNotFound, Code: "not_found", Detail: "what belongs to a page is no service worker"}
	}
	h := w.Header()
	h.Set("Content-Type", media+"; charset=utf-8")
	h.Set("Cache-Control", "private, max-age=60")
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(text))
	return nil
}
