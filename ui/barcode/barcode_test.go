package barcode_test

import (
	"bytes"
	"flag"
	"image/png"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/aztec"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"pocketpass/ui/barcode"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// long is a message of n characters without a pattern that would compress.
func long(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_"
	var b strings.Builder
	for i := range n {
		b.WriteByte(letters[(i*7+i*i)%len(letters)])
	}
	return b.String()
}

// read decodes a PNG of a code and returns what it carries.
func read(t *testing.T, reader gozxing.Reader, data []byte, hints map[gozxing.DecodeHintType]any) (string, error) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	res, err := reader.Decode(bits, hints)
	if err != nil {
		return "", err
	}
	return res.GetText(), nil
}

func TestReadBack(t *testing.T) {
	latin := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_CHARACTER_SET: "ISO-8859-1"}
	utf8 := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"}
	tests := []struct {
		name, format, message, encoding string
		reader                          gozxing.Reader
		hints                           map[gozxing.DecodeHintType]any
		want                            string
	}{
		{"digits", barcode.QR, "0123456789", "", qrcode.NewQRCodeReader(), nil, ""},
		{"capitals", barcode.QR, "C000417", "iso-8859-1", qrcode.NewQRCodeReader(), nil, ""},
		{"latin-1 stays one byte", barcode.QR, "Grüße, señor", "iso-8859-1", qrcode.NewQRCodeReader(), latin, ""},
		{"utf-8", barcode.QR, "Žižka 🎫", "utf-8", qrcode.NewQRCodeReader(), utf8, ""},
		{"640 characters", barcode.QR, long(640), "", qrcode.NewQRCodeReader(), nil, ""},
		{"the longest", barcode.QR, long(2331), "", qrcode.NewQRCodeReader(), nil, ""},
		{"text", barcode.Aztec, "M1DOE/JANE E7K2P9 BERMUCLH", "", aztec.NewAztecReader(), nil, ""},
		{"latin-1", barcode.Aztec, "Grüße", "iso-8859-1", aztec.NewAztecReader(), latin, ""},
		{"600 characters", barcode.Aztec, long(600), "", aztec.NewAztecReader(), nil, ""},
		{"mixed", barcode.Code128, "C000417-ab/9", "", oned.NewCode128Reader(), nil, ""},
		{"80 digits", barcode.Code128, strings.Repeat("4711", 20), "", oned.NewCode128Reader(), nil, ""},
		{"all signs", barcode.Code39, "AZ09-. $/+%", "", oned.NewCode39Reader(), nil, ""},
		{"between letters", barcode.Codabar, "A1234-$:/.+B", "", oned.NewCodaBarReader(), nil, "1234-$:/.+"},
		{"check digit added", barcode.EAN13, "400638133393", "", oned.NewEAN13Reader(), nil, "4006381333931"},
		{"check digit given", barcode.EAN13, "4006381333931", "", oned.NewEAN13Reader(), nil, ""},
		{"even digits", barcode.I2of5, "0123456789", "", oned.NewITFReader(), nil, ""},
	}
	for _, tt := range tests {
		t.Run(strings.TrimPrefix(tt.format, "PKBarcodeFormat")+"/"+tt.name, func(t *testing.T) {
			data, err := barcode.PNG(tt.format, tt.message, tt.encoding, barcode.Options{}, 4)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			if want == "" {
				want = tt.message
			}
			got, err := read(t, tt.reader, data, tt.hints)
			if err != nil || got != want {
				t.Errorf("read %q, %v; want %q", got, err, want)
			}
		})
	}
}
