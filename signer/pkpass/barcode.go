package pkpass

import "encoding/json"

// Barcode is a code that a scanner at the till reads.
type Barcode struct {
	Format          string `json:"format,omitzero"` // one of the BarcodeFormat constants
	Message         string `json:"message,omitzero" wallet:"plain"`
	MessageEncoding string `json:"messageEncoding,omitzero"` // IANA name of the character set, normally iso-8859-1
	AltText         string `json:"altText,omitzero" wallet:"caption"`

	Extra map[string]json.RawMessage `json:"-"`
}

// The formats of a barcode. Only the first three may stand in the old key
// barcode; Code 39 and the rest came with iOS 27.
const (
	FormatQR      = "PKBarcodeFormatQR"
	FormatPDF417  = "PKBarcodeFormatPDF417"
	FormatAztec   = "PKBarcodeFormatAztec"
	FormatCode128 = "PKBarcodeFormatCode128"
	FormatCode39  = "PKBarcodeFormatCode39"
	FormatCodabar = "PKBarcodeFormatCodabar"
	FormatEAN13   = "PKBarcodeFormatEAN13"
	FormatI2of5   = "PKBarcodeFormatI2of5"
)

// NFC is what a phone hands to a terminal. It needs a certificate of the kind
// Pass Type ID with NFC.
type NFC struct {
	Message                string `json:"message,omitzero" wallet:"plain"` // at most 64 bytes; the rest is cut off
	EncryptionPublicKey    string `json:"encryptionPublicKey,omitzero"`    // Base64 of a SubjectPublicKeyInfo on P-256
	RequiresAuthentication *bool  `json:"requiresAuthentication,omitzero"`

	Extra map[string]json.RawMessage `json:"-"`
}
