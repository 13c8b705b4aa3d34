package signer

import "bytes"

// describe says what a file is that is neither DER nor PEM, and what to do.
func describe(data []byte) string {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return "the file is empty: download or export it again"
	}
	for _, k := range foreignKinds {
		if bytes.HasPrefix(data, []byte(k.magic)) {
			return "this is " + k.name + ": " + k.remedy
		}
	}
	return "this is no certificate, key or .p12 file: give the .cer file from Apple's portal, or the .p12 exported from Keychain"
}

const giveCertificate = "give the .cer file from Apple's portal, or the .p12 exported from Keychain"

var foreignKinds = []struct{ magic, name, remedy string }{
	{"PK\x03\x04", "a ZIP archive or a pass", "unpack it and give the certificate inside"},
	{"\x89PNG", "an image", giveCertificate},
	{"\xff\xd8\xff", "an image", giveCertificate},
	{"%PDF", "a PDF document", giveCertificate},
	{"\xfe\xed\xfe\xed", "a Java key store", "convert it with keytool -importkeystore -deststoretype PKCS12 and give the .p12"},
	{"kych", "a whole keychain", "open Keychain Access and export the one pass certificate with its key as .p12"},
	{"bplist", "a property list", giveCertificate},
	{"<?xml", "an XML file", giveCertificate},
	{"<!DOCTYPE", "a web page, probably the portal's sign-in page", "sign in at Apple's portal and download the .cer again"},
	{"<html", "a web page, probably the portal's sign-in page", "sign in at Apple's portal and download the .cer again"},
	{"ssh-", "an SSH key", giveCertificate},
	{"{", "a JSON file", giveCertificate},
}
