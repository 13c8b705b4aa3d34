package pkpass_test

import (
	"strings"

	"pocketpass/signer/pkpass"
)

func previous(edit func(*pkpass.Document)) func(*pkpass.Options) {
	return func(o *pkpass.Options) {
		d := &pkpass.Document{
			PassTypeIdentifier:  "pass.org.example.card",
			TeamIdentifier:      "AB12CD34EF",
			SerialNumber:        "c-000417",
			AuthenticationToken: "Zk3v9Qm1Tt0aBr7LxW2e",
		}
		edit(d)
		o.Previous = d
	}
}

var brokenStructure = []broken{
	{30, "json_invalid", "storeCard", `"formatVersion": 1`, `"formatVersion" 1`, "pass.json", nil},
	{30, "json_invalid", "storeCard", `"userInfo": {`, `"userInfo": {{`, "pass.json", nil},
	{30, "json_invalid", "storeCard", `Bakery stamp card`, `Bakery \ud83d card`, "pass.json", nil},
	{30, "json_invalid", "storeCard", `Bakery stamp card`, `Bakery \ud83d\ud83d card`, "pass.json", nil},
	{30, "json_invalid", "storeCard", `Bakery stamp card`, `Bakery card \ude00`, "pass.json", nil},
	{30, "json_trailing_comma", "storeCard", `"nothing": null }`, `"nothing": null, }`, "pass.json", nil},
	{30, "json_comment", "storeCard", `"userInfo"`, "// for the app\n\"userInfo\"", "pass.json", nil},
	{30, "json_bom", "storeCard", "{", "\ufeff{", "pass.json", nil},
	{30, "json_not_utf8", "storeCard", "Bakery", "B\xe4ckerei", "pass.json", nil},
	{30, "json_over_limits", "storeCard", `"customer": 17`, `"deep": ` + strings.Repeat("[", 40) + strings.Repeat("]", 40), "pass.json", nil},
	{30, "json_over_limits", "storeCard", `"customer": 17`, `"many": [` + strings.Repeat("1,", 70000) + `1]`, "pass.json", nil},
	{30, "json_over_limits", "storeCard", `"customer": 17`, `"long": "` + strings.Repeat("x", 1<<20) + `"`, "pass.json", nil},
	{30, "json_duplicate_key", "storeCard", `"formatVersion": 1,`, `"formatVersion": 1, "formatVersion": 1,`, "pass.json#/formatVersion", nil},
	{31, "format_version_wrong", "storeCard", `"formatVersion": 1,`, ``, "pass.json#/formatVersion", nil},
	{31, "format_version_wrong", "storeCard", `"formatVersion": 1,`, `"formatVersion": "1",`, "pass.json#/formatVersion", nil},
	{32, "identity_missing", "storeCard", `"description": "Bakery stamp card"`, `"description": " "`, "pass.json#/description", nil},
	{32, "identity_missing", "storeCard", `"serialNumber": "c-000417"`, `"serialNumber": 417`, "pass.json#/serialNumber", nil},
	{33, "style_missing", "coupon", `"coupon":`, `"userInfo":`, "pass.json", nil},
	{33, "style_ambiguous", "generic", `"generic": {`, `"coupon": {}, "generic": {`, "pass.json#/generic", nil},
	{34, "transit_type_missing", "bus", `"transitType": "PKTransitTypeBus",`, ``, "pass.json#/boardingPass/transitType", nil},
	{34, "transit_type_missing", "bus", `PKTransitTypeBus`, `PKTransitTypeCar`, "pass.json#/boardingPass/transitType", nil},
	{34, "transit_type_unexpected", "storeCard", `"storeCard": {`, `"storeCard": { "transitType": "PKTransitTypeAir",`, "pass.json#/storeCard/transitType", nil},
	{35, "type_wrong", "storeCard", `"value": "Gold"`, `"value": ["Gold"]`, "pass.json#/storeCard/secondaryFields/1/value", nil},
	{35, "type_wrong", "storeCard", `"locations": [{ "latitude": 52.52, "longitude": 13.405, "relevantText": "The bakery is around the corner" }]`, `"locations": {}`, "pass.json#/locations", nil},
	{35, "type_wrong", "storeCard", `"ignoresTimeZone": true`, `"ignoresTimeZone": "true"`, "pass.json#/storeCard/secondaryFields/0/ignoresTimeZone", nil},
	{35, "type_wrong_ignored", "storeCard", `"formatVersion": 1,`, `"formatVersion": 1, "voided": "true",`, "pass.json#/voided", nil},
	{36, "null_value", "storeCard", `"formatVersion": 1,`, `"formatVersion": 1, "voided": null,`, "pass.json#/voided", nil},
	{37, "unknown_key", "storeCard", `"formatVersion": 1,`, `"formatVersion": 1, "rewardProgram": "gold",`, "pass.json#/rewardProgram", nil},
	{37, "unknown_key", "storeCard", `"formatVersion": 1,`, `"formatVersion": 1, "webserviceurl": "https://example.org",`, "pass.json#/webserviceurl", nil},
	{37, "key_misspelt", "storeCard", `"formatVersion": 1,`, `"formatVersion": 1, "backgroundcolor": "rgb(0,0,0)",`, "pass.json#/backgroundcolor", nil},
	{37, "key_misspelt", "storeCard", `"value": "Gold"`, `"value": "Gold", "chnageMessage": "Now %@"`, "pass.json#/storeCard/secondaryFields/1/chnageMessage", nil},
	{37, "key_misspelt", "storeCard", `"storeCard": {`, `"storeCard": { "auxilaryFields": [],`, "pass.json#/storeCard/auxilaryFields", nil},
	{37, "key_misspelt", "storeCard", `"latitude": 52.52,`, `"latitude": 52.52, "altitute": 34,`, "pass.json#/locations/0/altitute", nil},
	{37, "key_misspelt", "eventTicket", `"seatSectionColor"`, `"seatSectionColour": "rgb(1, 2, 3)", "seatSectionColor"`, "pass.json#/semantics/seats/0/seatSectionColour", nil},
	{38, "identifier_reserved", "storeCard", `AB12CD34EF`, `com.apple.wallet`, "pass.json#/teamIdentifier", nil},
	{38, "identifier_reserved", "storeCard", `pass.org.example.card`, `userpass.com.apple.wallet.x`, "pass.json#/passTypeIdentifier", nil},
	{39, "serial_number_unsafe", "storeCard", `c-000417`, `c 417/ä`, "pass.json#/serialNumber", nil},
	{39, "serial_number_unsafe", "storeCard", `c-000417`, strings.Repeat("7", 65), "pass.json#/serialNumber", nil},
	{40, "identity_changed", "storeCard", "", "", "pass.json#/serialNumber", previous(func(d *pkpass.Document) { d.SerialNumber = "c-000416" })},
	{41, "grouping_identifier_misplaced", "storeCard", `"formatVersion": 1,`, `"formatVersion": 1, "groupingIdentifier": "g",`, "pass.json#/groupingIdentifier", nil},
	{42, "web_service_url_invalid", "storeCard", `https://wallet.example.org`, `wallet.example.org`, "pass.json#/webServiceURL", nil},
	{42, "web_service_url_invalid", "storeCard", `https://wallet.example.org`, `https://wallet.example.org/a b`, "pass.json#/webServiceURL", nil},
	{42, "web_service_url_insecure", "storeCard", `https://wallet.example.org`, `http://wallet.example.org`, "pass.json#/webServiceURL", nil},
	{42, "web_service_url_slash", "storeCard", `https://wallet.example.org`, `https://wallet.example.org/`, "pass.json#/webServiceURL", nil},
	{42, "web_service_url_private", "storeCard", `https://wallet.example.org`, `https://10.1.2.3:8443/wallet`, "pass.json#/webServiceURL", nil},
	{42, "web_service_url_private", "storeCard", `https://wallet.example.org`, `https://localhost`, "pass.json#/webServiceURL", nil},
	{43, "web_service_incomplete", "storeCard", `"authenticationToken": "Zk3v9Qm1Tt0aBr7LxW2e",`, ``, "pass.json#/authenticationToken", nil},
	{43, "web_service_incomplete", "storeCard", `"webServiceURL": "https://wallet.example.org",`, ``, "pass.json#/webServiceURL", nil},
	{44, "token_short", "storeCard", `Zk3v9Qm1Tt0aBr7LxW2e`, `Zk3v9Qm1Tt0aBr7`, "pass.json#/authenticationToken", nil},
	{44, "token_unsafe", "storeCard", `Zk3v9Qm1Tt0aBr7LxW2e`, `Zk3v9Qm1Tt0aBr7 xW2e`, "pass.json#/authenticationToken", nil},
	{44, "token_changed", "storeCard", "", "", "pass.json#/authenticationToken", previous(func(d *pkpass.Document) { d.AuthenticationToken = "another0another0" })},
	{45, "app_launch_url_alone", "storeCard", `"associatedStoreIdentifiers": [361285480],`, ``, "pass.json#/appLaunchURL", nil},
	{46, "store_identifier_invalid", "storeCard", `[361285480]`, `[361285480, "2"]`, "pass.json#/associatedStoreIdentifiers/1", nil},
	{46, "store_identifier_invalid", "storeCard", `[361285480]`, `[-1]`, "pass.json#/associatedStoreIdentifiers/0", nil},
	{47, "color_invalid", "storeCard", `rgb(96, 56, 19)`, `rgb(96-56-19)`, "pass.json#/backgroundColor", nil},
	{47, "color_invalid", "eventTicket", `rgb(1, 2, 3)`, `rgba(1, 2, 3, 4)`, "pass.json#/semantics/seats/0/seatSectionColor", nil},
	{47, "color_hex", "storeCard", `rgb(96, 56, 19)`, `#603813`, "pass.json#/backgroundColor", nil},
	{48, "contrast_low", "storeCard", `rgb(240, 220, 190)`, `rgb(110, 70, 30)`, "pass.json#/labelColor", nil},
	{49, "date_invalid", "storeCard", `2027-12-31T23:59:00+01:00`, `2027-12-31T23:59:00+0100`, "pass.json#/expirationDate", nil},
	{49, "date_invalid", "eventTicket", `"startDate": "2026-05-01T18:00:00+02:00"`, `"startDate": "2026-05-01"`, "pass.json#/relevantDates/0/startDate", nil},
	{49, "field_date_invalid", "storeCard", `2026-03-01T00:00:00+01:00`, `2026-03-01T00:00`, "pass.json#/storeCard/secondaryFields/0/value", nil},
	{50, "expired", "storeCard", `2027-12-31`, `2025-12-31`, "pass.json#/expirationDate", nil},
	{51, "voided_at_issue", "storeCard", `"formatVersion": 1,`, `"formatVersion": 1, "voided": true,`, "pass.json#/voided", nil},
	{52, "sharing_not_prohibited", "eventTicket", `"sharingProhibited": true,`, ``, "pass.json#/sharingProhibited", nil},
	{53, "url_invalid", "boardingPass", `https://air.example.org/seat`, `air.example.org/seat`, "pass.json#/changeSeatURL", nil},
	{53, "url_invalid", "boardingPass", `https://air.example.org/seat`, `https://air.example.org/größe`, "pass.json#/changeSeatURL", nil},
	{53, "url_invalid", "boardingPass", `https://air.example.org/seat`, `https://air.example.org/{seat}`, "pass.json#/changeSeatURL", nil},
	{53, "email_implausible", "eventTicket", `"contactVenueEmail": "help@example.org"`, `"contactVenueEmail": "help.example.org"`, "pass.json#/contactVenueEmail", nil},
	{53, "phone_implausible", "boardingPass", `+49 30 765432`, `call us`, "pass.json#/transitProviderPhoneNumber", nil},
	{54, "scheme_key_idle", "storeCard", `"formatVersion": 1,`, `"formatVersion": 1, "sellURL": "https://example.org/sell",`, "pass.json#/sellURL", nil},
}

var brokenFields = []broken{
	{55, "field_key_missing", "storeCard", `"key": "level", `, ``, "pass.json#/storeCard/secondaryFields/1/key", nil},
	{55, "field_value_missing", "storeCard", `, "value": "Gold"`, ``, "pass.json#/storeCard/secondaryFields/1/value", nil},
	{56, "field_key_duplicate", "storeCard", `"key": "level"`, `"key": "stamps"`, "pass.json#/storeCard/secondaryFields/1/key", nil},
	{57, "fields_surplus", "coupon", `"primaryFields": [`, `"primaryFields": [{ "key": "x", "value": "y" },`, "pass.json#/coupon/primaryFields", nil},
	{57, "fields_surplus", "eventTicket", `"auxiliaryFields": [`, `"auxiliaryFields": [{"key":"1","value":1,"row":1},{"key":"2","value":1,"row":1},{"key":"3","value":1,"row":1},{"key":"4","value":1,"row":1},`, "pass.json#/eventTicket/auxiliaryFields", nil},
	{57, "fields_surplus", "generic", `"posterGeneric": {`, `"posterGeneric": { "secondaryFields": [{ "key": "x", "value": "y" }],`, "pass.json#/posterGeneric/secondaryFields", nil},
	{58, "date_format_misplaced", "storeCard", `"2026-03-01T00:00:00+01:00"`, `"last spring"`, "pass.json#/storeCard/secondaryFields/0/value", nil},
	{58, "date_format_misplaced", "storeCard", `"2026-03-01T00:00:00+01:00"`, `2026`, "pass.json#/storeCard/secondaryFields/0/value", nil},
	{59, "number_format_misplaced", "storeCard", `"value": 3`, `"value": "3"`, "pass.json#/storeCard/headerFields/0/value", nil},
	{60, "number_format_twice", "storeCard", `"currencyCode": "EUR", "sem`, `"numberStyle": "PKNumberStyleDecimal", "currencyCode": "EUR", "sem`, "pass.json#/storeCard/primaryFields/0/numberStyle", nil},
	{61, "currency_code_unknown", "storeCard", `"currencyCode": "EUR", "sem`, `"currencyCode": "EURO", "sem`, "pass.json#/storeCard/primaryFields/0/currencyCode", nil},
	{61, "currency_code_unknown", "boardingPass", `"currencyCode": "EUR"`, `"currencyCode": "eur"`, "pass.json#/semantics/totalPrice/currencyCode", nil},
	{62, "field_constant_unknown", "storeCard", `PKNumberStyleDecimal`, `decimal`, "pass.json#/storeCard/headerFields/0/numberStyle", nil},
	{62, "field_constant_unknown", "storeCard", `PKDateStyleMedium`, `PKDateStyleTiny`, "pass.json#/storeCard/secondaryFields/0/dateStyle", nil},
	{63, "text_alignment_misplaced", "storeCard", `"value": "hello@example.org"`, `"value": "hello@example.org", "textAlignment": "PKTextAlignmentLeft"`, "pass.json#/storeCard/backFields/0/textAlignment", nil},
	{64, "change_message_placeholder", "storeCard", `You now have %@ stamps`, `You have more stamps`, "pass.json#/storeCard/headerFields/0/changeMessage", nil},
	{64, "change_message_placeholder", "storeCard", `You now have %@ stamps`, `%@ and %@`, "pass.json#/storeCard/headerFields/0/changeMessage", nil},
	{65, "change_messages_absent", "storeCard", `, "changeMessage": "You now have %@ stamps"`, ``, "pass.json#/storeCard", nil},
	{66, "attributed_value_markup", "storeCard", `<a href=\"mailto:hello@example.org\">Write</a>`, `<b>Write</b>`, "pass.json#/storeCard/backFields/0/attributedValue", nil},
	{67, "data_detector_unknown", "storeCard", `PKDataDetectorTypeLink`, `PKDataDetectorTypeURL`, "pass.json#/storeCard/backFields/0/dataDetectorTypes/0", nil},
	{67, "data_detector_misplaced", "storeCard", `"value": "Gold"`, `"value": "Gold", "dataDetectorTypes": []`, "pass.json#/storeCard/secondaryFields/1/dataDetectorTypes", nil},
	{68, "row_invalid", "eventTicket", `"row": 1`, `"row": 2`, "pass.json#/eventTicket/auxiliaryFields/1/row", nil},
	{68, "row_invalid", "storeCard", `"value": "Gold"`, `"value": "Gold", "row": 1`, "pass.json#/storeCard/secondaryFields/1/row", nil},
	{69, "contact_missing", "coupon", `+49 30 1234567`, `ask at the till`, "pass.json#/coupon/backFields", nil},
	{70, "front_text_long", "storeCard", `"value": "Gold"`, `"value": "Gold, because of more than one hundred loaves"`, "pass.json#/storeCard/secondaryFields/1/value", nil},
	{71, "field_group_misplaced", "storeCard", `"backFields": [`, `"additionalInfoFields": [{ "key": "x", "value": "y" }], "backFields": [`, "pass.json#/storeCard/additionalInfoFields/0", nil},
	{71, "field_group_misplaced", "storeCard", `"backFields": [`, `"footerFields": [{ "key": "x", "value": "y" }], "backFields": [`, "pass.json#/storeCard/footerFields/0", nil},
	{72, "field_key_renamed", "storeCard", "", "", "pass.json#/storeCard/headerFields/0/key", previous(func(d *pkpass.Document) {
		d.StoreCard = &pkpass.Style{HeaderFields: []pkpass.Field{{Key: "count", Label: "STAMPS", Value: pkpass.Number("2")}}}
	})},
}

var brokenCodes = []broken{
	{28, "nfc_certificate_missing", "eventTicket", "", "", "pass.json#/nfc", func(o *pkpass.Options) { o.NFCCertificate = new(false) }},
	{73, "barcodes_not_array", "coupon", `"barcodes": [{ "format": "PKBarcodeFormatAztec", "message": "Kaffee für 0 €", "messageEncoding": "utf-8" }]`, `"barcodes": {}`, "pass.json#/barcodes", nil},
	{73, "barcode_member_missing", "storeCard", `"messageEncoding": "iso-8859-1" }`, `"altText": "x" }`, "pass.json#/barcodes/1/messageEncoding", nil},
	{73, "barcode_member_missing", "coupon", `{ "format": "PKBarcodeFormatAztec", `, `{ "format": "PKBarcodeFormatAztec", "message": "1", "messageEncoding": "utf-8" }, { `, "pass.json#/barcodes/1/format", nil},
	{74, "barcode_format_unknown", "storeCard", `PKBarcodeFormatCode128`, `code128`, "pass.json#/barcodes/0/format", nil},
	{74, "barcode_format_not_legacy", "storeCard", `"barcode": { "format": "PKBarcodeFormatQR"`, `"barcode": { "format": "PKBarcodeFormatCode39"`, "pass.json#/barcode/format", nil},
	{75, "barcode_message_empty", "storeCard", `"PKBarcodeFormatQR", "message": "C000417"`, `"PKBarcodeFormatQR", "message": ""`, "pass.json#/barcodes/1/message", nil},
	{75, "barcode_encoding_unknown", "storeCard", `iso-8859-1`, `latin`, "pass.json#/barcodes/0/messageEncoding", nil},
	{75, "barcode_message_unencodable", "coupon", `utf-8`, `iso-8859-1`, "pass.json#/barcodes/0/message", nil},
	{76, "barcode_message_unfit", "storeCard", `"PKBarcodeFormatCode128", "message": "C000417"`, `"PKBarcodeFormatEAN13", "message": "4006381333932"`, "pass.json#/barcodes/0/message", nil},
	{76, "barcode_message_unfit", "storeCard", `"PKBarcodeFormatCode128", "message": "C000417"`, `"PKBarcodeFormatI2of5", "message": "123"`, "pass.json#/barcodes/0/message", nil},
	{76, "barcode_message_unfit", "storeCard", `"PKBarcodeFormatCode128", "message": "C000417"`, `"PKBarcodeFormatCode39", "message": "lower"`, "pass.json#/barcodes/0/message", nil},
	{76, "barcode_message_unfit", "storeCard", `"PKBarcodeFormatCode128", "message": "C000417"`, `"PKBarcodeFormatCodabar", "message": "E12E"`, "pass.json#/barcodes/0/message", nil},
	{76, "barcode_message_unfit", "storeCard", `"PKBarcodeFormatCode128", "message": "C000417"`, `"PKBarcodeFormatCode128", "message": "Ä"`, "pass.json#/barcodes/0/message", nil},
	{76, "barcode_message_unfit", "storeCard", `"PKBarcodeFormatQR", "message": "C000417"`, `"PKBarcodeFormatQR", "message": "` + strings.Repeat("a", 2954) + `"`, "pass.json#/barcodes/1/message", nil},
	{76, "barcode_message_unfit", "boardingPass", `M1MUSTER/ADA`, strings.Repeat("1", 2711), "pass.json#/barcodes/0/message", nil},
	{77, "barcode_fallback_missing", "coupon", `PKBarcodeFormatAztec", "message": "Kaffee für 0 €"`, `PKBarcodeFormatCode128", "message": "Kaffee"`, "pass.json#/barcodes/0", nil},
	{78, "barcode_legacy_missing", "coupon", `"barcode": { "format": "PKBarcodeFormatAztec", "message": "Kaffee für 0 €", "messageEncoding": "utf-8" },`, ``, "pass.json#/barcodes/0", nil},
	{79, "location_invalid", "storeCard", `"latitude": 52.52, `, ``, "pass.json#/locations/0/latitude", nil},
	{79, "location_invalid", "storeCard", `13.405`, `181`, "pass.json#/locations/0/longitude", nil},
	{79, "location_invalid", "storeCard", `13.405`, `"13.405"`, "pass.json#/locations/0/longitude", nil},
	{79, "locations_surplus", "storeCard", `"locations": [`, `"locations": [` + strings.Repeat(`{"latitude": 0, "longitude": 0},`, 10), "pass.json#/locations", nil},
	{80, "beacon_invalid", "coupon", `0F2C6A5B-91D4`, `0F2C6A5B91D4`, "pass.json#/beacons/0/proximityUUID", nil},
	{80, "beacon_invalid", "coupon", `65535`, `65536`, "pass.json#/beacons/0/minor", nil},
	{80, "beacons_surplus", "coupon", `"beacons": [`, `"beacons": [` + manyBeacons(10), "pass.json#/beacons", nil},
	{81, "max_distance_invalid", "storeCard", `"formatVersion": 1,`, `"formatVersion": 1, "maxDistance": 0,`, "pass.json#/maxDistance", nil},
	{81, "max_distance_invalid", "storeCard", `"formatVersion": 1,`, `"formatVersion": 1, "maxDistance": "100",`, "pass.json#/maxDistance", nil},
	{82, "relevant_date_incomplete", "eventTicket", `, "endDate": "2026-05-01T23:00:00+02:00"`, ``, "pass.json#/relevantDates/0", nil},
	{82, "relevant_interval_reversed", "eventTicket", `2026-05-01T23:00:00+02:00`, `2026-05-01T17:00:00+02:00`, "pass.json#/relevantDates/0", nil},
	{82, "relevant_interval_long", "eventTicket", `2026-05-01T23:00:00+02:00`, `2026-05-03T17:00:00+02:00`, "pass.json#/relevantDates/0", nil},
	{83, "relevance_needs_location", "coupon", `"formatVersion": 1,`, `"formatVersion": 1, "relevantDate": "2026-05-01T18:00Z",`, "pass.json#/locations", nil},
	{84, "nfc_member_missing", "eventTicket", `"message": "e-1",`, ``, "pass.json#/nfc/message", nil},
	{84, "nfc_message_long", "eventTicket", `"message": "e-1"`, `"message": "` + strings.Repeat("ä", 33) + `"`, "pass.json#/nfc/message", nil},
	{84, "nfc_key_invalid", "eventTicket", `MDkwEwYHKoZIzj0CAQ`, `MDkwEwYHKoZIzj0CAA`, "pass.json#/nfc/encryptionPublicKey", nil},
	{84, "nfc_key_invalid", "eventTicket", `MDkwEwYHKoZIzj0CAQ`, `MDkwEwYHKoZI\nzj0CAQ`, "pass.json#/nfc/encryptionPublicKey", nil},
}

func manyBeacons(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`{"proximityUUID": "0F2C6A5B-91D4-4C0E-8D58-2F5A8C1B7E2`)
		b.WriteByte("0123456789"[i])
		b.WriteString(`"},`)
	}
	return b.String()
}

var brokenSemantics = []broken{
	{85, "semantic_type_wrong", "boardingPass", `"seats":`, `"duration": "60", "seats":`, "pass.json#/semantics/duration", nil},
	{85, "semantic_type_wrong", "eventTicket", `"eventName": "Cup final"`, `"eventName": "Cup final", "silenceRequested": "true"`, "pass.json#/semantics/silenceRequested", nil},
	{85, "semantic_date_invalid", "eventTicket", `"eventEndDate": "2026-05-01T21:00:00+02:00"`, `"eventEndDate": "2026-05-01"`, "pass.json#/semantics/eventEndDate", nil},
	{85, "semantic_amount_invalid", "boardingPass", `"420.00"`, `"420,00"`, "pass.json#/semantics/totalPrice/amount", nil},
	{85, "semantic_member_missing", "boardingPass", `, "currencyCode": "EUR"`, ``, "pass.json#/semantics/totalPrice/currencyCode", nil},
	{85, "semantic_member_missing", "eventTicket", `{ "latitude": 52.5, "longitude": 13.4 }`, `{ "latitude": 52.5 }`, "pass.json#/semantics/venueLocation", nil},
	{86, "semantic_constant_unknown", "eventTicket", `"PKEventTypeSports"`, `"PKEventTypeParty"`, "pass.json#/semantics/eventType", nil},
	{86, "semantic_constant_unknown", "boardingPass", `PKTransitSecurityProgramOSS`, `OSS`, "pass.json#/semantics/departureLocationSecurityPrograms/0", nil},
	{86, "semantic_constant_unknown", "boardingPass", `PKPassengerCapabilityPreboarding`, `PKPassengerCapabilityFlying`, "pass.json#/semantics/passengerCapabilities/0", nil},
	{87, "scheme_unknown", "eventTicket", `["posterEventTicket", "eventTicket"]`, `["poster", "posterEventTicket", "eventTicket"]`, "pass.json#/preferredStyleSchemes/0", nil},
	{87, "scheme_misplaced", "eventTicket", `["posterEventTicket", "eventTicket"]`, `["posterEventTicket", "semanticBoardingPass", "eventTicket"]`, "pass.json#/preferredStyleSchemes/1", nil},
	{87, "scheme_order", "eventTicket", `["posterEventTicket", "eventTicket"]`, `["eventTicket", "posterEventTicket"]`, "pass.json#/preferredStyleSchemes", nil},
	{88, "poster_requirement_missing", "eventTicket", `"venueRoom": "Main hall",`, ``, "pass.json#/semantics/venueRoom", nil},
	{88, "poster_requirement_missing", "eventTicket", `"awayTeamAbbreviation": "MPL",`, ``, "pass.json#/semantics/awayTeamAbbreviation", nil},
	{88, "poster_requirement_missing", "eventTicket", `PKEventTypeSports`, `PKEventTypeLivePerformance`, "pass.json#/semantics/performerNames", nil},
	{88, "poster_requirement_missing", "eventTicket", "", "", "artwork.png", func(o *pkpass.Options) { o.Files = []string{"icon.png"} }},
	{89, "semantic_boarding_requirement_missing", "boardingPass", `"flightNumber": 123,`, ``, "pass.json#/semantics/flightNumber", nil},
	{89, "semantic_boarding_requirement_missing", "boardingPass", `PKTransitTypeAir`, `PKTransitTypeBus`, "pass.json#/boardingPass/transitType", nil},
	{90, "scheme_fallback_empty", "eventTicket", `"primaryFields": [{ "key": "event", "value": "Cup final" }],
    "secondaryFields": [{ "key": "venue", "label": "VENUE", "value": "Arena" }],
    "auxiliaryFields": [
      { "key": "row", "label": "ROW", "value": "7", "row": 0 },
      { "key": "seat", "label": "SEAT", "value": "12", "row": 1 }
    ],`, ``, "pass.json#/eventTicket", nil},
	{91, "semantic_dates_reversed", "eventTicket", `"eventEndDate": "2026-05-01T21:00:00+02:00"`, `"eventEndDate": "2026-05-01T18:00:00+02:00"`, "pass.json#/semantics/eventEndDate", nil},
	{91, "semantic_dates_reversed", "boardingPass", `2026-05-01T09:20:00+02:00`, `2026-05-01T11:20:00+02:00`, "pass.json#/semantics/originalBoardingDate", nil},
	{92, "seats_missing", "boardingPass", `"seats": [{ "seatNumber": "12A" }],`, ``, "pass.json#/semantics/seats", nil},
	{93, "time_zone_unknown", "boardingPass", `"Europe/Berlin"`, `"CET+1"`, "pass.json#/semantics/departureLocationTimeZone", nil},
	{94, "upcoming_invalid", "eventTicket", `"type": "event",`, `"type": "party",`, "pass.json#/upcomingPassInformation/0/type", nil},
	{94, "upcoming_invalid", "eventTicket", `"date": "2026-05-01T19:00:00+02:00"`, `"date": "soon"`, "pass.json#/upcomingPassInformation/0/dateInformation/date", nil},
	{94, "upcoming_identifier_duplicate", "eventTicket", `"upcomingPassInformation": [`, `"upcomingPassInformation": [{ "identifier": "final", "name": "n", "type": "event" },`, "pass.json#/upcomingPassInformation/1/identifier", nil},
	{94, "upcoming_image_invalid", "eventTicket", `https://arena.example.org/h.png`, `http://arena.example.org/h.png`, "pass.json#/upcomingPassInformation/0/images/headerImage/URLs/0", nil},
	{94, "upcoming_image_invalid", "eventTicket", `120000`, `2000001`, "pass.json#/upcomingPassInformation/0/images/headerImage/URLs/0", nil},
	{95, "featured_actions_surplus", "generic", `"featuredActions": [`, `"featuredActions": [{ "identifier": "x", "type": "place" },`, "pass.json#/featuredActions", nil},
	{95, "featured_action_invalid", "generic", `"type": "shop"`, `"type": "store"`, "pass.json#/featuredActions/1/type", nil},
	{95, "featured_action_duplicate", "generic", `"identifier": "shop"`, `"identifier": "call"`, "pass.json#/featuredActions/1/identifier", nil},
	{95, "featured_action_url_invalid", "generic", `tel:+49301234567`, `https://example.org`, "pass.json#/featuredActions/0/url", nil},
	{96, "poster_generic_without_fallback", "generic", `"generic": {`, `"userInfo": {`, "pass.json#/posterGeneric", nil},
	{97, "poster_generic_without_artwork", "generic", "", "", "artwork.png", func(o *pkpass.Options) { o.Files = []string{"icon.png"} }},
	{98, "wifi_password_readable", "generic", `"formatVersion": 1,`, `"formatVersion": 1, "semantics": { "wifiAccess": [{ "ssid": "Guests", "password": "welcome" }] },`, "pass.json#/semantics/wifiAccess", nil},
}

func texts(s map[string]pkpass.Strings) func(*pkpass.Options) {
	return func(o *pkpass.Options) { o.Strings = s }
}

func files(names ...string) func(*pkpass.Options) {
	return func(o *pkpass.Options) { o.Files = append(o.Files, names...) }
}

var brokenLanguages = []broken{
	{101, "strings_keys_differ", "storeCard", "", "", "de.lproj/pass.strings", texts(map[string]pkpass.Strings{"en": {"LEVEL": "Level", "Gold": "Gold"}, "de": {"LEVEL": "Stufe"}})},
	{101, "strings_key_unknown", "storeCard", `"LEVEL"`, `"label.level"`, "pass.json#/storeCard/secondaryFields/1/label", texts(map[string]pkpass.Strings{"en": {"label.stamps": "Stamps"}})},
	{102, "image_twice", "storeCard", "", "", "de.lproj/icon.png", files("de.lproj/icon@2x.png")},
	{103, "image_scales_differ", "storeCard", "", "", "en.lproj/logo@3x.png", files("de.lproj/logo@2x.png", "de.lproj/logo@3x.png", "en.lproj/logo@2x.png")},
	{104, "default_text_missing", "storeCard", `"LEVEL"`, `"label.level"`, "pass.json#/storeCard/secondaryFields/1/label", texts(map[string]pkpass.Strings{"de": {"label.level": "Stufe"}})},
	{105, "change_message_translation", "storeCard", "", "", "de.lproj/pass.strings", texts(map[string]pkpass.Strings{"en": {"You now have %@ stamps": "You now have %@ stamps"}, "de": {"You now have %@ stamps": "Mehr Stempel"}})},
	{106, "personalization_requirement_missing", "storeCard", "", "", "pass.json#/nfc", func(o *pkpass.Options) {
		o.Files = append(o.Files, "personalizationLogo@2x.png")
		o.Personalization = &pkpass.Personalization{Description: "Join", RequiredFields: []string{pkpass.PersonalizationName}}
	}},
	{107, "personalization_left_over", "storeCard", "", "", "personalization.json", func(o *pkpass.Options) {
		o.Personalized = true
		o.Files = append(o.Files, pkpass.PersonalizationFile)
	}},
}
