package kony

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"pocketpass/server/issuer"
)

// msDigits is from how many digits on a number counts milliseconds and not seconds.
const msDigits = 12

// parseMark reads a moment as clients send it: milliseconds or seconds since 1970, or
// an HTTP date. Anything else is none.
func parseMark(text string) issuer.Mark {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseUint(text, 10, 63); err == nil && text[0] != '+' {
		if len(text) >= msDigits {
			return issuer.Mark{At: time.UnixMilli(int64(n)).UTC()}
		}
		return issuer.Mark{At: time.Unix(int64(n), 0).UTC(), Seconds: true}
	}
	if t, err := http.ParseTime(text); err == nil {
		return issuer.Mark{At: t.UTC(), Seconds: true}
	}
	return issuer.Mark{}
}

// milliseconds are at least 13 digits.
func milliseconds(t time.Time) string {
	text := strconv.FormatInt(max(0, t.UnixMilli()), 10)
	return strings.Repeat("0", max(0, 13-len(text))) + text
}
