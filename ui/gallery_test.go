package ui_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"pocketpass/ui"
)

// gallery serves a page that draws every sample pass, each side, each state.
func gallery(t *testing.T) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("GET /ui/", ui.Handler())
	mux.HandleFunc("GET /demo/images/{name}", serveImage)
	mux.HandleFunc("GET /gallery", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", ui.CSP)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Gallery</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/ui/base.css"><link rel="stylesheet" href="/ui/pass/pass.css"><link rel="stylesheet" href="/gallery.css">
<script type="module" src="/gallery.js"></script><main><h1>Gallery</h1><div id="grid"></div></main></html>`)
	})
	for _, name := range []string{"gallery.js", "gallery.css"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "testdata/"+name) })
	}
	mux.HandleFunc("GET /passes", func(w http.ResponseWriter, _ *http.Request) { answer(w, samples(t)) })
	return mux
}

// samples reads every pass document of testdata, by name.
func samples(t *testing.T) map[string]json.RawMessage {
	files, err := filepath.Glob("testdata/passes/*.json")
	if err != nil || len(files) == 0 {
		t.Errorf("no sample passes: %v", err)
	}
	out := map[string]json.RawMessage{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
		}
		out[strings.TrimSuffix(filepath.Base(file), ".json")] = data
	}
	return out
}

// TestGallery draws the five styles and looks at what came out.
func TestGallery(t *testing.T) {
	b := newBrowser(t, gallery(t))
	b.open(t, "/gallery", 1280, "light")
	b.until(t, `document.documentElement.dataset.ready === "true"`)
	b.shoot(t, "gallery")
	for _, tt := range []struct{ name, expression, want string }{
		{"a symbol between the places", `q("#boardingPass .pk-transit").getAttribute("aria-label")`, "flight to"},
		{"auxiliary fields above secondary", `q("#boardingPass .pk-row dt").textContent`, "FLIGHT"},
		{"time in the zone of the value", `q("#boardingPass [data-key=boards] dd").textContent.replace("\u202f", " ")`, "9:40 AM"},
		{"percent", `q("#coupon [data-key=offer] dd").textContent`, "20%"},
		{"currency", `q("#coupon [data-key=from] dd").textContent`, "€25.00"},
		{"relative day", `q("#eventTicket [data-key=starts] dd").textContent.replace("\u202f", " ")`, "Tomorrow, 7:30 PM"},
		{"a number without a style", `q("#generic [data-key=no] dd").textContent`, "1042"},
		{"long text shrinks", `String(q("#boardingPass [data-key=name] dd").scrollWidth <= q("#boardingPass [data-key=name] dd").clientWidth)`, "true"},
		{"long names of places share the width", `String(q("#ferry .pk-place:last-child").getBoundingClientRect().right <= q("#ferry .pk-front").getBoundingClientRect().right && Math.abs(q("#ferry .pk-place").clientWidth - q("#ferry .pk-place:last-child").clientWidth) < 2)`, "true"},
		{"colour of the document", `getComputedStyle(q("#coupon .pk-face")).backgroundColor`, "rgb(180, 60, 48)"},
		{"description names the group", `q("#coupon .pk").getAttribute("aria-label")`, "20 % off at Paper & Ink"},
		{"voided", `q("#voided .pk-stamp").textContent`, "Void"},
		{"expired", `q("#expired .pk-stamp").textContent`, "Expired"},
		{"localised", `q("#german [data-key=stamps] dt").textContent`, "Stempel von 10"},
		{"links that are safe", `[...document.querySelectorAll("#back a")].map((a) => a.getAttribute("href")).join(" ")`,
			"mailto:hello@example.org tel:+4930123456 https://example.org/card https://example.org/terms"},
		{"no markup from data", `String(document.querySelectorAll("#back .pk-detail img, #back .pk-detail b").length)`, "0"},
		{"hidden side is inert", `String(q("#back .pk-front").inert && !q("#back .pk-back").inert)`, "true"},
		{"largest variant wins", `q("#storeCard .pk-logo").getAttribute("src")`, "/demo/images/logo@2x.png"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`(() => { const q = (s) => document.querySelector(s); return `+tt.expression+`; })()`))
			if err != nil || got != tt.want {
				t.Errorf("%q, %v; want %q", got, err, tt.want)
			}
		})
	}
	b.clean(t)
}

// TestFlipByKeyboard turns a pass with the keyboard alone.
func TestFlipByKeyboard(t *testing.T) {
	b := newBrowser(t, gallery(t))
	b.open(t, "/gallery", 390, "dark")
	b.until(t, `document.documentElement.dataset.ready === "true"`)
	b.run(t, chromedp.Focus("#storeCard .pk-flip"), chromedp.KeyEvent("\r"))
	b.until(t, `document.querySelector("#storeCard .pk").dataset.side === "back"`)
	b.shoot(t, "gallery-phone")
	b.clean(t)
}

// TestFaultsAreSeen breaks the policy and throws, so that a silent watch fails.
func TestFaultsAreSeen(t *testing.T) {
	b := newBrowser(t, gallery(t))
	b.open(t, "/gallery", 1280, "light")
	b.until(t, `document.documentElement.dataset.ready === "true"`)
	b.clean(t)
	for _, tt := range []struct{ script, event, want string }{
		{`document.body.insertAdjacentHTML("beforeend", '<p style="color: red">x</p>')`, "securitypolicyviolation", "policy: style-src-attr"},
		{`document.body.append(Object.assign(new Image(), { src: "http://127.0.0.1:1/x.png" }))`, "securitypolicyviolation", "policy: img-src"},
		{`document.body.append(Object.assign(document.createElement("script"), { textContent: "1" }))`, "securitypolicyviolation", "policy: script-src-elem inline"},
		{`queueMicrotask(() => { throw new Error("thrown on purpose") })`, "error", "thrown on purpose"},
	} {
		seen := `new Promise((done) => addEventListener("` + tt.event + `", () => setTimeout(() => done({}), 0), { once: true }))`
		b.run(t, chromedp.Evaluate[chromedp.Void](`{ const seen = `+seen+`; `+tt.script+`; seen }`, chromedp.EvalAwaitPromise))
		b.mu.Lock()
		if !strings.Contains(strings.Join(b.faults, "\n"), tt.want) {
			t.Errorf("%q is missing in %q", tt.want, b.faults)
		}
		b.mu.Unlock()
	}
}
