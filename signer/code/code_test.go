package code_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pocketpass/signer/code"
)

var update = flag.Bool("update", false, "rewrite the test vectors")

const vectorsFile = "../../testdata/codes/vectors.json"

// vectors are for whoever writes a scanner of their own.
type vectors struct {
	Note      string   `json:"note"`
	Seed      string   `json:"seed"`      // hex, RFC 8032
	PublicKey string   `json:"publicKey"` // hex
	Codes     []vector `json:"codes"`
}

type vector struct {
	Name      string `json:"name"`
	Text      string `json:"text"`
	At        string `json:"at"`      // time to verify it at
	Verdict   string `json:"verdict"` // good, malformed, version, key, forged, early, expired
	SingleUse bool   `json:"singleUse,omitempty"`
	Pass      uint64 `json:"pass,omitempty"`
	Campaign  uint64 `json:"campaign,omitempty"`
	NotBefore string `json:"notBefore,omitempty"`
	NotAfter  string `json:"notAfter,omitempty"`
}

var verdicts = map[error]string{nil: "good", code.ErrMalformed: "malformed", code.ErrVersion: "version", code.ErrKey: "key",
	code.ErrForged: "forged", code.ErrEarly: "early", code.ErrExpired: "expired"}

var (
	seed   = bytes.Repeat([]byte{0x2a}, ed25519.SeedSize)
	signer = ed25519.NewKeyFromSeed(seed)
	public = signer.Public().(ed25519.PublicKey)
	noon   = time.Date(2026, 6, 1, 12, 30, 0, 0, time.UTC)
	sample = code.Code{Key: 1, SingleUse: true, Pass: 312345678901234, Campaign: 312345678900001, NotBefore: noon, NotAfter: noon.AddDate(0, 1, 0)}
)

func keys(n uint8) ed25519.PublicKey {
	if n == 1 {
		return public
	}
	return nil
}

// texts are the codes of the vectors with the times to verify them at.
func texts() []vector {
	endless, other := sample, sample
	endless.NotAfter, endless.SingleUse = time.Time{}, false
	other.Key = 9
	good := code.Sign(signer, sample)
	flip := func(at int, to string) string { return good[:at] + to + good[at+1:] }
	day := noon.Format(time.RFC3339)
	return []vector{
		{Name: "good for a month, once", Text: good, At: day},
		{Name: "good without end", Text: code.Sign(signer, endless), At: noon.AddDate(50, 0, 0).Format(time.RFC3339)},
		{Name: "lower case", Text: strings.ToLower(good), At: day},
		{Name: "first minute of its first hour", Text: good, At: noon.Truncate(time.Hour).Format(time.RFC3339)},
		{Name: "before its first hour", Text: good, At: noon.Add(-31 * time.Minute).Format(time.RFC3339)},
		{Name: "after its last hour", Text: good, At: noon.AddDate(0, 1, 0).Add(30 * time.Minute).Format(time.RFC3339)},
		{Name: "another pass under the same signature", Text: flip(16, "Q"), At: day},
		{Name: "signature changed", Text: flip(80, other16(good[80])), At: day},
		{Name: "key that is not known", Text: code.Sign(signer, other), At: day},
		{Name: "version 2", Text: "PP1:AI" + good[6:], At: day},
		{Name: "cut off", Text: good[:len(good)-8], At: day},
		{Name: "something after it", Text: good + "AA", At: day},
		{Name: "unused bits set", Text: good[:len(good)-1] + string(good[len(good)-1]+1), At: day},
		{Name: "letters that only look like it", Text: strings.Replace(strings.ToLower(good), "i", "\u0131", 1), At: day},
		{Name: "another text", Text: "HTTPS://EXAMPLE.ORG", At: day},
	}
}

func other16(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

// TestVectors holds the package against the published vectors, and those against
// what it makes.
func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	raw, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var all vectors
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	if all.Seed != hex.EncodeToString(seed) || len(all.Codes) != len(texts()) {
		t.Fatalf("%s has %d vectors, want %d: run with -update", vectorsFile, len(all.Codes), len(texts()))
	}
	for n, want := range all.Codes {
		t.Run(want.Name, func(t *testing.T) {
			if got := judged(t, texts()[n]); got != want {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		})
	}
}

func judged(t *testing.T, v vector) vector {
	t.Helper()
	at, err := time.Parse(time.RFC3339, v.At)
	if err != nil {
		t.Fatal(err)
	}
	c, err := code.Verify(v.Text, keys, at)
	v.Verdict = verdicts[err]
	if v.SingleUse, v.Pass, v.Campaign = c.SingleUse, c.Pass, c.Campaign; c.Pass == 0 {
		return v
	}
	v.NotBefore = c.NotBefore.Format(time.RFC3339)
	if !c.NotAfter.IsZero() {
		v.NotAfter = c.NotAfter.Format(time.RFC3339)
	}
	return v
}

func writeVectors(t *testing.T) {
	t.Helper()
	all := vectors{Note: "signed codes of version 1; the layout is in signer/code", Seed: hex.EncodeToString(seed), PublicKey: hex.EncodeToString(public)}
	for _, v := range texts() {
		all.Codes = append(all.Codes, judged(t, v))
	}
	raw, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorsFile, append(raw, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestLayout reads a code by the table of the package's comment, without the package, and has
// openssl verify its signature.
func TestLayout(t *testing.T) {
	text := code.Sign(signer, sample)
	if len(text) > 152 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:") != "" {
		t.Errorf("%q has %d characters, want at most 152 of the alphanumeric mode", text, len(text))
	}
	raw := fromBase32(t, strings.TrimPrefix(text, "PP1:"))
	want := "01" + "01" + "01" + "00011c13a53ceff2" + "00011c13a53ceb21" + "078bc4" + "078e95"
	if got := hex.EncodeToString(raw[:25]); got != want {
		t.Errorf("bytes %s\nwant  %s", got, want)
	}
	openssl(t, append([]byte("PP1:"), raw[:25]...), raw[25:])
}

// fromBase32 is a decoder of its own: five bits for each character.
func fromBase32(t *testing.T, text string) (out []byte) {
	t.Helper()
	bits, n := 0, 0
	for _, c := range text {
		v := strings.IndexRune("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", c)
		if v < 0 {
			t.Fatalf("%q is not of base 32", c)
		}
		if bits, n = bits<<5|v, n+5; n >= 8 {
			n -= 8
			out = append(out, byte(bits>>n))
			bits &= 1<<n - 1
		}
	}
	return out
}

func openssl(t *testing.T, message, signature []byte) {
	t.Helper()
	bin, err := exec.LookPath("openssl")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("openssl is missing: CI has to install it")
	} else if err != nil {
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	// SubjectPublicKeyInfo of RFC 8410: twelve bytes before the key.
	der, _ := hex.DecodeString("302a300506032b6570032100")
	pem := "-----BEGIN PUBLIC KEY-----\n" + base64.StdEncoding.EncodeToString(append(der, public...)) + "\n-----END PUBLIC KEY-----\n"
	for name, data := range map[string][]byte{"key.pem": []byte(pem), "message": message, "signature": signature} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), bin, "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "message", "-sigfile", "signature")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("openssl refuses the signature: %v: %s", err, out)
	}
}

// TestEndBeforeTheFirstHour: what has long ended is not good without end.
func TestEndBeforeTheFirstHour(t *testing.T) {
	old := sample
	old.NotBefore = time.Time{}
	for _, old.NotAfter = range []time.Time{time.Unix(0, 0), time.Date(1959, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if _, err := code.Verify(code.Sign(signer, old), keys, noon); !errors.Is(err, code.ErrExpired) {
			t.Errorf("a code that ended at %s: %v, want %v", old.NotAfter, err, code.ErrExpired)
		}
	}
}

func TestList(t *testing.T) {
	l := code.List{Key: 1, Made: noon, Since: 4, Next: 9, Passes: []uint64{5, 9}, Campaigns: []uint64{2}}
	signature := l.Sign(signer)
	if err := l.Verify(public, signature); err != nil {
		t.Fatal(err)
	}
	openssl(t, []byte("PPR1\n1\n1780317000\n4\n9\n2\n5\n9\n1\n2\n"), signature)
	for name, edit := range map[string]func(*code.List){
		"a pass fewer":            func(l *code.List) { l.Passes = l.Passes[:1] },
		"a pass among campaigns":  func(l *code.List) { l.Passes, l.Campaigns = []uint64{5}, []uint64{9, 2} },
		"another time":            func(l *code.List) { l.Made = noon.Add(time.Second) },
		"another page after this": func(l *code.List) { l.Next = 0 },
	} {
		other := l
		if edit(&other); !errors.Is(other.Verify(public, signature), code.ErrList) {
			t.Errorf("%s: the signature still fits", name)
		}
	}
}

// FuzzVerify looks for a text that verifies and is not the one that its code is written as.
func FuzzVerify(f *testing.F) {
	for _, v := range texts() {
		f.Add(v.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := code.Verify(text, keys, noon)
		if err != nil && !errors.Is(err, code.ErrEarly) && !errors.Is(err, code.ErrExpired) {
			if c != (code.Code{}) {
				t.Errorf("refused with %v, and yet %+v", err, c)
			}
			return
		}
		if again := code.Sign(signer, c); !strings.EqualFold(again, text) || len(again) != len(text) {
			t.Errorf("%q verifies as a code that is written %q", text, again)
		}
	})
}
