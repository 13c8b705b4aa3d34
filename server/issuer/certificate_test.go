package issuer_test

import (
	"bytes"
	"context"
	"crypto"
	"encoding/pem"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/signer"
	"pocketpass/store"
)

func pemKey(t *testing.T, key crypto.Signer) []byte {
	der, err := signer.MarshalKey(key)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// TestKeyRequestedWeeksBefore: the certificate comes back alone, after the program
// was started anew, and finds its key and its intermediate.
func TestKeyRequestedWeeksBefore(t *testing.T) {
	w := bare(t)
	c, err := w.RequestCertificate(t.Context(), w.me, issuer.CertificateRequest{Name: "Café", CommonName: "Café", Email: "a@cafe.example"})
	must(t, err)
	state, err := w.Certificate(t.Context(), w.me, c.ID)
	must(t, err)
	if state.State != issuer.Requested {
		t.Errorf("state %s", state.State)
	}
	_, err = w.KeepIntermediate(t.Context(), w.me, authority().Intermediate.Raw)
	must(t, err)
	w.clock.add(6 * 7 * 24 * time.Hour)
	request, err := signer.ReadRequest(c.Request)
	must(t, err)
	cert, err := authority().Issue(nil, request.PublicKey, signer.Order{PassTypeIdentifier: passType, TeamIdentifier: team,
		Organization: "Café", NotBefore: w.clock.Now().Add(-time.Hour), NotAfter: w.clock.Now().AddDate(1, 0, 0)})
	must(t, err)
	i := issuer.New(w.config)
	got, _, err := i.ImportCertificate(t.Context(), w.me, issuer.CertificateImport{Files: [][]byte{cert.Raw}})
	must(t, err)
	if got.ID != c.ID || got.Name != "Café" || got.PassTypeIdentifier != passType || got.TeamIdentifier != team {
		t.Errorf("imported %+v", got)
	}
	all, _, err := i.Certificates(t.Context(), w.me, store.Page{})
	must(t, err)
	if len(all) != 1 || all[0].State != signer.Demo || all[0].Days != 365 {
		t.Errorf("certificates %+v", all)
	}
}

func TestImportRefuses(t *testing.T) {
	w := bare(t)
	until := start.AddDate(1, 0, 0)
	good := leaf(0, passType, team, start.Add(-time.Hour), until).Raw
	expired := leaf(0, passType, team, start.AddDate(-1, 0, 0), start.Add(-time.Hour)).Raw
	middle := authority().Intermediate.Raw
	tests := []struct {
		name, code, says string
		files            [][]byte
	}{
		{"nothing", "files_missing", "give 1 to 8 files", nil},
		{"nine files", "files_missing", "give 1 to 8 files", make([][]byte, 9)},
		{"rubbish", "certificate_unreadable", "", [][]byte{[]byte("rubbish")}},
		{"no key", "certificate_refused", "give the .p12 that holds both", [][]byte{good, middle}},
		{"another key", "certificate_refused", "made from another request", [][]byte{good, middle, pemKey(t, keys[1]())}},
		{"key alone", "certificate_refused", "a private key alone", [][]byte{pemKey(t, keys[0]())}},
		{"intermediate alone", "certificate_refused", "passes need a Pass Type ID certificate", [][]byte{middle}},
		{"no intermediate, offline", "certificate_refused", "intermediate", [][]byte{good, pemKey(t, keys[0]())}},
		{"expired", "certificate_refused", "expired", [][]byte{expired, middle, pemKey(t, keys[0]())}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := w.ImportCertificate(t.Context(), w.me, issuer.CertificateImport{Files: tt.files})
			if e := refusal(t, err, issuer.Invalid, tt.code); !strings.Contains(e.Msg, tt.says) {
				t.Errorf("%q does not say %q", e.Msg, tt.says)
			}
		})
	}
	all, _, err := w.Certificates(t.Context(), w.me, store.Page{})
	must(t, err)
	if len(all) != 0 {
		t.Errorf("a refused import left %+v", all)
	}
}

func TestIntermediates(t *testing.T) {
	w := bare(t)
	for range 20 { // the same again takes no room
		_, err := w.KeepIntermediate(t.Context(), w.me, authority().Intermediate.Raw)
		must(t, err)
	}
	for name, file := range map[string][]byte{
		"a leaf":  leaf(0, passType, team, start, start.AddDate(1, 0, 0)).Raw,
		"a key":   pemKey(t, keys[0]()),
		"rubbish": []byte("x"),
	} {
		if _, err := w.KeepIntermediate(t.Context(), w.me, file); issuer.KindOf(err) != issuer.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, _, err := w.ImportCertificate(t.Context(), w.me, issuer.CertificateImport{Files: [][]byte{
		leaf(0, passType, team, start.Add(-time.Hour), start.AddDate(1, 0, 0)).Raw, pemKey(t, keys[0]())}})
	must(t, err)
}

// TestIntermediateIsFetched at the address that the certificate names; without an
// answer the sentence says what to upload.
func TestIntermediateIsFetched(t *testing.T) {
	asked := ""
	answer := func() ([]byte, error) { return nil, errors.New("no network") }
	w := bare(t, func(c *issuer.Config) {
		c.Fetch = func(_ context.Context, url string) ([]byte, error) { asked = url; return answer() }
	})
	cert := leafWithAddress(t, "http://certs.example/wwdr.cer")
	n := issuer.CertificateImport{Files: [][]byte{cert, pemKey(t, keys[0]())}}
	_, _, err := w.ImportCertificate(t.Context(), w.me, n)
	if e := refusal(t, err, issuer.Invalid, "certificate_refused"); asked != "http://certs.example/wwdr.cer" || !strings.Contains(e.Msg, "upload") && !strings.Contains(e.Msg, "download") {
		t.Errorf("asked %q, %q", asked, e.Msg)
	}
	answer = func() ([]byte, error) { return authority().Intermediate.Raw, nil }
	_, _, err = w.ImportCertificate(t.Context(), w.me, n)
	must(t, err)
}

// TestKeysAreEncryptedAtRest looks for the key's secret parts in the database file.
func TestKeysAreEncryptedAtRest(t *testing.T) {
	w := newWorld(t)
	w.issue(t)
	data, err := os.ReadFile(w.path)
	must(t, err)
	key := keys[0]()
	der, err := signer.MarshalKey(key)
	must(t, err)
	for name, secret := range map[string][]byte{"PKCS#8": der[len(der)/2:][:32], "exponent": key.D.Bytes()[:16], "prime": key.Primes[0].Bytes()[:16]} {
		if bytes.Contains(data, secret) {
			t.Errorf("the database holds the key's %s", name)
		}
	}
	if !bytes.Contains(data, []byte(passType)) {
		t.Error("the file is not the database")
	}
}
