package signer_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"pocketpass/signer"
)

// holds checks that m has the world's leaf and key, as often as asked.
func holds(t *testing.T, w world, m signer.Material, keys, certificates int) {
	t.Helper()
	if len(m.Keys) != keys || len(m.Certificates) != certificates {
		t.Fatalf("found %d keys and %d certificates, want %d and %d", len(m.Keys), len(m.Certificates), keys, certificates)
	}
	if certificates > 0 && !slices.ContainsFunc(m.Certificates, w.leaf.Equal) {
		t.Error("the pass certificate is not among the certificates")
	}
	if keys > 0 && !w.key.Equal(m.Keys[0]) {
		t.Error("the key is another one")
	}
}

// TestReadFiles reads what people have, made by openssl.
func TestReadFiles(t *testing.T) {
	w := newWorld(t)
	s := newShop(t, w)
	s.openssl("crl2pkcs7", "-nocrl", "-certfile", "leaf.pem", "-certfile", "chain.pem", "-outform", "DER", "-out", "list.p7b")
	s.openssl("crl2pkcs7", "-nocrl", "-certfile", "leaf.pem", "-out", "list.pem")
	s.openssl("rsa", "-in", "key.pem", "-traditional", "-out", "pkcs1.pem")
	s.openssl("rsa", "-in", "key.pem", "-traditional", "-aes128", "-passout", "pass:secret", "-out", "legacy.pem")
	s.openssl("pkcs8", "-topk8", "-in", "key.pem", "-passout", "pass:secret", "-out", "encrypted.pem")
	s.openssl("pkcs8", "-topk8", "-in", "key.pem", "-v1", "PBE-SHA1-3DES", "-passout", "pass:secret", "-out", "encrypted3des.pem")
	s.openssl("pkcs8", "-topk8", "-in", "key.pem", "-passout", "pass:secret", "-outform", "DER", "-out", "encrypted.der")
	s.openssl("x509", "-in", "leaf.pem", "-text", "-out", "text.pem")
	s.write("pair.pem", append(s.read("pkcs1.pem"), s.read("text.pem")...))
	s.write("all.pem", append(append(s.read("encrypted.pem"), s.read("leaf.pem")...), s.read("chain.pem")...))
	s.write("crlf.pem", bytes.ReplaceAll(s.read("leaf.pem"), []byte("\n"), []byte("\r\n")))
	s.write("cr.pem", bytes.ReplaceAll(s.read("all.pem"), []byte("\n"), []byte("\r")))
	s.write("bare.txt", []byte(base64.StdEncoding.EncodeToString(w.leaf.Raw)))
	s.write("two.cer", append(slices.Clone(w.leaf.Raw), w.authority.Intermediate.Raw...))
	s.openssl("pkey", "-in", "key.pem", "-outform", "DER", "-out", "key.der")
	tests := []struct {
		file               string
		password           string
		keys, certificates int
	}{
		{"leaf.cer", "", 0, 1},
		{"leaf.pem", "", 0, 1},
		{"two.cer", "", 0, 2},
		{"crlf.pem", "", 0, 1},
		{"cr.pem", "secret", 1, 2},
		{"bare.txt", "", 0, 1},
		{"list.p7b", "", 0, 2},
		{"list.pem", "", 0, 1},
		{"key.pem", "", 1, 0},
		{"key.der", "", 1, 0},
		{"pkcs1.pem", "", 1, 0},
		{"legacy.pem", "secret", 1, 0},
		{"encrypted.pem", "secret", 1, 0},
		{"encrypted3des.pem", "secret", 1, 0},
		{"encrypted.der", "secret", 1, 0},
		{"pair.pem", "", 1, 1},
		{"all.pem", "secret", 1, 2},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			m, err := signer.Read(s.read(tt.file), tt.password)
			if err != nil {
				t.Fatal(err)
			}
			holds(t, w, m, tt.keys, tt.certificates)
			if tt.password == "" {
				return
			}
			for _, wrong := range []string{"", "wrong"} {
				if _, err := signer.Read(s.read(tt.file), wrong); !errors.Is(err, signer.ErrPassword) {
					t.Errorf("password %q: %v", wrong, err)
				}
			}
		})
	}
}

func TestReadElliptic(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	m, err := signer.Read(der, "")
	if err != nil || len(m.Keys) != 1 || !key.Equal(m.Keys[0]) {
		t.Fatalf("found %d keys, %v", len(m.Keys), err)
	}
}

func TestReadRefuses(t *testing.T) {
	w := newWorld(t)
	request, err := signer.Request(w.key, "Coffee", "owner@example.com")
	if err != nil {
		t.Fatal(err)
	}
	s := newShop(t, w)
	s.write("profile.plist", []byte(`<?xml version="1.0"?><plist><dict><key>AppIDName</key></dict></plist>`))
	s.openssl("cms", "-sign", "-nodetach", "-binary", "-in", "profile.plist", "-signer", "leaf.pem", "-inkey", "key.pem", "-outform", "DER", "-out", "app.mobileprovision")
	s.openssl("pkey", "-in", "key.pem", "-pubout", "-out", "public.pem")
	s.openssl("pkey", "-in", "key.pem", "-pubout", "-outform", "DER", "-out", "public.der")
	pkpassFile := append([]byte("PK\x03\x04"), make([]byte, 60)...)
	tests := []struct {
		name string
		data []byte
		kind error
		says string
	}{
		{"request", request, signer.ErrFormat, "upload it at Apple's portal"},
		{"provisioning profile", s.read("app.mobileprovision"), signer.ErrFormat, "provisioning profile"},
		{"public key", s.read("public.pem"), signer.ErrFormat, "public key"},
		{"binary public key", s.read("public.der"), signer.ErrFormat, "no certificate or key"},
		{"empty", nil, signer.ErrFormat, "empty"},
		{"white space", []byte(" \r\n"), signer.ErrFormat, "empty"},
		{"pass", pkpassFile, signer.ErrFormat, "ZIP"},
		{"web page", []byte("\n<!DOCTYPE html><title>Sign in"), signer.ErrFormat, "sign in"},
		{"image", []byte("\x89PNG\r\n"), signer.ErrFormat, "image"},
		{"key store", []byte("\xfe\xed\xfe\xed\x00"), signer.ErrFormat, "keytool"},
		{"text", []byte("hello"), signer.ErrFormat, ".cer"},
		{"cut off", w.leaf.Raw[:len(w.leaf.Raw)/2], signer.ErrFormat, "cut off"},
		{"cut off PEM", s.read("leaf.pem")[:300], signer.ErrFormat, "BEGIN line to the END line"},
		{"indefinite length", []byte{0x30, 0x80, 0, 0}, signer.ErrFormat, "BER"},
		{"SSH key", []byte("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"), signer.ErrFormat, "OPENSSH"},
		{"empty block", []byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), signer.ErrFormat, "damaged"},
		{"too large", make([]byte, signer.MaxMaterial+1), signer.ErrSize, "1048576"},
		{"too many in PEM", bytes.Repeat(pemCert(w.leaf), 65), signer.ErrSize, "64"},
		{"too many", bytes.Repeat(w.leaf.Raw, 65), signer.ErrSize, "64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := signer.Read(tt.data, "")
			if !errors.Is(err, tt.kind) {
				t.Fatalf("error %v is no %v", err, tt.kind)
			}
			contains(t, err.Error(), tt.says, ": ")
		})
	}
}

func TestRequest(t *testing.T) {
	w := newWorld(t)
	data, err := signer.Request(w.key, "Coffee", "owner@example.com")
	if err != nil {
		t.Fatal(err)
	}
	s := newShop(t, w)
	s.write("request.pem", data)
	out := s.openssl("req", "-in", "request.pem", "-noout", "-verify", "-text")
	contains(t, out, "verify OK", "CN = Coffee", "owner@example.com", "(2048 bit)", "sha256WithRSAEncryption")

	request, err := signer.ReadRequest(data)
	if err != nil || !w.key.PublicKey.Equal(request.PublicKey) {
		t.Errorf("reading the request again: %v", err)
	}
	forged := bytes.Clone(request.Raw)
	forged[len(forged)-1] ^= 1
	if _, err := signer.ReadRequest(forged); !errors.Is(err, signer.ErrFormat) {
		t.Errorf("forged request: %v", err)
	}
	if _, err := signer.ReadRequest([]byte(strings.Repeat("x", 100))); !errors.Is(err, signer.ErrFormat) {
		t.Errorf("nonsense: %v", err)
	}
}

func TestKeyRoundTrip(t *testing.T) {
	w := newWorld(t)
	der, err := signer.MarshalKey(w.key)
	if err != nil {
		t.Fatal(err)
	}
	key, err := signer.ParseKey(der)
	if err != nil || !w.key.Equal(key) {
		t.Errorf("got another key, %v", err)
	}
	if _, err := signer.ParseKey(make([]byte, 9000)); !errors.Is(err, signer.ErrSize) {
		t.Errorf("large key: %v", err)
	}
}
