package wallet_test

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

func (v *visit) page() string { return "/p/" + v.pass.PublicID }

func wantText(t *testing.T, a *servertest.Answer, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(string(a.Body), part) {
			t.Errorf("the page lacks %q", part)
		}
	}
}

func wantNoText(t *testing.T, a *servertest.Answer, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(string(a.Body), part) {
			t.Errorf("the page has %q", part)
		}
	}
}

func TestPage(t *testing.T) {
	v := newVisit(t)
	a := v.Anonymous().Get(t, v.page()).Status(t, http.StatusOK)
	wantText(t, a, "<title>Corner Café</title>", `href="`+servertest.BaseURL+v.page()+`.pkpass"`,
		`data-document="`+v.page()+`/pass.json"`, v.page()+"/images/icon@2x.png", "/ui/barcode.svg?", "Demo: signed by a demo authority")
	wantNoText(t, a, v.token, "voided", "expired", "Safari")
	csp := a.Header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") && !strings.Contains(csp, "default-src 'self'") || strings.Contains(csp, "unsafe") {
		t.Errorf("the policy is %q", csp)
	}
	if got := a.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("the page is of type %q", got)
	}
}

func TestPageFile(t *testing.T) {
	v := newVisit(t)
	a := v.Anonymous().Get(t, v.page()+".pkpass").Status(t, http.StatusOK)
	v.CheckPass(t, a.Body)
	if got := a.Header.Get("Content-Type"); got != pkpass.MediaType {
		t.Errorf("the file is of type %q", got)
	}
	if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="`+v.pass.SerialNumber+`.pkpass"` {
		t.Errorf("Content-Disposition is %q", got)
	}
	empty(t, v.Anonymous().Head(t, v.page()+".pkpass").Status(t, http.StatusOK))
}

// TestPageDocument shows the pass without the token that updates it.
func TestPageDocument(t *testing.T) {
	v := newVisit(t)
	a := v.Anonymous().Get(t, v.page()+"/pass.json").Status(t, http.StatusOK)
	wantText(t, a, `"serialNumber":"`+v.pass.SerialNumber+`"`)
	wantNoText(t, a, "authenticationToken", v.token)
	if got := a.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("the document is of type %q", got)
	}
	a.Golden(t, "pass.json")
}

func TestPageImages(t *testing.T) {
	v := newVisit(t)
	for name, side := range map[string]int{"icon.png": 38, "icon@2x.png": 76, "icon@3x.png": 114} {
		a := v.Anonymous().Get(t, v.page()+"/images/"+name).Status(t, http.StatusOK)
		img, err := png.Decode(bytes.NewReader(a.Body))
		if err != nil || img.Bounds().Dx() != side {
			t.Errorf("%s: %v, %v, want %d pixels", name, err, img.Bounds(), side)
		}
		if got := a.Header.Get("Content-Type"); got != "image/png" {
			t.Errorf("%s is of type %q", name, got)
		}
	}
	for _, name := range []string{"", "none.png", "strip.png", "pass.json", "manifest.json", "signature", "en.lproj/pass.strings",
		"..%2f..%2fpocketpass.db", "%2e%2e/%2e%2e/master.key", "/etc/passwd", "icon.png/", "icon.png%00", "ICON.PNG", "de.lproj/icon.png"} {
		if a := v.follow(t, v.page()+"/images/"+name); a.Code != http.StatusNotFound && a.Code != http.StatusBadRequest {
			t.Errorf("%q is served: status %d, %.80q", name, a.Code, a.Body)
		}
	}
}

// follow asks again where the server cleans a path, as browsers do.
func (v *visit) follow(t *testing.T, path string) *servertest.Answer {
	t.Helper()
	a := v.Anonymous().Get(t, path)
	if to := a.Header.Get("Location"); to != "" {
		return v.Anonymous().Get(t, strings.TrimPrefix(to, servertest.BaseURL))
	}
	return a
}

func TestPageUnknown(t *testing.T) {
	v := newVisit(t)
	for _, id := range []string{"aaaaaaaaaaaaaa", "a", v.pass.PublicID + "a", v.pass.SerialNumber, v.pass.ID.Short(), "%00", strings.Repeat("a", 5000)} {
		for _, rest := range []string{"", ".pkpass", "/pass.json", "/images/icon.png"} {
			if a := v.follow(t, "/p/"+id+rest); a.Code != http.StatusNotFound {
				t.Errorf("/p/%.20s%s: status %d", id, rest, a.Code)
			}
		}
	}
	v.Anonymous().Get(t, "/p/aaaaaaaaaaaaaa").Fails(t, 404, "not_found")
}

// TestPageInsideApps says how to get out of a browser that cannot add passes.
func TestPageInsideApps(t *testing.T) {
	v := newVisit(t)
	const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	wantText(t, v.Anonymous().Get(t, v.page(), "User-Agent: "+phone+"Mobile/15E148 Instagram 300.0.0.0"), "Open this page in your browser", "Instagram")
	wantNoText(t, v.Anonymous().Get(t, v.page(), "User-Agent: "+phone+"Version/18.0 Mobile/15E148 Safari/604.1"), "Open this page in your browser")
}

func TestPageState(t *testing.T) {
	v := newVisit(t)
	if _, err := v.Issuer.Void(t.Context(), v.Actor, v.pass.ID, true); err != nil {
		t.Fatal(err)
	}
	wantText(t, v.Anonymous().Get(t, v.page()).Status(t, http.StatusOK), "This pass was voided")
	ends := servertest.Start.Add(time.Hour)
	p := v.Issue(t, servertestCampaign(), nil, func(o *issuer.Order) {
		o.Document = fmt.Appendf(nil, `{"expirationDate": %q}`, ends.Format(time.RFC3339))
	})
	other := &visit{Server: v.Server, pass: p}
	wantNoText(t, v.Anonymous().Get(t, other.page()), "expired")
	v.Advance(t, time.Hour)
	wantText(t, v.Anonymous().Get(t, other.page()), "This pass has expired")
}

// TestPageShowsTextAsText: what an issuer or a client wrote is no markup.
func TestPageShowsTextAsText(t *testing.T) {
	v := newVisit(t)
	c := v.Campaign(t, func(d *store.Design) {
		d.Document = bytes.ReplaceAll(d.Document, []byte("Corner Café"), []byte(`<img src=x onerror=alert(1)>\" onload=\"x`))
	})
	p := v.Issue(t, c, nil)
	a := v.Anonymous().Get(t, "/p/"+p.PublicID).Status(t, http.StatusOK)
	wantNoText(t, a, "<img src=x", `" onload="`)
	wantText(t, a, "&lt;img src=x")
}

// TestPageSpeaks the visitor's language where the pass has its texts.
func TestPageSpeaks(t *testing.T) {
	v := newVisit(t)
	c := v.Campaign(t, func(d *store.Design) {
		d.Strings = map[string]map[string]string{
			"en":      {"Corner Café": "Corner Café", "STAMPS": "STAMPS", "A cup at ten": "A cup at ten"},
			"de":      {"Corner Café": "Eckcafé", "STAMPS": "STEMPEL", "A cup at ten": "Bei zehn eine Tasse"},
			"zh-Hans": {"Corner Café": "街角咖啡", "STAMPS": "印章", "A cup at ten": "十个换一杯"},
		}
	})
	w := &visit{Server: v.Server, pass: v.Issue(t, c, servertest.Values{"stamps": 3})}
	v.CheckPass(t, v.Anonymous().Get(t, w.page()+".pkpass").Body)
	for _, tt := range []struct{ accept, lang, title, label, reward string }{
		{"", "en", "Corner Café", "STAMPS", "A cup at ten"},
		{"de-CH, de;q=0.9, en;q=0.8", "de", "Eckcafé", "STEMPEL", "Bei zehn eine Tasse"},
		{"zh-CN", "zh-Hans", "街角咖啡", "印章", "十个换一杯"},
		{"fi;q=0.9, de;q=0.1", "de", "Eckcafé", "STEMPEL", "Bei zehn eine Tasse"},
		{"fi", "en", "Corner Café", "STAMPS", "A cup at ten"},
		{"%%%,,;q=x", "en", "Corner Café", "STAMPS", "A cup at ten"},
	} {
		t.Run(tt.accept, func(t *testing.T) {
			header := "Accept-Language: " + tt.accept
			wantText(t, v.Anonymous().Get(t, w.page(), header).Status(t, http.StatusOK), `<html lang="`+tt.lang+`">`, "<title>"+tt.title)
			var d pkpass.Document
			v.Anonymous().Get(t, w.page()+"/pass.json", header).Status(t, http.StatusOK).JSON(t, &d)
			stamps, reward := d.StoreCard.FieldByKey("stamps"), d.StoreCard.FieldByKey("reward")
			if stamps.Label != tt.label || reward.Value.String() != tt.reward || stamps.Value.String() != "3" || !stamps.Value.IsNumber() {
				t.Errorf("the document says %s %s, %s", stamps.Label, stamps.Value, reward.Value)
			}
		})
	}
	if got := v.Anonymous().Get(t, v.page(), "Accept-Language: de"); !strings.Contains(string(got.Body), `<html lang="en">`) {
		t.Error("a pass without texts in German has a page in German")
	}
	german := "de"
	if _, err := v.Issuer.ChangeCampaign(t.Context(), v.Actor, v.pass.Campaign, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Language: &german}}); err != nil {
		t.Fatal(err)
	}
	wantText(t, v.Anonymous().Get(t, v.page()), `<html lang="de">`, "Hinzufügen zu")
}

// TestPicturesOfAPage are the code of its address and the picture that stands for the pass.
func TestPicturesOfAPage(t *testing.T) {
	v := newVisit(t)
	for _, ending := range []string{".png", ".qrcode"} {
		a := v.Anonymous().Get(t, v.page()+ending).Status(t, http.StatusOK)
		if _, err := png.Decode(bytes.NewReader(a.Body)); err != nil || a.Header.Get("Content-Type") != "image/png" {
			t.Errorf("%s: %v, %v", ending, err, a.Header)
		}
		v.Anonymous().Get(t, "/p/nothing-of-ours"+ending).Status(t, http.StatusNotFound)
	}
	for _, ending := range []string{".jpeg", ".", ".pkpass.png"} {
		v.Anonymous().Get(t, v.page()+ending).Status(t, http.StatusNotFound)
	}
}

// linked makes a link to the passes of the campaign with a page.
func (v *visit) linked(t *testing.T, p issuer.PageSettings) store.Link {
	t.Helper()
	made, err := v.Issuer.CreateLinks(t.Context(), v.Actor, v.pass.Campaign, []issuer.NewLink{{LinkSettings: issuer.LinkSettings{PageSettings: p}}}, issuer.Idempotency{})
	if err != nil {
		t.Fatal(err)
	}
	return made[0]
}

// TestPageLooksAsItsLink: the page of a pass has the stylesheet of the link that it came
// through, or else of the first one of its campaign that is for anybody.
func TestPageLooksAsItsLink(t *testing.T) {
	v := newVisit(t)
	wantNoText(t, v.Anonymous().Get(t, v.page()), ".css?")
	v.Anonymous().Get(t, v.page()+".css").Status(t, http.StatusNotFound)
	first, second := "h1 { color: red } </style><script>alert(1)</script>", "h1 { color: blue }"
	v.linked(t, issuer.PageSettings{Stylesheet: &first})
	other := v.linked(t, issuer.PageSettings{Stylesheet: &second})
	through := &visit{Server: v.Server, pass: v.Issue(t, store.Campaign{ID: v.pass.Campaign, Template: v.pass.Template}, nil, func(o *issuer.Order) { o.Link = other.ID })}
	for w, want := range map[*visit]string{v: first, through: second} {
		a := v.Anonymous().Get(t, w.page()).Status(t, http.StatusOK)
		wantText(t, a, `<link rel="stylesheet" href="`+w.page()+`.css?`)
		wantNoText(t, a, "alert(1)", other.Slug)
		file := v.Anonymous().Get(t, w.page()+".css").Status(t, http.StatusOK)
		if string(file.Body) != want || file.Header.Get("Content-Type") != "text/css; charset=utf-8" || file.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("the stylesheet comes as %v: %s", file.Header, file.Body)
		}
		v.Anonymous().Get(t, w.page()+".css", "If-None-Match: "+file.Header.Get("ETag")).Status(t, http.StatusNotModified)
	}
}

// TestPageOnScriptsHost: a script runs on its own host alone, where only passes with one are.
func TestPageOnScriptsHost(t *testing.T) {
	const host = "https://forms.example.org"
	v := newVisit(t, servertest.Config(func(cfg *server.Config) { cfg.Enrol.ScriptsHost = "forms.example.org" }))
	there := v.Anonymous().At(host)
	parts := []string{"", ".pkpass", ".qrcode", ".png", "/pass.json", "/images/icon.png"}
	for _, part := range append(parts, ".js", ".css") {
		there.Get(t, v.page()+part).Status(t, http.StatusNotFound)
	}
	script := "document.title = 'ours'"
	v.linked(t, issuer.PageSettings{Script: &script})
	for _, part := range parts {
		there.Get(t, v.page()+part).Status(t, http.StatusOK)
	}
	a := there.Get(t, v.page())
	wantText(t, a, `<script src="`+v.page()+`.js?`, `href="`+host+v.page()+`.pkpass"`, `data-document="`+v.page()+`/pass.json"`)
	if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self';") {
		t.Errorf("the policy is %q", csp)
	}
	file := there.Get(t, v.page()+".js").Status(t, http.StatusOK)
	if string(file.Body) != script || file.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Errorf("the script comes as %v: %s", file.Header, file.Body)
	}
	there.Get(t, v.page()+".js", "Service-Worker: script").Status(t, http.StatusNotFound)
	wantNoText(t, v.Anonymous().Get(t, v.page()).Status(t, http.StatusOK), ".js?", "forms.example.org")
	v.Anonymous().Get(t, v.page()+".js").Status(t, http.StatusNotFound)
	other := v.Issue(t, v.Campaign(t), nil)
	there.Get(t, "/p/"+other.PublicID).Status(t, http.StatusNotFound)
}
