package passkit

import (
	"encoding/json"
	"slices"

	"pocketpass/signer/pkpass"
)

// barcodeDoc is a barcode as clients write and read it.
type barcodeDoc struct {
	Format    string `json:"format,omitempty"`
	Message   string `json:"message,omitempty"`
	Option    string `json:"messageOption,omitempty"`
	AltText   string `json:"altText,omitempty"`
	AltOption string `json:"altTextOption,omitempty"`
	Encoding  string `json:"messageEncoding,omitempty"`
}

var barcodeFormats = map[string]string{"qr": pkpass.FormatQR, "pdf417": pkpass.FormatPDF417, "aztec": pkpass.FormatAztec, "code128": pkpass.FormatCode128}

// maxBarcodes bounds the barcodes of a design.
const maxBarcodes = 10

func readBarcode(o object) (b barcodeDoc, err error) {
	for member, to := range map[string]*string{"format": &b.Format, "message": &b.Message, "messageOption": &b.Option,
		"altText": &b.AltText, "altTextOption": &b.AltOption, "messageEncoding": &b.Encoding} {
		if err := o.setText(member, to); err != nil {
			return b, err
		}
	}
	if b == (barcodeDoc{}) {
		return b, nil
	}
	if _, known := constant(barcodeFormats, "PKBarcodeFormat", b.Format); !known {
		return b, invalidField("barcode.format", "must be qr, pdf417, aztec or code128")
	}
	return b, nil
}

// readBarcodes reads both forms. Of two the list counts, unless only the single one says
// something new.
func (d *designDoc) readBarcodes(o object) error {
	all, given, err := o.objects("barcodes")
	if err != nil {
		return err
	}
	if len(all) > maxBarcodes {
		return invalidField("barcodes", "there may be up to %d", maxBarcodes)
	}
	var list []barcodeDoc
	for _, item := range all {
		b, err := readBarcode(item)
		if err != nil {
			return err
		}
		if b != (barcodeDoc{}) {
			list = append(list, b)
		}
	}
	before := d.Barcodes
	if given {
		d.Barcodes = list
	}
	if raw, has := o.get("barcode"); has {
		return d.readSingle(raw, before, given)
	}
	return nil
}

func (d *designDoc) readSingle(raw json.RawMessage, before []barcodeDoc, listed bool) error {
	o, err := readObject(raw, "barcode")
	if err != nil || o == nil {
		return err
	}
	b, err := readBarcode(o)
	if err != nil || b == (barcodeDoc{}) {
		return err
	}
	news := len(before) == 0 || before[0] != b
	if !listed || slices.Equal(d.Barcodes, before) && news {
		d.Barcodes = append([]barcodeDoc{b}, before[min(1, len(before)):]...)
	}
	return nil
}

// wallet is the barcode as pass.json has it, with placeholders.
func (b barcodeDoc) wallet() pkpass.Barcode {
	format, _ := constant(barcodeFormats, "PKBarcodeFormat", b.Format)
	encoding := b.Encoding
	if encoding == "" {
		encoding = "UTF-8"
	}
	return pkpass.Barcode{Format: format, Message: chosen(b.Option, b.Message), MessageEncoding: encoding, AltText: chosen(b.AltOption, b.AltText)}
}
