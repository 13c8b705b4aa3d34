package pkpass

import (
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"pocketpass/signer/pkpass/charset"
)

var (
	barcodeIncomplete    = Finding{73, "barcode_member_missing", Refused, "", "Wallet refuses the pass", "give format, message and messageEncoding"}
	barcodeFormatUnknown = Finding{74, "barcode_format_unknown", Refused, "", "Wallet refuses the pass or shows no code", "use a format of Apple's list, like PKBarcodeFormatQR"}
	barcodeFormatNew     = Finding{74, "barcode_format_not_legacy", Refused, "", "older systems refuse the pass", "use QR, PDF417 or Aztec in barcode, and the others in barcodes only"}
	barcodeMessageEmpty  = Finding{75, "barcode_message_empty", Refused, "", "Wallet refuses the pass", "give the message that the scanner shall read"}
	barcodeEncoding      = Finding{75, "barcode_encoding_unknown", Refused, "", "Wallet refuses the pass", "name a character set of IANA, like iso-8859-1 or utf-8"}
	barcodeUnencodable   = Finding{75, "barcode_message_unencodable", Refused, "", "Wallet refuses the pass", "use utf-8 as messageEncoding, or other characters in the message"}
	barcodeUnfit         = Finding{76, "barcode_message_unfit", Warning, "", "the code is not shown or cannot be scanned", "change the message or the format"}
	barcodeFallback      = Finding{77, "barcode_fallback_missing", Warning, "", "watches and older systems show no code", "add an entry of format QR, PDF417 or Aztec after it"}
	barcodeLegacy        = Finding{78, "barcode_legacy_missing", Note, "", "some readers on Android and very old systems show no code", "give the QR, PDF417 or Aztec entry as barcode too"}
)

var (
	legacyFormats  = setOf(FormatQR, FormatPDF417, FormatAztec)
	barcodeFormats = setOf(FormatQR, FormatPDF417, FormatAztec, FormatCode128, FormatCode39, FormatCodabar, FormatEAN13, FormatI2of5)
)

func checkBarcodes(j *judge) {
	d := j.d
	legacy := -1 // index of the first entry that everyone can show
	for i := range d.Barcodes {
		b := &d.Barcodes[i]
		j.checkBarcode(b, top("barcodes").item(i))
		if legacy < 0 && legacyFormats[b.Format] {
			legacy = i
		}
	}
	if d.Barcode != nil {
		j.checkBarcode(d.Barcode, top("barcode"))
		if barcodeFormats[d.Barcode.Format] && !legacyFormats[d.Barcode.Format] {
			j.report(barcodeFormatNew, top("barcode").member("format"), d.Barcode.Format)
		}
	}
	if len(d.Barcodes) > 0 && legacy < 0 && barcodeFormats[d.Barcodes[0].Format] {
		j.report(barcodeFallback, top("barcodes").item(0))
	}
	if d.Barcode == nil && legacy >= 0 {
		j.report(barcodeLegacy, top("barcodes").item(legacy))
	}
}

func (j *judge) checkBarcode(b *Barcode, at *place) {
	switch {
	case b.Format == "":
		j.report(barcodeIncomplete, at.member("format"))
	case !barcodeFormats[b.Format]:
		j.report(barcodeFormatUnknown, at.member("format"), b.Format)
	}
	if b.MessageEncoding == "" {
		j.report(barcodeIncomplete, at.member("messageEncoding"))
	}
	if b.Message == "" {
		j.report(barcodeMessageEmpty, at.member("message"))
	}
	if b.MessageEncoding == "" || b.Message == "" {
		return
	}
	size, rule := encodedSize(b.Message, b.MessageEncoding)
	switch {
	case rule == barcodeEncoding:
		j.report(rule, at.member("messageEncoding"), b.MessageEncoding)
	case rule == barcodeUnencodable:
		j.report(rule, at.member("message"))
	case !fitsSymbology(b.Format, b.Message, size):
		j.report(barcodeUnfit, at.member("message"))
	}
}

// encodedSize returns the bytes that message has in the character set, or the
// rule that it breaks. A set that IANA lists and this program cannot convert
// is taken to have a byte for each character.
func encodedSize(message, set string) (int, Finding) {
	out, err := charset.Encode(message, set)
	switch {
	case errors.Is(err, charset.ErrUnknown):
		return 0, barcodeEncoding
	case errors.Is(err, charset.ErrUnencodable):
		return 0, barcodeUnencodable
	case err != nil:
		return utf8.RuneCountInString(message), Finding{}
	}
	return len(out), Finding{}
}

var (
	code39Form  = regexp.MustCompile(`^[0-9A-Z $%+./-]+$`)
	codabarForm = regexp.MustCompile(`^[A-D][0-9$:/.+-]+[A-D]$|^[0-9$:/.+-]+$`)
)

const (
	digits = "0123456789"
	alnum  = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+./:-"
)

// consistsOf says whether s has characters of set and no others.
func consistsOf(s, set string) bool { return s != "" && strings.Trim(s, set) == "" }

// capacity is what a symbology holds at its largest size with the least error
// correction, which is the most that Wallet could choose.
type capacity struct{ digits, text, bytes int }

var capacities = map[string]capacity{
	FormatQR:     {digits: 7089, text: 4296, bytes: 2953},
	FormatPDF417: {digits: 2710, text: 1850, bytes: 1108},
	FormatAztec:  {digits: 3832, text: 3067, bytes: 1914},
}

// fitsSymbology takes the size of the message in bytes.
func fitsSymbology(format, message string, size int) bool {
	switch format {
	case FormatCode128:
		return !strings.ContainsFunc(message, func(r rune) bool { return r > 127 })
	case FormatCode39:
		return code39Form.MatchString(message)
	case FormatCodabar:
		return codabarForm.MatchString(message)
	case FormatEAN13:
		return validEAN13(message)
	case FormatI2of5:
		return len(message)%2 == 0 && consistsOf(message, digits)
	default:
		c, ok := capacities[format]
		return !ok || size <= c.forContent(message)
	}
}

func (c capacity) forContent(message string) int {
	switch {
	case consistsOf(message, digits):
		return c.digits
	case consistsOf(message, alnum):
		return c.text
	default:
		return c.bytes
	}
}

// validEAN13 accepts twelve digits, to which Wallet adds the check digit, or
// thirteen of which the last is right.
func validEAN13(s string) bool {
	if len(s) != 12 && len(s) != 13 || !consistsOf(s, digits) {
		return false
	}
	sum := 0
	for i := range 12 {
		weight := 1 + 2*(i%2)
		sum += weight * int(s[i]-'0')
	}
	return len(s) == 12 || int(s[12]-'0') == (10-sum%10)%10
}
