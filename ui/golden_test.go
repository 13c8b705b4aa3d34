package ui_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"pocketpass/server/servertest"
	"pocketpass/ui"
)

const (
	instagram = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram 340.0"
	hostile   = "\"'><script>alert(1)</script></title></style> & + {{.}} {} \x00 é😀"
	address   = "https://example.org/a b?c=\"'><script>&d=%41%4&(é)#[+]"
)

// TestPassPageGolden holds every byte of the page of a pass.
func TestPassPageGolden(t *testing.T) {
	stranger := ui.PassPageData{Lang: hostile, Title: hostile, Organisation: "By " + hostile, Description: hostile, PageURL: hostile,
		PkpassURL: address, DocumentURL: hostile, Images: map[string]string{hostile: hostile}, Stylesheet: address, Script: address, UserAgent: instagram, Demo: true}
	other := card
	other.Lang, other.Demo, other.Voided, other.UserAgent = "de", true, true, instagram
	other.Stylesheet, other.Script = "/p/k3v9qm1tt0abr7.css?1", "/p/k3v9qm1tt0abr7.js?1"
	expired := card
	expired.Expired = true
	for name, d := range map[string]ui.PassPageData{"plain": card, "void": other, "expired": expired, "hostile": stranger} {
		t.Run(name, func(t *testing.T) {
			golden(t, "pass-"+name, func(w http.ResponseWriter) error { return ui.PassPage(w, d) })
		})
	}
}

// TestEnrolPageGolden holds every byte of the page of a link.
func TestEnrolPageGolden(t *testing.T) {
	for name, d := range enrolPages() {
		t.Run(name, func(t *testing.T) {
			golden(t, "enrol-"+name, func(w http.ResponseWriter) error { return ui.EnrolPage(w, d) })
		})
	}
}

func enrolPages() map[string]ui.EnrolPageData {
	form := ui.EnrolPageData{Lang: "en", Title: "Coffee club", Organisation: "Corner Café", Text: "Every tenth cup is yours.\r\n\r\nFill in the form.",
		Action: "/c/k3v9qm1t", Once: "4f1c", PageURL: "https://example.org/c/k3v9qm1t", ShareText: "Ten cups", Questions: []ui.EnrolQuestion{
			{Name: "/person/name", Type: "text", Person: "name", Required: true}, {Name: "/values/news", Type: "boolean", Label: "News?", Value: "true"}}}
	full := form
	full.Private, full.TextLang, full.Demo, full.UserAgent = true, "fr", true, instagram
	full.ShareTitle, full.ShareImage, full.Stylesheet, full.Script = "Come in", "https://example.org/i.png", "/c/k3v9qm1t.css?1", "/c/k3v9qm1t.js?1"
	full.DocumentURL, full.Images = "/c/k3v9qm1t/pass.json", map[string]string{"logo.png": "/i/1", "strip.png": "/i/2"}
	full.Consent = ui.EnrolConsent{Text: "I agree.", Sum: "7d1e"}
	wrong := full
	wrong.Foreign, wrong.Again, wrong.Status, wrong.Consent.Wrong = true, true, http.StatusUnprocessableEntity, true
	wrong.Questions = []ui.EnrolQuestion{
		{Name: "a", Type: "phone", Person: "phone", Value: "030", Wrong: true, Required: true}, {Name: "b", Type: "email", Person: "email"},
		{Name: "c", Type: "boolean", Label: "Tick", Required: true, Wrong: true}, {Name: "d", Type: "date", Label: "Day", Wrong: true}}
	closed := full
	closed.State, closed.DocumentURL, closed.Lang = ui.EnrolClosed, "", "de"
	hidden := ui.EnrolPageData{Lang: hostile, State: ui.EnrolState(hostile), Title: hostile, Organisation: hostile, Text: hostile, TextLang: hostile,
		Action: address, Once: hostile, Consent: ui.EnrolConsent{Text: hostile, Sum: hostile}, PageURL: hostile, DocumentURL: hostile,
		Images: map[string]string{hostile: hostile}, ShareTitle: hostile, ShareText: hostile, ShareImage: address, Stylesheet: address, Script: address,
		Questions: []ui.EnrolQuestion{{Name: hostile, Type: hostile, Label: hostile, Value: hostile, Wrong: true}}}
	return map[string]ui.EnrolPageData{"form": form, "full": full, "wrong": wrong, "closed": closed, "hostile": hidden}
}

// golden compares what draw writes with testdata/pages/name.html.
func golden(t *testing.T, name string, draw func(http.ResponseWriter) error) {
	t.Helper()
	w := httptest.NewRecorder()
	if err := draw(w); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "pages", name+".html")
	if *servertest.Update {
		if err := os.WriteFile(file, w.Body.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Body.String(); got != string(want) {
		t.Errorf("%s is now (-update takes it):\n%s", file, got)
	}
}
