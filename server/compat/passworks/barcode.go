package passworks

import (
	"cmp"
	"encoding/json"
	"strings"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/charset"
)

// The formats of barcodes.
const (
	formatNone = "none"
	formatQR   = "qrcode"
)

// formats are the service's words for Wallet's formats.
var formats = map[string]string{
	formatQR: pkpass.FormatQR, "pdf417": pkpass.FormatPDF417, "aztec": pkpass.FormatAztec, "ean128": pkpass.FormatCode128,
}

// What stands under a barcode.
const (
	altMirror = "mirror" // its message
	altCustom = "custom" // a text of its own
	altNone   = "none"
)

// barcode is that of a campaign or a pass. An empty message means the pass's code.
type barcode struct {
	Format  string `json:"format"`
	Message string `json:"message"`
	AltText string `json:"alt_text"`
	AltType string `json:"alt_text_type"`
}

var noBarcode = barcode{Format: formatNone, AltType: altMirror}

// read lays the members of a request over b. A string is a format alone.
func (b *barcode) read(in *input) {
	if b.Format == formatNone {
		b.Format = formatQR // unless the request says otherwise
	}
	var alt *string
	in.choice("format", &b.Format, formatQR, "pdf417", "aztec", "ean128", formatNone)
	in.word("message", &b.Message)
	in.choice("alt_text_type", &b.AltType, altMirror, altCustom, altNone)
	in.text("alt_text", &alt)
	if alt != nil && *alt != b.Message && *alt != "" {
		b.AltText, b.AltType = *alt, altCustom
	} else if alt != nil {
		b.AltText = ""
		if b.AltType == altCustom {
			b.AltType = altMirror
		}
	}
	if b.AltType != altCustom {
		b.AltText = ""
	}
}

// readBarcode reads the member barcode over what was there, if it is given.
func readBarcode(in *input, b *barcode) (given bool) {
	raw, ok := in.given("barcode")
	if !ok || isNull(raw) {
		return false
	}
	o, isObject := objectOf(raw)
	if text, ok := textOf(raw); ok {
		o, isObject = object{"format": quoted(text)}, true
	}
	if !isObject {
		in.wrong("barcode", "must be an object")
		return false
	}
	item := input{object: o, at: "barcode"}
	b.read(&item)
	if in.err == nil {
		in.err = item.err
	}
	return in.err == nil
}

// readBarcodes reads the member barcodes, if it is given.
func readBarcodes(in *input) (all []barcode, given bool) {
	given = in.objects("barcodes", maxPlaces, func(item *input) {
		b := noBarcode
		b.read(item)
		all = append(all, b)
	})
	return all, given
}

// shown is a barcode of a campaign: without texts that passes decide.
func (b barcode) shown() barcode {
	if b.Message != "" && b.AltType == altMirror {
		b.AltText = b.Message
	}
	return b
}

// resolved is the barcode of a pass whose code is text.
func (b barcode) resolved(text string) barcode {
	if b.Format == formatNone {
		return barcode{Format: formatNone, AltType: b.AltType}
	}
	b.Message = cmp.Or(b.Message, text)
	if b.AltType == altMirror {
		b.AltText = b.Message
	}
	return b
}

// apple is a barcode as pass.json has it. code stands under one without a message.
func (b barcode) apple(code, encoding string) pkpass.Barcode {
	out := pkpass.Barcode{Format: formats[b.Format], Message: escaped(b.Message), MessageEncoding: encoding}
	if _, err := charset.Encode(b.Message, latin1); err != nil {
		out.MessageEncoding = "utf-8"
	}
	switch {
	case b.AltType == altCustom:
		out.AltText = escaped(b.AltText)
	case b.AltType == altMirror && b.Message != "":
		out.AltText = out.Message
	case b.AltType == altMirror:
		out.AltText = code
	}
	return out
}

const latin1 = "iso-8859-1"

// apples are barcodes as pass.json has them, without those of no format.
func apples(all []barcode, code, encoding string) []pkpass.Barcode {
	out := []pkpass.Barcode{}
	for _, b := range all {
		if b.Format != formatNone {
			out = append(out, b.apple(code, encoding))
		}
	}
	return out
}

// barcodeOf reads a barcode of a pass's own.
func barcodeOf(a pkpass.Barcode) barcode {
	b := barcode{Message: unescaped(a.Message), AltText: unescaped(a.AltText), AltType: altCustom}
	for name, apple := range formats {
		if apple == a.Format {
			b.Format = name
		}
	}
	switch {
	case a.AltText == "":
		b.AltType = altNone
	case a.AltText == a.Message || a.AltText == placeCode:
		b.AltText, b.AltType = "", altMirror
	}
	return b
}

// placeCode is the engine's placeholder for the code of a pass.
const placeCode = "{{code}}"

// quotedBraces is how the engine writes a text that would begin one.
const quotedBraces = "{{'{{'}}"

// escaped keeps what a client wrote from being taken for a placeholder.
func escaped(s string) string { return strings.ReplaceAll(s, "{{", quotedBraces) }

// unescaped is what was escaped.
func unescaped(s string) string { return strings.ReplaceAll(s, quotedBraces, "{{") }

// quoted is a JSON string.
func quoted(s string) json.RawMessage {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return raw
}
