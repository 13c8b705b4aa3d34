package issuer_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/signer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// TestSameRecordSameBytes seals one pass in two caches: everything but the
// signature's own time comes from record and certificate.
func TestSameRecordSameBytes(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t, "stamps", 3)
	first, err := w.Download(t.Context(), w.me, p.ID)
	must(t, err)
	fresh := func() issuer.Download {
		i := issuer.New(w.config)
		d, err := i.Download(t.Context(), w.me, p.ID)
		must(t, err)
		return d
	}
	if second := fresh(); !bytes.Equal(first.Data, second.Data) || first.Modified != second.Modified {
		t.Error("the same record, clock and certificate gave other bytes")
	}
	w.clock.add(time.Hour)
	a, b := contents(t, first.Data), contents(t, fresh().Data)
	if !bytes.Equal(a.Manifest, b.Manifest) || bytes.Equal(a.Signature, b.Signature) {
		t.Error("an hour later the manifest must be the same and the signature another")
	}
}

func contents(t *testing.T, data []byte) pkpass.Contents {
	t.Helper()
	c, found, err := pkpass.Read(data, pkpass.Limits{})
	must(t, err)
	for _, f := range found {
		t.Errorf("finding %+v", f)
	}
	return c
}

func TestDownloadPassesLint(t *testing.T) {
	w := newWorld(t)
	d, err := w.Download(t.Context(), w.me, w.issue(t).ID)
	must(t, err)
	r, err := signer.Lint(d.Data, start)
	must(t, err)
	for _, f := range pkpass.Blocking(r.Findings) {
		t.Errorf("finding %+v", f)
	}
	if r.Signature.PassTypeIdentifier != passType || !r.Signature.SigningTime.Equal(start) {
		t.Errorf("signed by %s at %v", r.Signature.PassTypeIdentifier, r.Signature.SigningTime)
	}
}

// TestSignaturesAreSpared: a signature says when it was made, so bytes that are the
// same an hour later were not signed again; and once the certificate has expired
// nothing can be signed, but a 304 can be given.
func TestSignaturesAreSpared(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	first, err := w.Download(t.Context(), w.me, p.ID)
	must(t, err)
	w.clock.add(time.Hour)
	second, err := w.PublicDownload(t.Context(), p.PublicID, home, false)
	must(t, err)
	third, _ := w.latest(t, p, time.Time{})
	if !bytes.Equal(first.Data, second.Data) || !bytes.Equal(first.Data, third.Data) {
		t.Error("the bytes were not taken from the cache")
	}
	w.clock.add(2 * 365 * 24 * time.Hour)
	if _, notModified := w.latest(t, p, first.Modified); !notModified {
		t.Error("want a 304")
	}
	_, err = w.Download(t.Context(), w.me, w.issue(t).ID)
	refusal(t, err, issuer.Unavailable, "certificate_expired")
}

func TestUnknownSerialAndWrongTokenLookTheSame(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	token := w.token(p)
	ask := func(serial, token string) error {
		_, _, err := w.LatestPass(t.Context(), issuer.LatestQuestion{PassTypeIdentifier: passType, SerialNumber: serial, Token: token})
		return err
	}
	must(t, ask(p.SerialNumber, token))
	want := ask("unknown", token).Error()
	for name, err := range map[string]error{
		"wrong token":       ask(p.SerialNumber, "x"+token[1:]),
		"no token":          ask(p.SerialNumber, ""),
		"unknown, no token": ask("unknown", ""),
		"longer token":      ask(p.SerialNumber, token+"x"),
	} {
		if refusal(t, err, issuer.Denied, "wrong_token"); err.Error() != want {
			t.Errorf("%s: %q, an unknown serial number: %q", name, err, want)
		}
	}
	g := w.registering(p, phoneNumber(1))
	g.Token = "wrong"
	_, err := w.Register(t.Context(), g)
	refusal(t, err, issuer.Denied, "wrong_token")
	refusal(t, w.Unregister(t.Context(), g), issuer.Denied, "wrong_token")
	g.SerialNumber = "unknown"
	_, err = w.Register(t.Context(), g)
	refusal(t, err, issuer.Denied, "wrong_token")
}

func TestOwnToken(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	o.Token = "token-of-an-older-server"
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	if w.token(p) != o.Token {
		t.Errorf("token %s", w.token(p))
	}
	w.latest(t, p, time.Time{})
}

func TestExpiredCertificate(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	for at, code := range map[time.Time]string{
		start.AddDate(2, 0, 0):  "certificate_expired",
		start.AddDate(0, -2, 0): "certificate_not_yet_valid",
	} {
		w.clock.set(at)
		_, err := w.Download(t.Context(), w.me, p.ID)
		e := refusal(t, err, issuer.Unavailable, code)
		if len(e.Msg) < 40 {
			t.Errorf("%q is no sentence that says what to do", e.Msg)
		}
		if _, _, err := w.Document(t.Context(), w.me, p.ID); err != nil {
			t.Errorf("the document needs no certificate: %v", err)
		}
	}
	_, err := w.Download(t.Context(), w.me, 99)
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown pass: %v", err)
	}
}
