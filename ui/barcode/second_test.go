package barcode_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pocketpass/ui/barcode"
)

// TestSecondReader asks zbar, where it is installed, for what an independent
// reader in C makes of the same codes.
func TestSecondReader(t *testing.T) {
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not installed (Debian: zbar-tools)")
	}
	tests := []struct{ format, message, want string }{
		{barcode.QR, "C000417", ""},
		{barcode.QR, long(640), ""},
		{barcode.QR, long(2331), ""},
		{barcode.Code128, "C000417-ab/9", ""},
		{barcode.Code39, "AZ09-. $/+%", ""},
		{barcode.Codabar, "A1234-$:/.+B", ""},
		{barcode.EAN13, "4006381333931", ""},
		{barcode.I2of5, "0123456789", ""},
	}
	for _, tt := range tests {
		data, err := barcode.PNG(tt.format, tt.message, "", barcode.Options{}, 4)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "code.png")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := exec.Command(zbar, "--quiet", "--raw", "-Sdisable", "-S"+symbology[tt.format]+".enable", file).Output()
		if strings.TrimRight(string(got), "\n") != tt.message || err != nil {
			t.Errorf("%s %q: read %q, %v", tt.format, tt.message, got, err)
		}
	}
}

var symbology = map[string]string{
	barcode.QR: "qrcode", barcode.Code128: "code128", barcode.Code39: "code39",
	barcode.Codabar: "codabar", barcode.EAN13: "ean13", barcode.I2of5: "i25",
}

func TestRefused(t *testing.T) {
	tests := []struct{ name, format, message, encoding, want string }{
		{"unknown format", "PKBarcodeFormatData", "x", "", "PKBarcodeFormatAztec"},
		{"empty message", barcode.QR, "", "", "message is empty"},
		{"character outside the set", barcode.QR, "Žižka", "iso-8859-1", "utf-8"},
		{"unknown set", barcode.QR, "x", "klingon", "messageEncoding"},
		{"too long for any", barcode.QR, strings.Repeat("x", 1<<20), "", "shorten"},
		{"too long for QR", barcode.QR, long(2332), "", "2331"},
		{"too long for PDF417", barcode.PDF417, long(801), "", "800"},
		{"too long for Code 128", barcode.Code128, long(81), "", "80"},
		{"not ASCII", barcode.Code128, "Grüße", "", "ASCII"},
		{"lower case", barcode.Code39, "abc", "", "capital"},
		{"no start letter", barcode.Codabar, "1234", "", "A to D"},
		{"letters", barcode.EAN13, "40063813339x", "", "digits"},
		{"wrong check digit", barcode.EAN13, "4006381333930", "", "EAN-13"},
		{"odd digits", barcode.I2of5, "123", "", "even"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := barcode.SVG(tt.format, tt.message, tt.encoding, barcode.Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v; want one with %q", err, tt.want)
			}
		})
	}
}

func TestGolden(t *testing.T) {
	messages := map[string]string{
		barcode.QR: "C000417", barcode.PDF417: "M1DOE/JANE E7K2P9 BERMUC", barcode.Aztec: "C000417",
		barcode.Code128: "C000417", barcode.Code39: "C000417", barcode.Codabar: "A0417B",
		barcode.EAN13: "4006381333931", barcode.I2of5: "000417",
	}
	for _, format := range barcode.Formats() {
		t.Run(format, func(t *testing.T) {
			got, err := barcode.SVG(format, messages[format], "", barcode.Options{})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimPrefix(format, "PKBarcodeFormat")+".svg", got)
			wellFormed(t, got)
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s differs (%v); run with -update and read the diff", file, err)
	}
}

func wellFormed(t *testing.T, svg []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestOptions(t *testing.T) {
	tests := []struct {
		name, format string
		opts         barcode.Options
		want         string
	}{
		{"QR has four modules around it", barcode.QR, barcode.Options{}, `viewBox="0 0 29 29"`},
		{"no margin", barcode.QR, barcode.Options{Quiet: -1}, `viewBox="0 0 21 21"`},
		{"own margin", barcode.QR, barcode.Options{Quiet: 1}, `viewBox="0 0 23 23"`},
		{"bars as high as asked", barcode.EAN13, barcode.Options{Quiet: -1, Height: 20}, `viewBox="0 0 95 20"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := barcode.SVG(tt.format, "400638133393", "", tt.opts)
			if err != nil || !bytes.Contains(got, []byte(tt.want)) {
				t.Errorf("%s, %v; want %s", got[:min(len(got), 160)], err, tt.want)
			}
		})
	}
}
