package signer_test

import (
	"archive/zip"
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"image"
	"image/jpeg"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pocketpass/signer"
)

// brokenFile is a good pass with one mistake, and the codes that lint names for
// it, the worst first, without notes. There is more than one code only where one
// mistake is several at once.
type brokenFile struct {
	name  string
	codes string
	build func(t testing.TB) []byte
}

// brokenFiles is every broken file.
func brokenFiles() []brokenFile {
	return slices.Concat(brokenArchives, brokenImages, brokenSignatures, brokenCertificates, brokenDocuments(), brokenTexts, brokenBundles)
}

// card is a stamp card that spoil breaks.
func card(spoil func(*parcel)) func(testing.TB) []byte { return pass("storeCard", spoil) }

func pass(style string, spoil func(*parcel)) func(testing.TB) []byte {
	return func(t testing.TB) []byte {
		p := newParcel(t, style)
		spoil(p)
		return p.pack()
	}
}

func bytesOf(data string) func(testing.TB) []byte {
	return func(testing.TB) []byte { return []byte(data) }
}

var brokenArchives = []brokenFile{
	{"empty.pkpass", "archive_unreadable", bytesOf("")},
	{"web-page.pkpass", "archive_unreadable", bytesOf("<!DOCTYPE html><title>Sign in</title>")},
	{"truncated.pkpass", "archive_unreadable", func(t testing.TB) []byte {
		whole := newParcel(t, "storeCard").pack()
		return whole[:len(whole)*2/3]
	}},
	{"zip-bomb.pkpass", "archive_over_limits", card(func(p *parcel) {
		p.unlisted = append(p.unlisted, packed{"zeros", make([]byte, 8<<20)})
	})},
	{"many-entries.pkpass", "archive_over_limits", card(func(p *parcel) {
		for n := range 200 {
			p.unlisted = append(p.unlisted, packed{fmt.Sprint(n), nil})
		}
	})},
	{"without-pass-json.pkpass", "file_missing", card(func(p *parcel) { p.without = "pass.json" })},
	{"without-manifest.pkpass", "file_missing", card(func(p *parcel) { p.without = "manifest.json" })},
	{"without-signature.pkpass", "file_missing", card(func(p *parcel) { p.without = "signature" })},
	{"wrapping-folder.pkpass", "wrapping_folder", card(func(p *parcel) { p.folder = "Stamp card/" })},
	{"parent-path.pkpass", "path_parent", card(func(p *parcel) {
		p.unlisted = append(p.unlisted, packed{"../../etc/passwd", []byte("root")})
	})},
	{"backslash.pkpass", "path_backslash listed_file_missing", card(func(p *parcel) {
		p.entry = func(h *zip.FileHeader) { h.Name = strings.Replace(h.Name, "de.lproj/", `de.lproj\`, 1) }
	})},
	{"leftovers-of-finder.pkpass", "junk_file", card(func(p *parcel) {
		p.unlisted = append(p.unlisted, packed{".DS_Store", []byte("Bud1")}, packed{"__MACOSX/._pass.json", []byte("Mac")})
	})},
	{"unlisted-file.pkpass", "unlisted_file", card(func(p *parcel) {
		p.unlisted = append(p.unlisted, packed{"readme.txt", []byte("hello")})
	})},
	{"listed-but-missing.pkpass", "listed_file_missing", card(func(p *parcel) { p.without = "strip@3x.png" })},
	{"changed-after-signing.pkpass", "hash_mismatch", card(func(p *parcel) {
		p.changed["pass.json"] = []byte(strings.Replace(p.document, `"value": 3`, `"value": 9`, 1))
	})},
	{"hash-in-capitals.pkpass", "hash_malformed", card(func(p *parcel) {
		p.manifest = func(m string) string {
			return regexp.MustCompile(`[0-9a-f]{40}`).ReplaceAllStringFunc(m, strings.ToUpper)
		}
	})},
	{"duplicate-entry.pkpass", "duplicate_entry", card(func(p *parcel) {
		p.unlisted = append(p.unlisted, packed{"pass.json", []byte("{}")})
	})},
	{"names-differ-in-case.pkpass", "case_clash", card(func(p *parcel) { p.files["Pass.json"] = []byte("{}") })},
	{"manifest-trailing-comma.pkpass", "manifest_malformed", card(func(p *parcel) {
		p.manifest = func(m string) string { return strings.TrimSuffix(m, "}") + ",}" }
	})},
	{"manifest-array.pkpass", "manifest_malformed", card(func(p *parcel) {
		p.manifest = func(m string) string { return "[" + m + "]" }
	})},
	{"manifest-lists-itself.pkpass", "manifest_lists_itself", card(func(p *parcel) {
		p.manifest = func(m string) string {
			return strings.TrimSuffix(m, "}") + `,"manifest.json":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}`
		}
	})},
	{"password.pkpass", "entry_encrypted", card(func(p *parcel) {
		p.entry = func(h *zip.FileHeader) { h.Flags |= 1 }
	})},
	{"damaged.pkpass", "entry_damaged", func(t testing.TB) []byte {
		p := newParcel(t, "storeCard")
		p.entry = func(h *zip.FileHeader) { h.Method = zip.Store }
		return bytes.Replace(p.pack(), []byte("Example Bakery"), []byte("Exbmple Bakery"), 1)
	}},
	{"symlink.pkpass", "symlink_entry", card(func(p *parcel) {
		p.entry = func(h *zip.FileHeader) {
			if h.Name == "strip@2x.png" {
				h.SetMode(0o777 | 1<<27) // fs.ModeSymlink
			}
		}
	})},
}

var brokenImages = []brokenFile{
	{"without-icon.pkpass", "icon_missing", card(func(p *parcel) {
		for n := range p.files {
			if strings.HasPrefix(n, "icon") {
				delete(p.files, n)
			}
		}
	})},
	{"jpeg-named-png.pkpass", "image_not_png", card(func(p *parcel) {
		var out bytes.Buffer
		if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, 76, 76)), nil); err != nil {
			p.t.Fatal(err)
		}
		p.files["icon@2x.png"] = out.Bytes()
	})},
	{"image-size.pkpass", "image_size", card(func(p *parcel) {
		p.addImage("strip@2x.png", 600, 288)
		delete(p.files, "strip@3x.png")
	})},
	{"image-proportion.pkpass", "image_proportion", card(func(p *parcel) { p.addImage("strip@2x.png", 750, 246) })},
	{"image-scale-suffix.pkpass", "image_unknown", card(func(p *parcel) { p.addImage("logo@1x.png", 160, 50) })},
	{"strip-and-background.pkpass", "strip_with_background", pass("eventTicket", func(p *parcel) { p.addImage("strip@2x.png", 750, 196) })},
}

var brokenSignatures = []brokenFile{
	{"signature-empty.pkpass", "signature_malformed", card(func(p *parcel) { p.sign = func([]byte) []byte { return []byte(" ") } })},
	{"signature-pem.pkpass", "signature_not_der", card(func(p *parcel) {
		p.sign = func(m []byte) []byte {
			return pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: sign(p.t, p.id, m, now)})
		}
	})},
	{"signature-attached.pkpass", "signature_not_detached", card(func(p *parcel) { p.message(func(m *message) { m.attached = true }) })},
	{"signature-of-another-manifest.pkpass", "digest_mismatch", card(func(p *parcel) {
		p.sign = func(m []byte) []byte { return sign(p.t, p.id, append(bytes.Clone(m), '\n'), now) }
	})},
	{"signature-changed.pkpass", "signature_invalid", card(func(p *parcel) { p.message(func(m *message) { m.damage = true }) })},
	{"signing-time-missing.pkpass", "signing_time_missing", card(func(p *parcel) { p.message(func(m *message) { m.drop(signingTimeID) }) })},
	{"attributes-out-of-order.pkpass", "attribute_order", card(func(p *parcel) { p.message(func(m *message) { slices.Reverse(m.attributes) }) })},
	{"without-certificates.pkpass", "certificate_missing", card(func(p *parcel) { p.message(func(m *message) { m.certificates = []byte{} }) })},
	{"intermediate-missing.pkpass", "intermediate_missing", card(func(p *parcel) { p.message(func(m *message) { m.certificates = m.leaf.Raw }) })},
	{"intermediate-wrong.pkpass", "intermediate_wrong", card(func(p *parcel) {
		p.message(func(m *message) { m.intermediate = p.w.authority.Root })
	})},
}

var brokenCertificates = []brokenFile{
	{"developer-certificate.pkpass", "not_a_pass_certificate", card(func(p *parcel) {
		leaf, ca := relative(p.t, p.w, &x509.Certificate{Subject: pkix.Name{CommonName: "iPhone Distribution: Example"}})
		p.message(func(m *message) { m.leaf, m.intermediate = leaf, ca })
	})},
	{"self-made-authority.pkpass", "issuer_unknown", card(func(p *parcel) {
		leaf, ca := chainWithAddress(p.t, p.w.key, p.w.otherKey, "http://example.com")
		p.message(func(m *message) { m.leaf, m.intermediate = leaf, ca })
	})},
	{"extension-of-another-pass-type.pkpass", "pass_type_extension_mismatch", card(func(p *parcel) {
		template := passTemplate(passType)
		template.ExtraExtensions = []pkix.Extension{passExtension("pass.com.example.tea"), pushExtension}
		leaf, ca := relative(p.t, p.w, template)
		p.message(func(m *message) { m.leaf, m.intermediate = leaf, ca })
	})},
	{"without-push.pkpass", "push_extension_missing", card(func(p *parcel) {
		leaf, ca := relative(p.t, p.w, passTemplate(passType))
		p.message(func(m *message) { m.leaf, m.intermediate = leaf, ca })
	})},
	{"signed-after-the-end.pkpass", "signing_time_outside", card(func(p *parcel) {
		leaf := p.w.issue(p.t, func(o *signer.Order) { o.NotAfter = now.AddDate(0, -1, 0) })
		p.message(func(m *message) { m.leaf = leaf })
	})},
	{"another-pass-type.pkpass", "pass_type_mismatch", card(func(p *parcel) { p.edit(passType, "pass.com.example.tea") })},
	{"another-team.pkpass", "team_mismatch", card(func(p *parcel) { p.edit(team, "ZZZZZZZZZZ") })},
	{"nfc-without-right.pkpass", "nfc_not_certified", pass("eventTicket", func(p *parcel) { p.id = p.w.id })},
}

// brokenDocuments are edits of a clean pass.json.
func brokenDocuments() []brokenFile {
	var out []brokenFile
	for _, e := range documentEdits {
		out = append(out, brokenFile{e.name + ".pkpass", e.codes, pass(e.style, func(p *parcel) { p.edit(e.old, e.new) })})
	}
	return out
}

var documentEdits = []struct{ name, codes, style, old, new string }{
	{"byte-order-mark", "json_bom", "storeCard", "{", "\ufeff{"},
	{"json-trailing-comma", "json_trailing_comma", "storeCard", `"nothing": null }`, `"nothing": null, }`},
	{"json-comment", "json_comment", "storeCard", `"userInfo"`, "// for the app\n\"userInfo\""},
	{"json-cut-off", "json_invalid", "bus", `"relevantDate": "2026-05-01T18:30Z"
}`, `"relevantDate"`},
	{"latin-1", "json_not_utf8", "storeCard", "Bakery", "B\xe4ckerei"},
	{"key-twice", "json_duplicate_key", "storeCard", `"logoText":`, `"logoText": "Bakery", "logoText":`},
	{"format-version-in-quotes", "format_version_wrong", "storeCard", `"formatVersion": 1`, `"formatVersion": "1"`},
	{"number-as-serial-number", "identity_missing", "storeCard", `"c-000417"`, `417`},
	{"without-description", "identity_missing", "storeCard", `"description": "Bakery stamp card",`, ``},
	{"null", "null_value", "storeCard", `"logoText": "Example Bakery"`, `"logoText": null`},
	{"two-styles", "style_ambiguous", "storeCard", `"storeCard": {`, `"coupon": {}, "storeCard": {`},
	{"without-style", "style_missing key_misspelt", "coupon", `"coupon":`, `"Coupon":`},
	{"without-transit-type", "transit_type_missing", "bus", `"transitType": "PKTransitTypeBus",`, ``},
	{"boolean-as-value", "type_wrong", "storeCard", `"value": "Gold"`, `"value": true`},
	{"voided-in-quotes", "type_wrong_ignored", "storeCard", `"formatVersion": 1,`, `"formatVersion": 1, "voided": "false",`},
	{"reserved-team", "team_mismatch identifier_reserved", "storeCard", team, "com.apple.wallet"},
	{"serial-number-with-slash", "serial_number_unsafe", "storeCard", "c-000417", "c/000417"},
	{"service-over-http", "web_service_url_insecure", "storeCard", "https://wallet", "http://wallet"},
	{"service-without-token", "web_service_incomplete", "storeCard", `"authenticationToken": "Zk3v9Qm1Tt0aBr7LxW2e",`, ``},
	{"token-short", "token_short", "storeCard", "Zk3v9Qm1Tt0aBr7LxW2e", "Zk3v9Qm1Tt0aBr7"},
	{"colour", "color_invalid", "storeCard", "rgb(96, 56, 19)", "brown"},
	{"date-without-zone", "date_invalid", "storeCard", "2027-12-31T23:59:00+01:00", "2027-12-31T23:59:00"},
	{"field-without-key", "field_key_missing", "storeCard", `"key": "level", `, ``},
	{"field-without-value", "field_value_missing", "storeCard", `, "value": "Gold"`, ``},
	{"field-key-twice", "field_key_duplicate", "storeCard", `"key": "level"`, `"key": "stamps"`},
	{"date-style-on-text", "date_format_misplaced", "storeCard", `"2026-03-01T00:00:00+01:00"`, `"last spring"`},
	{"number-style-on-text", "number_format_misplaced", "storeCard", `"value": 3`, `"value": "3"`},
	{"currency", "currency_code_unknown", "storeCard", `"currencyCode": "EUR", "sem`, `"currencyCode": "Euro", "sem`},
	{"change-message-without-value", "change_message_placeholder", "storeCard", "You now have %@ stamps", "You have more stamps"},
	{"bold-text", "attributed_value_markup", "storeCard", `<a href=\"mailto:hello@example.org\">Write</a>`, `<b>Write</b>`},
	{"barcodes-object", "barcodes_not_array", "coupon", `"barcodes": [{ "format": "PKBarcodeFormatAztec", "message": "Kaffee für 0 €", "messageEncoding": "utf-8" }]`, `"barcodes": {}`},
	{"barcode-format", "barcode_format_unknown", "storeCard", "PKBarcodeFormatCode128", "CODE_128"},
	{"code-128-in-barcode", "barcode_format_not_legacy", "storeCard", `"barcode": { "format": "PKBarcodeFormatQR"`, `"barcode": { "format": "PKBarcodeFormatCode128"`},
	{"barcode-not-encodable", "barcode_message_unencodable", "coupon", "utf-8", "iso-8859-1"},
	{"ean-check-digit", "barcode_message_unfit", "storeCard", `"PKBarcodeFormatCode128", "message": "C000417"`, `"PKBarcodeFormatEAN13", "message": "4006381333932"`},
	{"eleven-locations", "locations_surplus", "storeCard", `"locations": [`, `"locations": [` + strings.Repeat(`{"latitude": 52, "longitude": 13},`, 10)},
	{"latitude", "location_invalid", "storeCard", "52.52", "152.52"},
	{"beacon", "beacon_invalid", "coupon", "0F2C6A5B-91D4", "0F2C6A5B91D4"},
	{"nfc-key", "nfc_key_invalid", "eventTicket", "MDkwEwYHKoZIzj0CAQ", "MDkwEwYHKoZIzj0CAA"},
	{"poster-without-room", "poster_requirement_missing", "eventTicket", `"venueRoom": "Main hall",`, ``},
	{"flight-number-in-quotes", "semantic_type_wrong", "boardingPass", `"flightNumber": 123`, `"flightNumber": "123"`},
}

var brokenTexts = []brokenFile{
	{"strings-malformed.pkpass", "strings_malformed", card(func(p *parcel) { p.files["de.lproj/pass.strings"] = strings16(`"LEVEL" = "Stufe"`) })},
	{"strings-without-mark.pkpass", "strings_without_bom", card(func(p *parcel) { p.files["de.lproj/pass.strings"] = []byte(`"LEVEL" = "Stufe";`) })},
	{"strings-key-missing.pkpass", "strings_keys_differ", card(func(p *parcel) {
		p.files["en.lproj/pass.strings"] = strings16(`"LEVEL" = "Level"; "Gold" = "Gold";`)
	})},
	{"language-folder.pkpass", "language_folder_invalid", card(func(p *parcel) {
		p.files["deutsch spezial.lproj/pass.strings"] = p.files["de.lproj/pass.strings"]
	})},
	{"strings-misspelt.pkpass", "strings_misplaced", card(func(p *parcel) {
		p.files["de.lproj/Pass.strings"] = p.files["de.lproj/pass.strings"]
		delete(p.files, "de.lproj/pass.strings")
	})},
	{"image-at-root-and-in-folder.pkpass", "image_twice", card(func(p *parcel) {
		p.files["de.lproj/strip@2x.png"], p.files["de.lproj/strip@3x.png"] = p.files["strip@2x.png"], p.files["strip@3x.png"]
	})},
	{"personalization-without-nfc.pkpass", "personalization_requirement_missing", card(func(p *parcel) {
		p.files["personalization.json"] = []byte(`{"description": "Join us", "requiredPersonalizationFields": ["PKPassPersonalizationFieldName"]}`)
		p.addImage("personalizationLogo@2x.png", 300, 80)
	})},
}

var brokenBundles = []brokenFile{
	{"eleven-passes.pkpasses", "bundle_many", bundle(func(t testing.TB, good []byte) []packed {
		var all []packed
		for n := range 11 {
			ticket := pass("bus", func(p *parcel) { p.edit(`"serialNumber": "`, fmt.Sprintf(`"serialNumber": "%d-`, n)) })
			all = append(all, packed{fmt.Sprintf("%d.pkpass", n), ticket(t)})
		}
		return all
	})},
	{"folder-inside.pkpasses", "bundle_entry", bundle(func(t testing.TB, good []byte) []packed {
		return []packed{{"a.pkpass", good}, {"more/b.pkpass", good}}
	})},
	{"readme-inside.pkpasses", "bundle_entry", bundle(func(t testing.TB, good []byte) []packed {
		return []packed{{"a.pkpass", good}, {"readme.txt", []byte("two tickets")}}
	})},
	{"cut-pass-inside.pkpasses", "bundle_pass_incomplete", bundle(func(t testing.TB, good []byte) []packed {
		return []packed{{"a.pkpass", good}, {"b.pkpass", good[:100]}}
	})},
	{"one-pass-twice.pkpasses", "serial_number_twice", bundle(func(t testing.TB, good []byte) []packed {
		return []packed{{"a.pkpass", good}, {"b.pkpass", good}}
	})},
	{"broken-pass-inside.pkpasses", "token_short", bundle(func(t testing.TB, good []byte) []packed {
		bad := card(func(p *parcel) { p.edit("Zk3v9Qm1Tt0aBr7LxW2e", "short") })(t)
		return []packed{{"a.pkpass", good}, {"b.pkpass", bad}}
	})},
}

// bundle packs a .pkpasses around good passes.
func bundle(entries func(t testing.TB, good []byte) []packed) func(testing.TB) []byte {
	return func(t testing.TB) []byte {
		stored := func(h *zip.FileHeader) { h.Method = zip.Store }
		return archive(t, "", stored, entries(t, newParcel(t, "bus").pack()))
	}
}
