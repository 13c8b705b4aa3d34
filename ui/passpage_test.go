package ui_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"pocketpass/ui"
)

var card = ui.PassPageData{
	Title: "Stamp card", Organisation: "Blue Bird Coffee", Description: "Ten stamps make a drink of your choice.",
	PageURL: "https://example.org/p/k3v9qm1tt0abr7", PkpassURL: "/p/k3v9qm1tt0abr7.pkpass", DocumentURL: "/p/k3v9qm1tt0abr7.json",
	Images: map[string]string{"logo@2x.png": "/demo/images/logo@2x.png", "strip@2x.png": "/demo/images/strip@2x.png"},
}

func drawPage(t *testing.T, change func(*ui.PassPageData)) (string, http.Header) {
	t.Helper()
	d := card
	change(&d)
	w := httptest.NewRecorder()
	if err := ui.PassPage(w, d); err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body), w.Result().Header
}

func TestPassPage(t *testing.T) {
	const refusal, hint, expired = "real iPhone will refuse", "Open this page in your browser", "This pass has expired"
	tests := []struct {
		name      string
		change    func(*ui.PassPageData)
		want, not string
	}{
		{"link without scripts", func(*ui.PassPageData) {}, `href="/p/k3v9qm1tt0abr7.pkpass" type="application/vnd.apple.pkpass"`, refusal},
		{"code of the page", func(*ui.PassPageData) {}, "/ui/barcode.svg?encoding=utf-8&amp;format=PKBarcodeFormatQR&amp;message=https%3A%2F%2Fexample.org%2Fp%2Fk3v9qm1tt0abr7", expired},
		{"hidden from search engines", func(*ui.PassPageData) {}, `<meta name="robots" content="noindex">`, hint},
		{"demo", func(d *ui.PassPageData) { d.Demo = true }, refusal, hint},
		{"voided", func(d *ui.PassPageData) { d.Voided, d.Expired = true, true }, "no longer accepted", expired},
		{"expired", func(d *ui.PassPageData) { d.Expired = true }, expired, "no longer accepted"},
		{"inside an app", func(d *ui.PassPageData) { d.UserAgent = instagram }, "The browser inside Instagram", refusal},
		{"German", func(d *ui.PassPageData) { d.Lang, d.Expired = "de-CH", true }, `<p class="banner" role="note">Diese Karte ist abgelaufen.</p>`, expired},
		{"badge in German", func(d *ui.PassPageData) { d.Lang = "de" }, `<small>Hinzufügen zu</small> Apple Wallet`, "On a computer"},
		{"words that nobody has", func(d *ui.PassPageData) { d.Lang = "fi" }, "On a computer", hint},
		{"its issuer's name for a title", func(d *ui.PassPageData) { d.Title = d.Organisation }, "<title>Blue Bird Coffee</title>", `<p class="quiet">Blue Bird`},
		{"text is no markup", func(d *ui.PassPageData) { d.Title = "<script>alert(1)</script>" }, "&lt;script&gt;alert(1)", "<script>alert"},
		{"no scripted address", func(d *ui.PassPageData) { d.PkpassURL = "javascript:alert(1)" }, "#refused", "javascript:"},
		{"no script of its own", func(*ui.PassPageData) {}, `<script type="module" src="/ui/page/page.js">`, "defer"},
		{"no script in the address of one", func(d *ui.PassPageData) { d.Script = "data:text/javascript,alert(1)" }, `src="#refused"`, "data:text"},
		{"no style in the address of one", func(d *ui.PassPageData) { d.Stylesheet = "data:text/css,*{}" }, `href="#refused"`, "data:text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body, header := drawPage(t, tt.change)
			if !strings.Contains(body, tt.want) || strings.Contains(body, tt.not) {
				t.Errorf("want %q and not %q in:\n%s", tt.want, tt.not, body)
			}
			if header.Get("X-Robots-Tag") != "noindex" || header.Get("Content-Security-Policy") != ui.CSP || header.Get("Vary") != "Accept-Language, User-Agent" {
				t.Errorf("headers %v", header)
			}
		})
	}
}

func TestInAppBrowser(t *testing.T) {
	tests := []struct{ agent, want string }{
		{"Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1", ""},
		{"Mozilla/5.0 (iPhone) [FBAN/FBIOS;FBAV/450.0.0.38]", "Facebook"},
		{"Mozilla/5.0 (iPhone) [FBAN/MessengerForiOS;FBAV/450.0]", "Messenger"},
		{"Mozilla/5.0 (iPhone) Safari Line/14.1.0", "LINE"},
		{"Mozilla/5.0 (iPhone) musical_ly_33.1.0 BytedanceWebview/d8a21c6", "TikTok"},
		{"Mozilla/5.0 (iPhone) [LinkedInApp]/9.29", "LinkedIn"},
		{"Mozilla/5.0 (iPhone) MicroMessenger/8.0.49", "WeChat"},
		{"Mozilla/5.0 (iPhone) Snapchat/12.80", "Snapchat"},
		{"Mozilla/5.0 (Macintosh) Chrome/140.0 Safari/537.36", ""},
		{"Mozilla/5.0 (X11; Linux x86_64) Timeline/1.0", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got := ui.InAppBrowser(tt.agent); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.agent, got, tt.want)
		}
	}
}

func TestPassPageInBrowser(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("GET /ui/", ui.Handler())
	mux.HandleFunc("GET /demo/images/{name}", serveImage)
	mux.HandleFunc("GET /p/{name}", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.PathValue("name"), ".json") {
			answer(w, readPass(t, "storeCard"))
			return
		}
		d := card
		d.Demo, d.UserAgent, d.Lang = true, r.UserAgent(), r.URL.Query().Get("lang")
		if err := ui.PassPage(w, d); err != nil {
			t.Error(err)
		}
	})
	b := newBrowser(t, mux)
	for name, width := range map[string]int64{"passpage": 1280, "passpage-phone": 390} {
		b.open(t, "/p/k3v9qm1tt0abr7", width, "light")
		b.until(t, `document.querySelector("#pass [data-key=stamps] dd")?.textContent === "3"`)
		b.axe(t)
		b.shoot(t, name)
	}
	const long = `(() => { const height = () => document.querySelector(".pk-front").clientHeight, was = height();
		document.querySelector(".pk-back dd").textContent = "terms ".repeat(2000);
		return height() === was && document.querySelector(".pk-back").scrollHeight > 2 * was; })()`
	b.until(t, long) // the back scrolls
	b.run(t, chromedp.Click(".pk-flip"), chromedp.Evaluate[chromedp.Void](`document.querySelector("h1").tabIndex = -1; document.querySelector("h1").focus(); ({})`), chromedp.KeyEvent("\t"))
	b.until(t, `document.activeElement.classList.contains("pk-back")`)
	b.axe(t)
	b.shoot(t, "passpage-back")
	b.open(t, "/p/k3v9qm1tt0abr7?lang=de", 390, "light")
	b.until(t, `document.querySelector(".pk-flip")?.textContent === "Rückseite zeigen"`)
	b.run(t, chromedp.Click(".pk-flip"))
	b.until(t, `document.querySelector(".pk-flip").textContent === "Vorderseite zeigen"`)
	b.clean(t)
}

func TestDocsInBrowser(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("GET /ui/", ui.Handler())
	mux.Handle("GET /docs", ui.DocsPage())
	mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "testdata/openapi.json") })
	b := newBrowser(t, mux)
	b.open(t, "/docs", 1280, "light")
	b.until(t, `document.getElementById("count").textContent === "3 operations"`)
	b.run(t, chromedp.SetValue("#search", "issue"),
		chromedp.Evaluate[chromedp.Void](`document.getElementById("search").dispatchEvent(new Event("input")); ({})`))
	b.until(t, `document.getElementById("count").textContent === "1 of 3 operations"`)
	b.run(t, chromedp.Click("#issue-pass summary"))
	b.until(t, `document.querySelector("#issue-pass pre")?.textContent.includes('"externalId": "member-17"')`)
	b.until(t, `document.querySelector("#issue-pass .body").textContent.includes("campaign")`)
	b.until(t, `[...document.querySelectorAll("#issue-pass .body > p code")].map((node) => node.textContent).join() === "pageUrl,pkpassUrl"`)
	b.axe(t)
	b.shoot(t, "docs")
	for _, width := range []int64{1280, 390, 320} { // names are whole, and the operation of the address is in view
		b.open(t, "/docs#issue-pass", width, "light")
		b.until(t, `document.querySelector("#issue-pass[open] pre") !== null`)
		b.until(t, `[...document.querySelectorAll("#issue-pass td code")].every((name) => name.getClientRects().length === 1)`)
		b.until(t, `[...document.querySelectorAll(".wide")].every((table) => table.scrollWidth <= table.clientWidth)`)
		b.until(t, `(() => { const top = document.getElementById("issue-pass").getBoundingClientRect().top;
			return scrollY > 0 && (Math.abs(top) < 5 || scrollY + innerHeight >= document.documentElement.scrollHeight - 1); })()`)
	}
	b.axe(t)
	b.shoot(t, "docs-phone")
	b.clean(t)
}
