package pkpass_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pocketpass/signer/pkpass"
)

// TestRewriteVisitsEveryText compares what is visited with every string of the
// JSON of a document that has a mark in each text.
func TestRewriteVisitsEveryText(t *testing.T) {
	d := mustParse(t, `{"organizationName": "~", "description": "~", "logoText": "~", "passTypeIdentifier": "pass.x", "userInfo": {"a": ["~", {"b": "~"}], "n": 1.50},
		"expirationDate": "~", "backgroundColor": "~", "sellURL": "~", "futureKey": {"deep": "~"},
		"barcodes": [{"format": "PKBarcodeFormatQR", "message": "~", "altText": "~", "messageEncoding": "iso-8859-1"}],
		"locations": [{"latitude": 1, "longitude": 2, "relevantText": "~"}], "beacons": [{"proximityUUID": "u", "relevantText": "~"}],
		"semantics": {"eventName": "~", "performerNames": ["~", "~"], "airlineCode": "~", "seats": [{"seatRow": "~"}], "totalPrice": {"amount": "~", "currencyCode": "EUR"}},
		"storeCard": {"primaryFields": [{"key": "k", "label": "~", "value": "~", "attributedValue": "~", "changeMessage": "~", "dateStyle": "PKDateStyleShort"},
			{"key": "n", "value": 7}]}}`)
	var seen []string
	d.Rewrite(func(s pkpass.Slot) pkpass.Value {
		seen = append(seen, s.Path())
		if s.Field != nil && s.Text == "~" {
			return pkpass.Number("42")
		}
		return pkpass.Text(strings.ReplaceAll(s.Text, "~", "done"))
	})
	out := string(encode(t, d))
	if strings.Contains(out, "~") {
		t.Errorf("a text was not visited: %s", out)
	}
	for _, want := range []string{`"value":42`, `"attributedValue":"done"`, `"n":1.50`, `"format":"PKBarcodeFormatQR"`, `"futureKey":{"deep":"done"}`} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is not in %s", want, out)
		}
	}
	for _, want := range []string{"pass.json#/storeCard/primaryFields/0/value", "pass.json#/userInfo/a/1/b", "pass.json#/barcodes/0/message", "pass.json#/futureKey/deep"} {
		if !strings.Contains(fmt.Sprint(seen), want) {
			t.Errorf("%s is not in %v", want, seen)
		}
	}
}

// TestRewriteChangesNothingByItself leaves real documents as they are.
func TestRewriteChangesNothingByItself(t *testing.T) {
	files, err := filepath.Glob("testdata/clean/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no documents", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d, err := pkpass.ParseDocument(raw)
		if err != nil {
			t.Fatal(file, err)
		}
		before := string(encode(t, d))
		d.Rewrite(func(s pkpass.Slot) pkpass.Value { return pkpass.Text(s.Text) })
		if after := string(encode(t, d)); after != before {
			t.Errorf("%s changed", file)
		}
	}
}
