package issuer

import (
	"encoding/json"
	"slices"
	"strings"

	"pocketpass/signer/pkpass"
)

// Of the texts in a pass's own barcodes, tills find so many, up to so many bytes.
const (
	maxScans = 10
	maxScan  = 1024
)

// scansOf lists what the barcodes of a pass's own document say, for tills to find the
// pass by. A text that cannot be an index is left out, and found by nobody.
func scansOf(document json.RawMessage) []string {
	if len(document) == 0 {
		return nil
	}
	doc, err := pkpass.ParseDocument(document)
	if err != nil {
		return nil // refused elsewhere, with the reason
	}
	if doc.Barcode != nil {
		doc.Barcodes = append(doc.Barcodes, *doc.Barcode)
	}
	var out []string
	for _, b := range doc.Barcodes {
		good := b.Message != "" && len(b.Message) <= maxScan && !strings.ContainsRune(b.Message, 0)
		if good && len(out) < maxScans && !slices.Contains(out, b.Message) {
			out = append(out, b.Message)
		}
	}
	return out
}
