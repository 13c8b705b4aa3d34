package signer_test

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"io"
	"testing"
	"time"

	"go.mozilla.org/pkcs7"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
)

var manifest = []byte(`{"icon.png":"a9993e364706816aba3e25717850c26c9cd0d89d","pass.json":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}` + "\n")

func sign(t testing.TB, id *signer.Identity, data []byte, at time.Time) []byte {
	t.Helper()
	signature, err := id.Sign(data, at)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func TestSignIsAcceptedByOpenSSL(t *testing.T) {
	w := newWorld(t)
	s := newShop(t, w)
	for _, content := range [][]byte{manifest, []byte("{}"), {}, bytes.Repeat([]byte("x\r\ny\n"), 5000)} {
		signature := sign(t, w.id, content, now)
		if out, err := s.verified(signature, content); err != nil {
			t.Errorf("openssl refuses a signature over %d bytes: %s", len(content), out)
		}
		if out, err := s.verified(signature, append(content, ' ')); err == nil {
			t.Errorf("openssl accepts a changed content: %s", out)
		}
	}
	printed := s.openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", "signature")
	contains(t, printed, "algorithm: rsaEncryption (1.2.840.113549.1.1.1)", "algorithm: sha256", "signingTime",
		"Mar  1 12:30:15 2026 GMT", "eContent: <ABSENT>")
}

func TestSignIsAcceptedByTheLibrary(t *testing.T) {
	w := newWorld(t)
	message, err := pkcs7.Parse(sign(t, w.id, manifest, now))
	if err != nil {
		t.Fatal(err)
	}
	message.Content = manifest
	if err := message.Verify(); err != nil {
		t.Error(err)
	}
}

func TestSignSameSecondSameBytes(t *testing.T) {
	w := newWorld(t)
	first := sign(t, w.id, manifest, now)
	if !bytes.Equal(first, sign(t, w.id, manifest, now.Add(900*time.Millisecond).In(time.FixedZone("", 3600)))) {
		t.Error("two signatures within a second differ")
	}
	if bytes.Equal(first, sign(t, w.id, manifest, now.Add(time.Second))) {
		t.Error("the signing time is not in the signature")
	}
	if bytes.Equal(first, sign(t, w.id, []byte("{}"), now)) {
		t.Error("the digest is not in the signature")
	}
}

func TestSignConcurrently(t *testing.T) {
	w := newWorld(t)
	results := make(chan []byte)
	for i := range 8 {
		go func() {
			signature, _ := w.id.Sign(manifest, now.Add(time.Duration(i%2)*time.Hour))
			results <- signature
		}()
	}
	for range 8 {
		if _, found, err := signer.Verify(<-results, manifest); err != nil || len(found) > 0 {
			t.Error(found, err)
		}
	}
}

func TestSignOnlyWithinValidity(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name string
		at   time.Time
		ok   bool
	}{
		{"first second", begin, true},
		{"last second", end, true},
		{"too early", begin.Add(-time.Second), false},
		{"too late", end.Add(time.Second), false},
		{"zero time", time.Time{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.id.Sign(manifest, tt.at)
			if ok := err == nil; ok != tt.ok {
				t.Fatalf("error %v", err)
			}
			if err != nil && !errors.Is(err, signer.ErrValidity) {
				t.Errorf("error %v is no ErrValidity", err)
			}
		})
	}
}

func TestSeal(t *testing.T) {
	w := newWorld(t)
	b := pkpass.Bundle{
		"pass.json": pkpass.NewFile([]byte(`{"formatVersion":1}`)),
		"icon.png":  pkpass.NewFile([]byte("not looked at here")),
	}
	sealed, err := signer.Seal(b, w.id, now)
	if err != nil {
		t.Fatal(err)
	}
	got := entry(t, sealed, "manifest.json")
	if !bytes.Equal(got, b.Manifest()) {
		t.Errorf("manifest %s", got)
	}
	s, found, err := signer.Verify(entry(t, sealed, "signature"), got)
	if err != nil || len(found) > 0 || !s.SigningTime.Equal(now) {
		t.Errorf("signed %s: %v, %v", s.SigningTime, found, err)
	}
	if _, err := signer.Seal(b, w.id, end.Add(time.Hour)); !errors.Is(err, signer.ErrValidity) {
		t.Errorf("sealing after the end: %v", err)
	}
}

func entry(t *testing.T, archive []byte, name string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// BenchmarkSign reports as "ratio" how many times a bare RSA signature one of
// ours takes. Both are measured in turns, so that a busy machine meets both.
func BenchmarkSign(b *testing.B) {
	w := newWorld(b)
	digest := sha256.Sum256(manifest)
	var bare, ours time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := rsa.SignPKCS1v15(nil, w.key, crypto.SHA256, digest[:]); err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		if _, err := w.id.Sign(manifest, now); err != nil {
			b.Fatal(err)
		}
		bare += middle.Sub(start)
		ours += time.Since(middle)
	}
	b.ReportMetric(float64(ours)/float64(bare), "ratio")
}
