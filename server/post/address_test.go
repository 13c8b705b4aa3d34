package post_test

import (
	"errors"
	"strings"
	"testing"

	"pocketpass/server/post"
)

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"anna@example.com":               "anna@example.com",
		"  anna@example.com ":            "anna@example.com",
		"anna.b+tag@mail.example.com":    "anna.b+tag@mail.example.com",
		"o'neil@example.com":             "o'neil@example.com",
		"anna@bücher.example":            "anna@xn--bcher-kva.example",
		"ännä@example.com":               "ännä@example.com",
		strings.Repeat("a", 64) + "@b.c": strings.Repeat("a", 64) + "@b.c",
	} {
		if got, err := post.Address(text); got != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "anna", "@example.com", "anna@", "Anna <anna@example.com>", "<anna@example.com>", "a@example.com, b@example.com",
		"a@example.com;b@example.com", "a@b@example.com", "anna@example.com\r\nBcc: x@example.com", "anna@exam ple.com", "anna@[127.0.0.1]",
		`"a b"@example.com`, "anna@example.com (Anna)", "anna@-.example", "anna@example..com", ".anna@example.com", "anna\x00@example.com",
		strings.Repeat("a", 65) + "@b.c", "a@" + strings.Repeat("b.", 130) + "c",
	} {
		got, err := post.Address(text)
		if e, ok := errors.AsType[*post.Error](err); !ok || e.Kind != post.Permanent {
			t.Errorf("%q is taken as %q, %v", text, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "anna") {
			t.Errorf("%q: the error %q repeats it", text, err)
		}
	}
}

func TestPhone(t *testing.T) {
	for text, want := range map[string]string{
		"+49 171 1234567": "+491711234567", "+1 (555) 867-5309": "+15558675309", "+41.79.123.45.67": "+41791234567", "+123456789012345": "+123456789012345",
		"+49 (0)30 123456": "+4930123456", "+49(0) 30/123456": "+4930123456", "\u202a+49 30 123456\u202c": "+4930123456",
	} {
		if got, err := post.Phone(text); got != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "+", "0171 1234567", "(0)171 1234567", "0049 171 1234567", "+0 171 1234567", "+123456", "+1234567890123456", "+49171x234567", "+49 171\n1234567", "+٤٩١٧١١٢٣٤٥٦٧"} {
		_, err := post.Phone(text)
		if e, ok := errors.AsType[*post.Error](err); !ok || e.Kind != post.Permanent || !strings.Contains(err.Error(), "telephone number") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
