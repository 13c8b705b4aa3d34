package web

import (
	"net/http"
	"net/url"
	"strings"
)

// SingleSlashes lets next see a path with runs of slashes as if each were one.
// A pass whose webServiceURL ends in a slash makes phones ask for //v1/…, and a
// mux would answer with a redirect, which phones are not known to follow.
func SingleSlashes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "//") { // perhaps only %2F%2F, which stays
			r.URL = collapsed(r.URL) // r itself stays: the mux writes the pattern into it
		}
		next.ServeHTTP(w, r)
	})
}

func collapsed(u *url.URL) *url.URL {
	raw := single(u.EscapedPath())
	path, err := url.PathUnescape(raw)
	if err != nil {
		return u
	}
	out := *u
	out.Path, out.RawPath = path, raw
	return &out
}

func single(path string) string {
	var out strings.Builder
	for i := range len(path) {
		if path[i] != '/' || i == 0 || path[i-1] != '/' {
			out.WriteByte(path[i])
		}
	}
	return out.String()
}
