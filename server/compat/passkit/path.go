package passkit

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// mendPath understands two shapes of addresses that clients get wrong: a query that is
// escaped into the path, and an id of a certificate without the slash before it.
func mendPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw := r.URL.EscapedPath()
		if head, query, ok := escapedQuery(raw); ok {
			r.URL = &url.URL{Path: head, RawQuery: query}
		} else if rest, ok := strings.CutPrefix(raw, prefix+"/v2/passbookCerts"); ok && rest != "" && rest[0] != '/' && !strings.Contains(rest, "/") {
			r.URL = &url.URL{Path: prefix + "/v2/passbookCerts/" + r.URL.Path[len(prefix+"/v2/passbookCerts"):], RawQuery: r.URL.RawQuery}
		}
		next.ServeHTTP(w, r)
	})
}

// escapedQuery splits a path whose question mark is escaped, and escapes the query anew,
// so that it is read like any other.
func escapedQuery(raw string) (head, query string, ok bool) {
	for _, path := range []string{prefix + "/v2/passesBatch", prefix + "/v2/passes"} {
		rest, found := strings.CutPrefix(raw, path)
		if !found || len(rest) < 3 || !strings.EqualFold(rest[:3], "%3F") {
			continue
		}
		text, err := url.PathUnescape(rest[3:])
		if err != nil {
			return "", "", false
		}
		var pairs []string
		for pair := range strings.SplitSeq(utf(text), "&") {
			key, value, given := strings.Cut(pair, "=")
			pair = url.QueryEscape(key)
			if given {
				pair += "=" + url.QueryEscape(value)
			}
			pairs = append(pairs, pair)
		}
		return path, strings.Join(pairs, "&"), true
	}
	return "", "", false
}

// utf reads text that is not UTF-8 as ISO-8859-1.
func utf(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return latin1([]byte(text))
}

func latin1(raw []byte) string {
	out := make([]rune, len(raw))
	for n, b := range raw {
		out[n] = rune(b)
	}
	return string(out)
}

// parameter is one of a query: its value, and that with plus signs as they are.
type parameter struct{ value, literal string }

// query reads the parameters of a request. Only & separates them.
func query(r *http.Request) map[string]parameter {
	out := make(map[string]parameter)
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		key, value, given := strings.Cut(pair, "=")
		if rest, ok := strings.CutPrefix(key, "campaignName"); ok && !given && rest != "" {
			key, value = "campaignName", rest
		}
		key = unescape(url.QueryUnescape, key)
		if _, twice := out[key]; !twice && key != "" {
			out[key] = parameter{unescape(url.QueryUnescape, value), unescape(url.PathUnescape, value)}
		}
	}
	return out
}

// unescape leaves alone what cannot be unescaped.
func unescape(how func(string) (string, error), text string) string {
	if out, err := how(text); err == nil {
		text = out
	}
	return utf(text)
}
