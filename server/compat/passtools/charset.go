package passtools

import (
	"mime"
	"net/url"
	"strings"
	"unicode/utf8"
)

// isLatin1 says whether a Content-Type names ISO 8859-1.
func isLatin1(contentType string) bool {
	_, params, _ := mime.ParseMediaType(contentType)
	return strings.EqualFold(params["charset"], "ISO-8859-1")
}

// decoded is what bytes say that a client escaped: UTF-8, unless it said or they show
// that they are Latin-1.
func decoded(raw string, latin1 bool) string {
	if !latin1 && utf8.ValidString(raw) {
		return raw
	}
	runes := make([]rune, len(raw))
	for n := range len(raw) {
		runes[n] = rune(raw[n])
	}
	return string(runes)
}

// parseForm reads a query or a form. What cannot be unescaped is taken as it is: some
// clients escape nothing.
func parseForm(text string, latin1 bool) url.Values {
	out := make(url.Values)
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name = unescaped(name, latin1)
		out[name] = append(out[name], unescaped(value, latin1))
	}
	return out
}

func unescaped(text string, latin1 bool) string {
	raw, err := url.QueryUnescape(text)
	if err != nil {
		raw = text
	}
	return decoded(raw, latin1)
}
