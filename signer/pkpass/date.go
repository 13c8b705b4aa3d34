package pkpass

import (
	"fmt"
	"strings"
	"time"
)

// dateLayouts are what Wallet reads: seconds may be left out, the zone may not
// and has a colon in its offset. A fraction of a second is accepted with any
// layout that has seconds.
var dateLayouts = [...]string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00"}

// ParseDate reads a date of pass.json.
func ParseDate(s string) (time.Time, error) {
	t, ok := parseDate(s)
	if !ok {
		return t, fmt.Errorf("%.40q is not a date; write it like 2026-05-01T18:30:00+02:00", s)
	}
	return t, nil
}

// parseDate makes no error of the empty text, which most members that could be dates are.
func parseDate(s string) (time.Time, bool) {
	if s == "" || strings.Contains(s, ",") {
		return time.Time{}, false
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// looksLikeDate tells an attempt at a date from other text.
func looksLikeDate(s string) bool {
	if len(s) < len("2026-05-01") {
		return false
	}
	_, err := time.Parse(time.DateOnly, s[:len("2026-05-01")])
	return err == nil
}
