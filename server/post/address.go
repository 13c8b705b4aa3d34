package post

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// Longest parts of an e-mail address in bytes (RFC 5321, section 4.5.3.1; a path's
// 256 include its brackets).
const (
	maxAddress = 254
	maxLocal   = 64
)

// Address reads one e-mail address without a name and returns it as it goes over
// the wire, its domain in ASCII. Anything else, a list too, is a Permanent *Error.
func Address(text string) (string, error) {
	text = strings.TrimSpace(text)
	parsed, err := mail.ParseAddress(text)
	at := strings.LastIndexByte(text, '@')
	if err != nil || parsed.Name != "" || parsed.Address != text || at < 1 {
		return "", notAnAddress
	}
	domain, err := idna.Lookup.ToASCII(text[at+1:])
	if err != nil || at > maxLocal || at+1+len(domain) > maxAddress {
		return "", notAnAddress
	}
	return text[:at+1] + domain, nil
}

var notAnAddress = permanent("", "this is not one e-mail address", "write one like name@example.com")

var (
	// "(0)" is dialled within a country only. The two signs of direction come along where
	// a number is copied from an address book.
	phoneBlanks = strings.NewReplacer("(0)", "", " ", "", "\u00a0", "", "-", "", ".", "", "/", "", "(", "", ")", "", "\u202a", "", "\u202c", "")
	goodPhone   = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// Phone reads a telephone number with its country's code and returns it as E.164
// has it: "+", 7 to 15 digits. Anything else is a Permanent *Error.
func Phone(text string) (string, error) {
	number := phoneBlanks.Replace(text)
	if !goodPhone.MatchString(number) {
		return "", permanent("", "this is not a telephone number with its country's code", "write it like +49 171 1234567")
	}
	return number, nil
}

// oneLine makes text fit for a header: whatever could end the line is a blank.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	return strings.TrimSpace(text)
}

// token says whether text may stand in a header as it is: visible ASCII alone.
func token(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
