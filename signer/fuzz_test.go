package signer_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"testing"

	"pocketpass/signer"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

const fixture = "testdata/signature.der"

// TestFixture reads a signature that was made once, so that what old releases
// signed stays readable. It is the seed of fuzzing, too, where making keys
// would take longer than all the rest.
func TestFixture(t *testing.T) {
	if *update {
		w := newWorld(t)
		if err := os.WriteFile(fixture, sign(t, w.id, manifest, now), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read, found, err := signer.Verify(seed(t), manifest)
	if err != nil || len(found) > 0 || read.PassTypeIdentifier != passType || !read.SigningTime.Equal(now) {
		t.Errorf("read %+v, %v, %v", read, found, err)
	}
}

func seed(t testing.TB) []byte {
	t.Helper()
	signature, err := os.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

// FuzzVerify: whatever stands in a file, Verify answers; and what it finds
// nothing wrong with is a signature over this content and no other.
func FuzzVerify(f *testing.F) {
	f.Add(seed(f))
	f.Add([]byte("-----BEGIN CMS-----"))
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, signature []byte) {
		read, found, err := signer.Verify(signature, manifest)
		complete(t, found)
		read.Judge(signer.Claims{PassTypeIdentifier: passType})
		read.Aged(now)
		if err != nil || len(found) > 0 {
			return
		}
		if _, found, _ = signer.Verify(signature, append(bytes.Clone(manifest), ' ')); len(found) == 0 {
			t.Error("accepted for another content")
		}
	})
}

// FuzzRead: whatever is uploaded, Read answers, and what it took out is
// assembled or refused.
func FuzzRead(f *testing.F) {
	read, _, err := signer.Verify(seed(f), manifest)
	if err != nil {
		f.Fatal(err)
	}
	leaf := read.Leaf
	f.Add(leaf.Raw, "")
	f.Add(pemCert(leaf), "")
	f.Add(seed(f), "")
	f.Add(pfx(3, hiding(seq(bag(certBag, seq(oid(x509Certificate), tagged(oct(leaf.Raw))))))), hiddenPassword)
	f.Add(pfx(3, data(seq(bag(shroudedBag, seq(newPBE(1), oct(make([]byte, 16)))))), mac(seq(oid(sha1ID)), 1)), "")
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		m, err := signer.Read(data, password)
		if err != nil {
			return
		}
		id, _, err := signer.Assemble(context.Background(), m, nil, nil, nil, now)
		if (id == nil) == (err == nil) {
			t.Errorf("identity %v with error %v", id, err)
		}
	})
}
