package walletkit

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/charset"
)

// formatText is a code that Wallet does not know: it becomes a field on the back.
const formatText = "PKBarcodeFormatText"

var (
	barcodeSchema  = newSchema("format", "message", "messageEncoding", "alttext")
	barcodeFormats = []string{pkpass.FormatQR, pkpass.FormatPDF417, pkpass.FormatAztec, pkpass.FormatCode128, formatText}
)

// barcode is that of a template.
type barcode struct {
	format, message, encoding, alt string

	ready bool // its texts are the engine's, whose placeholders are to stay
}

func readBarcode(raw json.RawMessage) (b *barcode, kept json.RawMessage, err error) {
	o, _, err := barcodeSchema.read(raw, "barcode")
	if err != nil {
		return nil, nil, err
	}
	b = new(barcode)
	for name, to := range map[string]*string{"format": &b.format, "message": &b.message, "messageEncoding": &b.encoding, "alttext": &b.alt} {
		if *to, err = o.text(name, "barcode."+name); err != nil {
			return nil, nil, err
		}
	}
	return b, barcodeSchema.write(o, ""), b.check()
}

func (b *barcode) check() error {
	switch {
	case b.format == "":
		return refuse(codeInvalidBarcode, "barcode.format", "format is required for barcode")
	case !slices.Contains(barcodeFormats, b.format):
		return refuse(codeInvalidBarcode, "barcode.format", "barcode.format is unknown: %s", b.format)
	case b.message == "":
		return refuse(codeInvalidBarcode, "barcode.message", "message is required for barcode")
	case b.encoding == "":
		return refuse(codeInvalidBarcode, "barcode.messageEncoding", "messageEncoding is required for barcode")
	}
	if !knownEncoding(b.encoding) {
		return refuse(codeInvalidBarcode, "barcode.messageEncoding", "barcode.messageEncoding is unknown: %s", b.encoding)
	}
	return nil
}

// with is the code of a pass that has texts of its own.
func (b barcode) with(message, alt string) barcode {
	if b.ready {
		message, alt = escaped(message), escaped(alt)
	}
	b.message, b.alt = cmp.Or(message, b.message), cmp.Or(alt, b.alt)
	return b
}

// write adds the code to a document. Only those that iOS 8 knew may stand in the key barcode.
func (b barcode) write(document map[string]any) {
	code := pkpass.Barcode{Format: b.format, Message: b.message, MessageEncoding: b.expressible(), AltText: b.alt}
	if !b.ready {
		code.Message, code.AltText = escaped(b.message), escaped(b.alt)
	}
	document["barcodes"] = []pkpass.Barcode{code}
	if b.format != pkpass.FormatCode128 {
		document["barcode"] = code
	}
}

// backField is what stands for a code that Wallet does not know.
func (b barcode) backField(key string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"key":%s,"label":"Code","value":%s}`, quoted(key), quoted(escaped(b.backText()))))
}

func (b barcode) backText() string { return cmp.Or(b.alt, b.message) }

// expressible is an encoding that has all characters of the message.
func (b barcode) expressible() string {
	if _, err := charset.Encode(b.message, b.encoding); err == nil {
		return b.encoding
	}
	return "utf-8"
}

// knownEncoding says whether IANA lists the name.
func knownEncoding(name string) bool {
	_, err := charset.Encode("", name)
	return !errors.Is(err, charset.ErrUnknown)
}
