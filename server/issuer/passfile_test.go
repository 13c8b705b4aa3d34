package issuer_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"pocketpass/server/issuer"
	"pocketpass/signer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// sealedElsewhere is a finished pass that shows a text.
func sealedElsewhere(t testing.TB, shows string) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"formatVersion": 1, "passTypeIdentifier": passType, "serialNumber": "S/1", "teamIdentifier": "TEAM012345",
		"organizationName": "x", "description": shows, "authenticationToken": "0123456789abcdef", "webServiceURL": "https://elsewhere.example/x",
		"generic": map[string]any{}, "barcodes": []any{map[string]any{"format": "PKBarcodeFormatQR", "message": "scan me", "messageEncoding": "utf-8"}}})
	must(t, err)
	id := identity(0, passType, start.AddDate(0, -1, 0), start.AddDate(1, 0, 0))
	data, err := signer.Seal(pkpass.Bundle{"pass.json": pkpass.NewFile(raw)}, id, start)
	must(t, err)
	return data
}

func (w *world) keep(t testing.TB, data []byte) issuer.KeptFile {
	t.Helper()
	k, err := w.KeepPassFile(t.Context(), w.me, issuer.PassFile{Data: data})
	must(t, err)
	return k
}

func (w *world) install(t testing.TB, p store.Pass) {
	t.Helper()
	_, err := w.Register(t.Context(), issuer.Registering{Library: "phone", PassTypeIdentifier: passType, SerialNumber: p.SerialNumber, Token: "0123456789abcdef", PushToken: "00aabbcc"})
	must(t, err)
}

func (w *world) queued(t testing.TB) (n int) {
	t.Helper()
	w.view(t, func(r store.Reader) error {
		all, _, err := r.DuePushes(10)
		n = len(all)
		return err
	})
	return n
}

// TestPassFile keeps a file, changes what tills know of it, and replaces it: only that
// is a push.
func TestPassFile(t *testing.T) {
	w := newWorld(t)
	first := sealedElsewhere(t, "first")
	k := w.keep(t, first)
	if !k.Created || k.Pass.Origin != "file" || k.Pass.SerialNumber != "S/1" {
		t.Errorf("kept %+v", k)
	}
	if !has(k.Findings, "service_elsewhere") || !has(k.Findings, "icon_missing") {
		t.Errorf("findings %+v", k.Findings)
	}
	w.install(t, k.Pass)
	p, err := w.Void(t.Context(), w.me, k.Pass.ID, true)
	must(t, err)
	if n := w.queued(t); n != 0 || p.Voided.IsZero() {
		t.Errorf("%d pushes for what no phone sees", n)
	}
	_, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Values: values("stamps", 1)})
	refusal(t, err, issuer.Conflict, "pass_is_file")
	if again := w.keep(t, first); again.Changed || again.Pass.Version != k.Pass.Version || w.queued(t) != 0 {
		t.Error("the same bytes changed something")
	}
	second := sealedElsewhere(t, "second")
	w.clock.add(100 * time.Millisecond)
	if next := w.keep(t, second); !next.Changed || next.Pass.Version.Moment().Sub(k.Pass.Version.Moment()) != time.Second || w.queued(t) != 1 {
		t.Errorf("the next version is %+v with %d pushes", next.Pass.Version, w.queued(t))
	}
	d, err := w.Download(t.Context(), w.me, p.ID)
	must(t, err)
	if !bytes.Equal(d.Data, second) || d.Name != p.PublicID+".pkpass" {
		t.Errorf("%s is another file", d.Name)
	}
	doc, _, err := w.Document(t.Context(), w.me, p.ID)
	must(t, err)
	if doc.Description != "second" {
		t.Errorf("the document says %q", doc.Description)
	}
	w.wantClean(t)
}

func has(all []pkpass.Finding, code string) bool {
	for _, f := range all {
		if f.Code == code {
			return true
		}
	}
	return false
}

// TestPassFileRefusals are what no file may be; nothing is kept of them.
func TestPassFileRefusals(t *testing.T) {
	w := newWorld(t)
	data := sealedElsewhere(t, "x")
	tests := []struct {
		name string
		file issuer.PassFile
		by   issuer.Actor
		kind issuer.Kind
		code string
	}{
		{"no archive", issuer.PassFile{Data: []byte("x")}, w.me, issuer.Invalid, "pass_file"},
		{"too large", issuer.PassFile{Data: make([]byte, issuer.MaxPassFile+1)}, w.me, issuer.TooLarge, "file_large"},
		{"another serial number", issuer.PassFile{Data: data, SerialNumber: "S/2"}, w.me, issuer.Invalid, "pass_mismatch"},
		{"another pass type", issuer.PassFile{Data: data, PassTypeIdentifier: "pass.other"}, w.me, issuer.Invalid, "pass_mismatch"},
		{"somebody else's pass type", issuer.PassFile{Data: data}, issuer.Actor{Org: 99}, issuer.Conflict, "pass_type_taken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.KeepPassFile(t.Context(), tt.by, tt.file)
			refusal(t, err, tt.kind, tt.code)
		})
	}
	w.view(t, func(r store.Reader) error {
		if _, err := r.PassBySerial(passType, "S/1"); err == nil {
			t.Error("a refused file was kept")
		}
		return nil
	})
	w.wantClean(t)
}

// TestPushCertificate announces with the certificate that was handed over for it while
// there is one.
func TestPushCertificate(t *testing.T) {
	w := newWorld(t)
	own := identity(1, passType, start.AddDate(0, -1, 0), start.AddDate(0, 6, 0))
	p12, err := pkcs12.Modern2023.Encode(own.Key, own.Leaf, nil, "secret")
	must(t, err)
	keep := func(passType, password string) error {
		_, err := w.KeepPushCertificate(t.Context(), w.me, issuer.PushKey{PassTypeIdentifier: passType, Data: p12, Password: password})
		return err
	}
	refusal(t, keep(passType, "wrong"), issuer.Invalid, "certificate_unreadable")
	refusal(t, keep("pass.other", "secret"), issuer.Invalid, "certificate_mismatch")
	must(t, keep(passType, "secret"))
	c, err := w.PushCertificate(t.Context(), w.me, passType)
	must(t, err)
	if !bytes.Equal(c.Leaf, own.Leaf.Raw) || bytes.Contains(c.SealedKey, own.Key.D.Bytes()) {
		t.Errorf("kept %+v", c)
	}
	if _, err := w.PushCertificate(t.Context(), issuer.Actor{Org: 99}, passType); issuer.KindOf(err) != issuer.NotFound {
		t.Errorf("another organisation got %v", err)
	}
	must(t, w.DeletePushCertificate(t.Context(), w.me, passType))
	w.clock.set(start.AddDate(1, 0, 0))
	refusal(t, keep(passType, "secret"), issuer.Invalid, "certificate_expired")
	w.wantClean(t)
}
