package signer_test

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"slices"
	"strings"
	"testing"

	"pocketpass/signer"
)

// TestIssueLooksLikeApple has openssl read a certificate part by part.
func TestIssueLooksLikeApple(t *testing.T) {
	w := newWorld(t)
	s := newShop(t, w)
	s.write("nfc.pem", pemCert(w.issue(t, func(o *signer.Order) { o.NFC = true })))
	out := s.openssl("x509", "-in", "nfc.pem", "-noout", "-text", "-certopt", "ext_parse")
	contains(t, out,
		"Subject: UID = "+passType+", CN = Pass Type ID with NFC: "+passType+", OU = "+team+", O = Example Coffee, C = US",
		"Issuer: O = Pocketpass Demo Authority - not trusted by phones",
		"Public-Key: (2048 bit)",
		"Digital Signature\n",
		"TLS Web Client Authentication, 1.2.840.113635.100.4.14\n",
		"CA:FALSE",
		"Authority Key Identifier",
		"1.2.840.113635.100.6.1.16", "1.2.840.113635.100.6.3.2",
	)
	contains(t, s.openssl("verify", "-purpose", "any", "-CAfile", "root.pem", "-untrusted", "chain.pem", "nfc.pem"), "OK")
	for _, e := range w.leaf.Extensions {
		switch e.Id.String() {
		case "1.2.840.113635.100.6.1.16":
			if e.Value[0] != asn1.TagUTF8String || int(e.Value[1]) != len(passType) || string(e.Value[2:]) != passType {
				t.Errorf("pass type extension %q", e.Value)
			}
		case "1.2.840.113635.100.6.3.2":
			if !bytes.Equal(e.Value, []byte{5, 0}) {
				t.Errorf("push extension %x", e.Value)
			}
		}
	}
	if !bytes.Equal(w.leaf.AuthorityKeyId, w.authority.Intermediate.SubjectKeyId) || slices.Max(w.leaf.AuthorityKeyId) == 0 {
		t.Errorf("authority key identifier %x", w.leaf.AuthorityKeyId)
	}
}

func TestIssueRefuses(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name   string
		change func(*signer.Order)
		kind   error
	}{
		{"reserved", func(o *signer.Order) { o.PassTypeIdentifier = "userpass.com.apple.wallet.x" }, signer.ErrReserved},
		{"no prefix", func(o *signer.Order) { o.PassTypeIdentifier = "com.example" }, signer.ErrKind},
		{"too long", func(o *signer.Order) { o.PassTypeIdentifier = "pass." + strings.Repeat("x", 123) }, signer.ErrKind},
		{"before the authority", func(o *signer.Order) { o.NotBefore = begin.AddDate(-1, 0, 0) }, signer.ErrValidity},
		{"after the authority", func(o *signer.Order) { o.NotAfter = begin.AddDate(21, 0, 0) }, signer.ErrValidity},
		{"backwards", func(o *signer.Order) { o.NotBefore, o.NotAfter = end, begin }, signer.ErrValidity},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := order()
			tt.change(&o)
			if _, err := w.authority.Issue(nil, &w.key.PublicKey, o); !errors.Is(err, tt.kind) {
				t.Errorf("error %v is no %v", err, tt.kind)
			}
		})
	}
}

func TestAuthorityRoundTrip(t *testing.T) {
	w := newWorld(t)
	file, err := w.authority.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := signer.ParseAuthority(file)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := again.Issue(nil, &w.key.PublicKey, order())
	if err != nil {
		t.Fatal(err)
	}
	if err := leaf.CheckSignatureFrom(w.authority.Intermediate); err != nil {
		t.Error(err)
	}
	strange := pemKey(t, w.otherKey)
	at := bytes.Index(file, []byte("-----BEGIN PRIVATE"))
	for name, data := range map[string][]byte{"no key": file[:at], "another key": append(slices.Clone(file[:at]), strange...), "nonsense": []byte("x")} {
		if _, err := signer.ParseAuthority(data); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
