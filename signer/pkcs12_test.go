package signer_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"math"
	"math/big"
	"testing"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"pocketpass/signer"
)

// TestReadPKCS12 reads the .p12 files that programs of the last twenty years
// write.
func TestReadPKCS12(t *testing.T) {
	w := newWorld(t)
	s := newShop(t, w)
	both := []string{"-inkey", "key.pem", "-in", "leaf.pem", "-certfile", "chain.pem"}
	tests := []struct {
		name               string
		args               []string
		password           string
		keys, certificates int
	}{
		{"OpenSSL 3", both, "secret", 1, 2},
		{"RC2 and 3DES, as Keychain", append([]string{"-legacy"}, both...), "secret", 1, 2},
		{"3DES", append([]string{"-legacy", "-descert"}, both...), "secret", 1, 2},
		{"RC2 128", append([]string{"-legacy", "-certpbe", "PBE-SHA1-RC2-128"}, both...), "secret", 1, 2},
		{"AES 128, SHA-1 PRF", append([]string{"-keypbe", "AES-128-CBC", "-certpbe", "AES-128-CBC", "-macalg", "SHA1"}, both...), "secret", 1, 2},
		{"SHA-512 MAC", append([]string{"-macalg", "SHA512"}, both...), "secret", 1, 2},
		{"certificates in the clear", append([]string{"-certpbe", "NONE"}, both...), "secret", 1, 2},
		{"all in the clear", append([]string{"-keypbe", "NONE", "-certpbe", "NONE"}, both...), "secret", 1, 2},
		{"all in the clear, no MAC", append([]string{"-keypbe", "NONE", "-certpbe", "NONE", "-nomac"}, both...), "", 1, 2},
		{"encrypted, no MAC", append([]string{"-nomac"}, both...), "secret", 1, 2},
		{"empty password", both, "", 1, 2},
		{"empty password, old", append([]string{"-legacy"}, both...), "", 1, 2},
		{"umlauts", both, "pässwörd", 1, 2},
		{"certificates only", []string{"-nokeys", "-in", "leaf.pem"}, "secret", 0, 1},
		{"certificates only, old", []string{"-legacy", "-nokeys", "-in", "leaf.pem"}, "secret", 0, 1},
		{"key only", []string{"-nocerts", "-inkey", "key.pem"}, "secret", 1, 0},
		{"many iterations", append([]string{"-iter", "100000"}, both...), "secret", 1, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"pkcs12", "-export", "-passout", "pass:" + tt.password, "-out", "out.p12", "-name", "Pass"}, tt.args...)
			s.openssl(args...)
			m, err := signer.Read(s.read("out.p12"), tt.password)
			if err != nil {
				t.Fatal(err)
			}
			holds(t, w, m, tt.keys, tt.certificates)
		})
	}
}

// TestReadPKCS12Modern reads a MAC that openssl writes from version 3.4 on.
func TestReadPKCS12Modern(t *testing.T) {
	w := newWorld(t)
	der, err := pkcs12.Modern2026.Encode(w.key, w.leaf, nil, "secret")
	if err != nil {
		t.Fatal(err)
	}
	m, err := signer.Read(der, "secret")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, w, m, 1, 1)
}

// TestReadPKCS12NoBytes reads a file whose empty password is spelled as no
// bytes at all, as some programs do, instead of as the two zero bytes of the
// standard.
func TestReadPKCS12NoBytes(t *testing.T) {
	w := newWorld(t)
	block, err := des.NewTripleDESCipher(deriveNoBytes(1, 24))
	if err != nil {
		t.Fatal(err)
	}
	text := pad(seq(bag(certBag, seq(oid(x509Certificate), tagged(oct(w.leaf.Raw))))), 8)
	cipher.NewCBCEncrypter(block, deriveNoBytes(2, 8)).CryptBlocks(text, text)
	contents := encrypted(oldPBE(1), text)

	h := hmac.New(sha1.New, deriveNoBytes(3, 20))
	h.Write(seq(contents))
	mac := seq(seq(seq(oid(sha1ID)), oct(h.Sum(nil))), oct(make([]byte, 8)))
	m, err := signer.Read(pfx(3, contents, mac), "")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, w, m, 0, 1)
}

// deriveNoBytes is the key derivation of RFC 7292, appendix B, with SHA-1, an
// empty password, a salt of zeros and one iteration; size is 40 at most.
func deriveNoBytes(purpose byte, size int) []byte {
	head := bytes.Repeat([]byte{purpose}, 64)
	one := sha1.Sum(join(head, make([]byte, 64)))
	next := new(big.Int).SetBytes(bytes.Repeat(one[:], 4)[:64])
	two := sha1.Sum(join(head, next.Add(next, big.NewInt(1)).FillBytes(make([]byte, 64))))
	return join(one[:], two[:])[:size]
}

func TestReadPKCS12WrongPassword(t *testing.T) {
	w := newWorld(t)
	s := newShop(t, w)
	both := []string{"-inkey", "key.pem", "-in", "leaf.pem"}
	files := []struct {
		name string
		args []string
	}{
		{"new", both},
		{"old", append([]string{"-legacy"}, both...)},
		{"no MAC", append([]string{"-nomac"}, both...)},
		{"all in the clear", append([]string{"-keypbe", "NONE", "-certpbe", "NONE"}, both...)},
		{"certificates only", []string{"-nokeys", "-in", "leaf.pem"}},
		{"key only", []string{"-nocerts", "-inkey", "key.pem"}},
	}
	for _, f := range files {
		s.openssl(append([]string{"pkcs12", "-export", "-passout", "pass:secret", "-out", "out.p12"}, f.args...)...)
		for _, password := range []string{"", "Secret", "☕", "\xff", "🥐"} {
			_, err := signer.Read(s.read("out.p12"), password)
			if !errors.Is(err, signer.ErrPassword) {
				t.Errorf("%s with password %q: %v", f.name, password, err)
				continue
			}
			contains(t, err.Error(), "chosen when it was exported")
		}
	}
}

// TestReadPKCS12Hostile hands in files that would keep a processor busy for
// minutes or for ever. Each has to be refused at once.
func TestReadPKCS12Hostile(t *testing.T) {
	const many = math.MaxInt32
	huge := new(big.Int).Lsh(big.NewInt(1), 80)
	plain := data(seq(bag(keyBag, []byte{0x30, 0})))
	tests := []struct {
		name string
		file []byte
		kind error
	}{
		{"MAC", pfx(3, plain, mac(seq(oid(sha1ID)), many)), signer.ErrIterations},
		{"MAC beyond 64 bits", pfx(3, plain, mac(seq(oid(sha1ID)), huge)), signer.ErrIterations},
		{"new MAC", pfx(3, plain, mac(seq(oid(pbmac1), seq(kdf(many), seq(oid(hmacSHA256)))), 1)), signer.ErrIterations},
		{"key, old", pfx(3, data(seq(bag(shroudedBag, seq(oldPBE(many), oct(make([]byte, 16))))))), signer.ErrIterations},
		{"key, new", pfx(3, data(seq(bag(shroudedBag, seq(newPBE(many), oct(make([]byte, 16))))))), signer.ErrIterations},
		{"certificates, old", pfx(3, encrypted(oldPBE(many), make([]byte, 16))), signer.ErrIterations},
		{"certificates, new", pfx(3, encrypted(newPBE(many), make([]byte, 16))), signer.ErrIterations},
		{"one too many together", pfx(3, join(encrypted(newPBE(500_000), make([]byte, 16)), encrypted(newPBE(500_000), make([]byte, 16))), mac(seq(oid(sha1ID)), 1)), signer.ErrIterations},
		{"second key", pfx(3, data(seq(bag(shroudedBag, seq(oldPBE(1), oct(make([]byte, 16)))), bag(shroudedBag, seq(oldPBE(many), oct(make([]byte, 16))))))), signer.ErrIterations},
		{"negative", pfx(3, encrypted(newPBE(-1), make([]byte, 16))), signer.ErrFormat},
		{"zero", pfx(3, encrypted(newPBE(0), make([]byte, 16))), signer.ErrFormat},
		{"hidden key", pfx(3, hiding(seq(bag(shroudedBag, seq(newPBE(many), oct(make([]byte, 16))))))), signer.ErrFormat},
		{"hidden key behind a certificate", pfx(3, hiding(seq(
			bag(certBag, seq(oid(x509Certificate), tagged(oct(newWorld(t).leaf.Raw)))),
			bag(shroudedBag, seq(newPBE(many), oct(make([]byte, 16)))),
		))), signer.ErrFormat},
		{"encrypted key alone", seq(newPBE(many), oct(make([]byte, 16))), signer.ErrIterations},
		{"huge key", seq(newPBE(1), oct(make([]byte, 100_000))), signer.ErrFormat},
		{"nothing inside", pfx(3, nil), signer.ErrFormat},
		{"no DER inside", pfx(3, []byte{1, 2, 3}), signer.ErrFormat},
		{"public key protection", pfx(3, seq(oid(envelopedData), tagged(seq()))), signer.ErrFormat},
		{"many entries", pfx(3, data(seq(bytes.Repeat(bag(keyBag, []byte{0x30, 0}), 65)))), signer.ErrSize},
	}
	signer.Read(tests[11].file, hiddenPassword) // the decoys are made once
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var err error
			best := time.Hour // of three: the machine may be busy with other things
			for range 3 {
				start := time.Now()
				_, err = signer.Read(tt.file, hiddenPassword)
				best = min(best, time.Since(start))
			}
			if !errors.Is(err, tt.kind) {
				t.Errorf("error %v is no %v", err, tt.kind)
			}
			if best > 50*time.Millisecond {
				t.Errorf("took %s", best)
			}
		})
	}
}

// TestReadPKCS12Unsupported names encryptions that nobody's export uses.
func TestReadPKCS12Unsupported(t *testing.T) {
	rc4 := seq(oid([]int{1, 2, 840, 113549, 1, 12, 1, 1}), seq(oct(make([]byte, 8)), enc(1)))
	files := map[string][]byte{
		"certificates":  pfx(3, encrypted(rc4, make([]byte, 16))),
		"key":           pfx(3, data(seq(bag(shroudedBag, seq(rc4, oct(make([]byte, 16))))))),
		"encrypted key": seq(rc4, oct(make([]byte, 16))),
	}
	for name, file := range files {
		_, err := signer.Read(file, "secret")
		if !errors.Is(err, signer.ErrFormat) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		contains(t, err.Error(), "not supported", "AES-256")
	}
}

// TestHiddenContentIsRead shows that the files with a hidden key are hostile by
// nothing but the key.
func TestHiddenContentIsRead(t *testing.T) {
	w := newWorld(t)
	file := pfx(3, hiding(seq(bag(certBag, seq(oid(x509Certificate), tagged(oct(w.leaf.Raw)))))))
	m, err := signer.Read(file, hiddenPassword)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, w, m, 0, 1)
}

// What follows writes .p12 files by hand.

const hiddenPassword = "secret"

var (
	keyBag          = []int{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	shroudedBag     = []int{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	certBag         = []int{1, 2, 840, 113549, 1, 12, 10, 1, 3}
	x509Certificate = []int{1, 2, 840, 113549, 1, 9, 22, 1}
	dataID          = []int{1, 2, 840, 113549, 1, 7, 1}
	envelopedData   = []int{1, 2, 840, 113549, 1, 7, 3}
	encryptedID     = []int{1, 2, 840, 113549, 1, 7, 6}
	pbes2           = []int{1, 2, 840, 113549, 1, 5, 13}
	pbkdf2ID        = []int{1, 2, 840, 113549, 1, 5, 12}
	pbmac1          = []int{1, 2, 840, 113549, 1, 5, 14}
	hmacSHA256      = []int{1, 2, 840, 113549, 2, 9}
	aes256          = []int{2, 16, 840, 1, 101, 3, 4, 1, 42}
	threeDES        = []int{1, 2, 840, 113549, 1, 12, 1, 3}
	sha1ID          = []int{1, 3, 14, 3, 2, 26}
)

func enc(v any) []byte {
	der, err := asn1.Marshal(v)
	if err != nil {
		panic(err)
	}
	return der
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
func oid(id []int) []byte         { return enc(asn1.ObjectIdentifier(id)) }
func oct(data []byte) []byte      { return enc(append([]byte{}, data...)) }

func seq(parts ...[]byte) []byte {
	return enc(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: join(parts...)})
}

func tagged(inner []byte) []byte {
	return enc(asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: inner})
}

func bag(id []int, value []byte) []byte { return seq(oid(id), tagged(value)) }
func data(inner []byte) []byte          { return seq(oid(dataID), tagged(oct(inner))) }

func pfx(version int, contents []byte, mac ...[]byte) []byte {
	return seq(enc(version), data(seq(contents)), join(mac...))
}

func mac(algorithm []byte, iterations any) []byte {
	return seq(seq(algorithm, oct(make([]byte, 20))), oct(make([]byte, 8)), enc(iterations))
}

func kdf(iterations int) []byte {
	return seq(oid(pbkdf2ID), seq(oct(make([]byte, 8)), enc(iterations), enc(32), seq(oid(hmacSHA256))))
}

func oldPBE(iterations int) []byte {
	return seq(oid(threeDES), seq(oct(make([]byte, 8)), enc(iterations)))
}

func newPBE(iterations int) []byte {
	return seq(oid(pbes2), seq(kdf(iterations), seq(oid(aes256), oct(make([]byte, 16)))))
}

func encrypted(algorithm, ciphertext []byte) []byte {
	implicit := enc(asn1.RawValue{Class: asn1.ClassContextSpecific, Bytes: ciphertext})
	return seq(oid(encryptedID), tagged(seq(enc(0), seq(oid(dataID), algorithm, implicit))))
}

// hiding encrypts safe under hiddenPassword, with the parameters of newPBE(1).
func hiding(safe []byte) []byte {
	key, err := pbkdf2.Key(sha256.New, hiddenPassword, make([]byte, 8), 1, 32)
	if err != nil {
		panic(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	text := pad(safe, block.BlockSize())
	cipher.NewCBCEncrypter(block, make([]byte, 16)).CryptBlocks(text, text)
	return encrypted(newPBE(1), text)
}

func pad(text []byte, size int) []byte {
	n := size - len(text)%size
	return append(bytes.Clone(text), bytes.Repeat([]byte{byte(n)}, n)...)
}
